import numpy as np
import pytest

from baselines.features.wavelets import LEVELS, Wavelets, haar_energies
from tests.baselines.analytic import analytic_images


def random_images(n=3, h=25, w=30):
    return np.random.default_rng(0).integers(0, 256, (n, h, w), dtype=np.uint8)


def coefficients(image, level):
    """Horizontal, vertical and diagonal coefficients at every position, from sums of blocks."""
    half = 2 ** (level - 1)
    blocks = np.lib.stride_tricks.sliding_window_view(image.astype(float), (2 * half, 2 * half))
    sign = np.repeat([1, -1], half)
    signs = (
        np.outer(sign, np.ones(2 * half)),
        np.outer(np.ones(2 * half), sign),
        np.outer(sign, sign),
    )
    return [np.einsum("ijrc,rc->ij", blocks, s) / 2**level for s in signs]


def moments(band):
    square = band.ravel() ** 2
    if square.sum() == 0 or square.size == 1:
        return square.mean(), 0
    p = square[square > 0] / square.sum()
    return square.mean(), -(p * np.log(p)).sum() / np.log(square.size)


def reference(image):
    return [
        [moments(band) for band in coefficients(image, level)] for level in range(1, LEVELS + 1)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["checkerboard", "disc", "gradient", "noise"])
def test_energies_and_entropies_follow_from_sums_of_blocks_on_analytic_images(name):
    image = analytic_images()[name][..., 0]
    np.testing.assert_allclose(
        haar_energies(image[None])[0], reference(image), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize(("h", "w"), [(8, 8), (8, 9), (25, 30), (61, 13)])
def test_energies_and_entropies_follow_from_sums_of_blocks(h, w):
    gray = random_images(3, h, w)
    np.testing.assert_allclose(
        haar_energies(gray), [reference(image) for image in gray], rtol=1e-9, atol=1e-12
    )


@pytest.mark.slow
def test_stationary_transform_of_pywavelets_agrees_away_from_its_border():
    pywt = pytest.importorskip("pywt", reason="PyWavelets is not installed")
    image = random_images(1, 32, 40)[0]
    # swt2 wraps around; with its phase, the last 2ʲ - 1 positions hold both ends of the image
    for level, bands in enumerate(pywt.swt2(image.astype(float), "haar", LEVELS)[::-1], start=1):
        reach = 2**level - 1
        for theirs, ours in zip(bands[1], coefficients(image, level), strict=True):
            inner = theirs[: 32 - reach, : 40 - reach]
            np.testing.assert_allclose(abs(inner), abs(ours), atol=1e-9)
    energies = haar_energies(image[None])[0, ..., 0]
    theirs = [
        [(band[: 33 - 2**level, : 41 - 2**level] ** 2).mean() for band in bands[1]]
        for level, bands in enumerate(pywt.swt2(image.astype(float), "haar", LEVELS)[::-1], start=1)
    ]
    np.testing.assert_allclose(energies, theirs, rtol=1e-9)


def test_decimated_transform_of_pywavelets_agrees_at_its_positions():
    pywt = pytest.importorskip("pywt", reason="PyWavelets is not installed")
    image = random_images(1, 32, 40)[0]
    for level, bands in enumerate(
        pywt.wavedec2(image.astype(float), "haar", level=LEVELS)[:0:-1], 1
    ):
        for theirs, ours in zip(bands, coefficients(image, level), strict=True):
            np.testing.assert_allclose(theirs, ours[:: 2**level, :: 2**level], atol=1e-9)
    # the 8 x 8 image has one coefficient per sub-band at the coarsest level: that of dwt2
    image = image[:8, :8]
    last = pywt.wavedec2(image.astype(float), "haar", level=3)[1]
    np.testing.assert_allclose(
        haar_energies(image[None])[0, 2, :, 0], np.square(last).ravel(), rtol=1e-9
    )


def test_stripes_have_the_known_energies():
    gray = np.zeros((1, 16, 16), dtype=np.uint8)
    gray[:, ::2] = 100  # every other row
    energies = haar_energies(gray)[0]
    np.testing.assert_allclose(energies[0, 0], [100**2, 1], rtol=1e-12)  # ± (2 x 100) / 2
    assert not energies[0, 1:].any()
    assert not energies[1:].any()  # pairs of rows are all alike


def test_one_coefficient_with_all_the_energy_has_no_entropy():
    gray = np.zeros((1, 9, 9), dtype=np.uint8)
    gray[:, 8, 8] = 255  # in the last 2 x 2 square, the last 4 x 4, the last 8 x 8
    energies = haar_energies(gray)[0]
    np.testing.assert_allclose(energies[..., 1], 0, atol=1e-12)
    np.testing.assert_allclose(energies[0, :, 0], (255 / 2) ** 2 / 64)


def test_the_largest_coefficients_are_within_the_table():
    gray = np.zeros((1, 16, 16), dtype=np.uint8)
    gray[:, :8] = 255
    np.testing.assert_allclose(haar_energies(gray)[0], reference(gray[0]), rtol=1e-9, atol=1e-12)


def test_a_constant_image_gives_zeros():
    for level in (0, 200, 255):
        assert not Wavelets().fit_transform(np.full((2, 9, 17, 1), level, np.uint8)).any()


def test_contrast_multiplies_the_energies_and_leaves_the_entropies():
    gray = random_images() // 2
    once, twice = haar_energies(gray), haar_energies(2 * gray)
    np.testing.assert_allclose(twice[..., 0], 4 * once[..., 0], rtol=1e-12)
    np.testing.assert_allclose(twice[..., 1], once[..., 1], rtol=1e-9)


def test_a_quarter_turn_exchanges_horizontal_and_vertical():
    gray = random_images()
    turned = haar_energies(np.ascontiguousarray(np.rot90(gray, axes=(1, 2))))
    np.testing.assert_allclose(turned[:, :, [1, 0, 2]], haar_energies(gray), rtol=1e-9)


def test_columns_are_the_logarithm_of_the_energy_and_the_entropy():
    gray = random_images()
    value = dict(
        zip(Wavelets().names(1), Wavelets().fit_transform(gray[..., None])[2], strict=True)
    )
    energies = haar_energies(gray)[2]
    assert value["wavelet_2_vertical_log_energy"] == np.log1p(energies[1, 1, 0])
    assert value["wavelet_3_diagonal_entropy"] == energies[2, 2, 1]


def test_an_image_has_the_same_features_alone_bit_for_bit():
    x = random_images(30, 13, 31)[..., None]
    together = Wavelets().fit_transform(x)
    for k in (0, 8, 29):
        np.testing.assert_array_equal(Wavelets().fit_transform(x[k : k + 1])[0], together[k])


def test_the_number_of_features_does_not_depend_on_the_size():
    for h, w in ((8, 8), (8, 100), (512, 300)):
        assert Wavelets().fit_transform(random_images(1, h, w)[..., None]).shape == (1, 18)
