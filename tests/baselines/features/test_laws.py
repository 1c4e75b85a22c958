import numpy as np
import pytest
from scipy import ndimage

from baselines.features.laws import PAIRS, Laws, laws_energies
from tests.baselines.analytic import analytic_images

MASKS = [
    [1, 4, 6, 4, 1],
    [-1, -2, 0, 2, 1],
    [-1, 0, 2, 0, -1],
    [-1, 2, 0, -2, 1],
    [1, -4, 6, -4, 1],
]


def random_images(n=3, h=25, w=30):
    return np.random.default_rng(0).integers(0, 256, (n, h, w), dtype=np.uint8)


def absolute_response(image, down, across):
    mask = np.outer(MASKS[down], MASKS[across])
    return abs(ndimage.correlate(image.astype(float), mask))[2:-2, 2:-2]


def reference(image):
    level = absolute_response(image, 0, 0).mean()
    both = [
        np.stack([absolute_response(image, i, j), absolute_response(image, j, i)]) for i, j in PAIRS
    ]
    return np.array([[response.mean(), response.std()] for response in both]) / level


@pytest.mark.slow
@pytest.mark.parametrize("name", ["checkerboard", "disc", "gradient", "noise"])
def test_energies_agree_with_the_masks_applied_by_scipy_on_analytic_images(name):
    image = analytic_images()[name][..., 0]
    np.testing.assert_allclose(
        laws_energies(image[None])[0], reference(image), rtol=1e-9, atol=1e-12
    )


@pytest.mark.slow
@pytest.mark.parametrize(("h", "w"), [(8, 8), (25, 30), (61, 9), (20, 300)])
def test_energies_agree_with_the_masks_applied_by_scipy(h, w):
    gray = random_images(3, h, w)
    expected = [reference(image) for image in gray]
    np.testing.assert_allclose(laws_energies(gray), expected, rtol=1e-9)


def test_the_largest_responses_are_exact():
    # the brightest image that R5R5 can meet: white where its weights are positive
    image = np.where(np.outer(MASKS[4], MASKS[4]) > 0, 255, 0)
    image = np.pad(image, ((0, 3), (0, 3)), mode="wrap").astype(np.uint8)
    np.testing.assert_allclose(laws_energies(image[None])[0], reference(image), rtol=1e-12)


def test_a_ramp_has_edges_and_nothing_else():
    image = np.tile(np.arange(20, dtype=np.uint8) * 3 + 10, (16, 1))
    value = dict(
        zip(Laws().names(1), Laws().fit_transform(image[None, :, :, None])[0], strict=True)
    )
    # E5 of a slope of 3 is 8 x 3, L5 down is 16; the transposed mask answers 0; L5L5 is 256 x mean
    mean = image[:, 2:-2].mean()
    assert value["laws_l5e5_mean"] == pytest.approx(16 * 24 / 2 / (256 * mean), rel=1e-12)
    assert value["laws_l5e5_std"] == pytest.approx(16 * 24 / 2 / (256 * mean), rel=1e-12)
    assert all(v == 0 for name, v in value.items() if "l5e5" not in name)


def test_a_constant_image_gives_zeros_black_included():
    for level in (0, 1, 200, 255):
        assert not Laws().fit_transform(np.full((2, 9, 17, 1), level, np.uint8)).any()


def test_quarter_turns_flips_and_contrast_change_nothing():
    gray = random_images() // 2
    values = laws_energies(gray)
    for changed in (np.rot90(gray, axes=(1, 2)), gray[:, ::-1], gray[:, :, ::-1], 2 * gray):
        np.testing.assert_allclose(laws_energies(np.ascontiguousarray(changed)), values, rtol=1e-12)


@pytest.mark.parametrize(("h", "w"), [(28, 28), (13, 31)])
def test_an_image_has_the_same_features_alone_bit_for_bit(h, w):
    x = random_images(30, h, w)[..., None]
    together = Laws().fit_transform(x)
    for k in (0, 8, 17, 29):
        np.testing.assert_array_equal(Laws().fit_transform(x[k : k + 1])[0], together[k])


def test_the_number_of_features_does_not_depend_on_the_size():
    for h, w in ((8, 8), (8, 100), (512, 300)):
        assert Laws().fit_transform(random_images(1, h, w)[..., None]).shape == (1, 28)
