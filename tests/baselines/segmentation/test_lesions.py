import numpy as np
import pytest
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.measure import label

from baselines.segmentation.lesions import SMOOTHING, given_lesions, threshold_lesions
from tests.baselines.analytic import analytic_images


def disc(h, w, row, col, radius):
    r, c = np.ogrid[:h, :w]
    return (r - row) ** 2 + (c - col) ** 2 <= radius**2


def dice(a, b):
    return 2 * np.sum(a & b) / (np.sum(a) + np.sum(b))


@pytest.mark.parametrize("bright", [True, False])
@pytest.mark.parametrize("side", [16, 28, 64, 200])
def test_a_disc_is_found_whether_bright_or_dark(side, bright):
    truth = disc(side, side, side / 2, side / 2.2, side / 4)
    noise = np.random.default_rng(0).normal(0, 12, truth.shape)
    gray = np.clip(np.where(truth == bright, 170, 80) + noise, 0, 255).astype(np.uint8)
    lesions = threshold_lesions(gray[None])
    assert lesions.bright[0] == bright
    assert dice(lesions.mask[0].astype(bool), truth) > 0.93
    assert lesions.separability[0] > 0.8
    assert lesions.border_share[0] == 0


def test_the_threshold_is_otsus():
    rng = np.random.default_rng(1)
    gray = np.clip(rng.normal(90, 40, (20, 24, 30)), 0, 255).astype(np.uint8)
    gray[:, 8:15, 9:20] //= 2
    lesions = threshold_lesions(gray)
    sigma = SMOOTHING * 24
    for image, mask, bright in zip(gray, lesions.mask, lesions.bright, strict=True):
        smooth = ndimage.gaussian_filter(image, sigma, mode="nearest")
        foreground = (smooth > threshold_otsu(smooth)) == bright
        components = label(foreground, connectivity=2)
        # the lesion is one whole component of the foreground with its holes filled
        chosen = np.unique(components[(mask > 0) & foreground])
        filled = [ndimage.binary_fill_holes(components == k) for k in chosen]
        assert any(np.array_equal(mask > 0, candidate) for candidate in filled)


def reference_lesion(gray):
    """The whole segmentation of one image once more, with SciPy's and scikit-image's parts."""
    h, w = gray.shape
    smooth = ndimage.gaussian_filter(gray, SMOOTHING * min(h, w), mode="nearest")
    foreground = smooth > threshold_otsu(smooth)
    frame = np.ones((h, w), dtype=bool)
    frame[1:-1, 1:-1] = False
    share = foreground[frame].mean()
    bright = share < 0.5 or (share == 0.5 and foreground.mean() <= 0.5)
    labels, n = ndimage.label(foreground == bright, np.ones((3, 3)))
    row, col = (2 * np.arange(h) + 1 - h) / h, (2 * np.arange(w) + 1 - w) / w
    window = np.outer(1 - row**2, 1 - col**2)
    main = 1 + np.argmax(ndimage.sum(window, labels, np.arange(1, n + 1)))
    return bright, ndimage.binary_fill_holes(labels == main)


@pytest.mark.slow
@pytest.mark.parametrize(("h", "w"), [(8, 8), (9, 40), (28, 28), (64, 49), (130, 100)])
@pytest.mark.parametrize("grain", [0, 1, 3])
def test_every_step_agrees_with_scipy_and_scikit_image(h, w, grain):
    rng = np.random.default_rng(h + grain)
    field = rng.normal(size=(12, h, w))
    field = ndimage.gaussian_filter(field, (0, grain, grain)) if grain else field
    gray = ((field - field.min()) * 255 / np.ptp(field)).astype(np.uint8)
    lesions = threshold_lesions(gray)
    for k, image in enumerate(gray):
        bright, mask = reference_lesion(image)
        assert lesions.bright[k] == bright
        np.testing.assert_array_equal(lesions.mask[k], mask)


@pytest.mark.parametrize("name", ["disc", "noise"])
def test_the_analytic_images_are_segmented_as_with_scipy_and_scikit_image(name):
    gray = np.ascontiguousarray(analytic_images()[name][..., 0])
    bright, mask = reference_lesion(gray)
    lesions = threshold_lesions(gray[None])
    assert lesions.bright[0] == bright
    np.testing.assert_array_equal(lesions.mask[0], mask)


def test_the_component_in_the_middle_wins_over_a_larger_one_at_the_border():
    gray = np.full((1, 40, 40), 40, dtype=np.uint8)
    middle = disc(40, 40, 20, 20, 6)
    gray[0, middle] = 220
    gray[0, :, :4] = 220  # 160 pixels, more than the disc, where a pixel counts little
    mask = threshold_lesions(gray).mask[0].astype(bool)
    assert dice(mask, middle) > 0.9
    assert not mask[:, :4].any()


def test_holes_are_filled():
    gray = np.full((1, 32, 32), 30, dtype=np.uint8)
    gray[0, disc(32, 32, 16, 16, 10)] = 200
    gray[0, disc(32, 32, 16, 16, 4)] = 30
    mask = threshold_lesions(gray).mask[0]
    assert mask[16, 16] == 1
    np.testing.assert_array_equal(mask, ndimage.binary_fill_holes(mask))


def test_a_background_that_reaches_the_border_only_diagonally_is_a_hole():
    gray = np.full((1, 64, 64), 20, dtype=np.uint8)
    diamond = abs(np.arange(64)[:, None] - 32) + abs(np.arange(64) - 32)
    gray[0, (diamond <= 20) & (diamond >= 10)] = 220
    mask = threshold_lesions(gray).mask[0]
    assert mask[32, 32] == 1
    np.testing.assert_array_equal(mask, reference_lesion(gray[0])[1])


@pytest.mark.parametrize("level", [0, 1, 254, 255])
def test_a_constant_image_at_either_end_of_the_range_has_no_lesion(level):
    assert not threshold_lesions(np.full((1, 40, 33), level, np.uint8)).mask.any()


def test_a_constant_image_has_no_lesion():
    lesions = threshold_lesions(np.full((2, 16, 16), 130, np.uint8))
    assert not lesions.mask.any()
    assert not lesions.separability.any()
    assert not lesions.border_share.any()


def test_two_levels_are_perfectly_separable():
    gray = np.zeros((1, 64, 64), dtype=np.uint8)
    gray[0, :, 32:] = 255
    assert threshold_lesions(gray).separability[0] > 0.95


def test_a_given_mask_is_taken_as_it_is():
    mask = np.zeros((2, 10, 10), dtype=np.uint8)
    mask[0, 0, :5] = 1
    mask[0, 5:8, 5:8] = 1
    mask[0, 6, 6] = 0
    lesions = given_lesions(mask.copy())
    np.testing.assert_array_equal(lesions.mask, mask)
    assert not lesions.from_threshold
    np.testing.assert_allclose(lesions.border_share, [5 / 36, 0])


def test_each_image_is_segmented_for_itself():
    rng = np.random.default_rng(2)
    gray = ndimage.gaussian_filter(rng.integers(0, 256, (5, 30, 30)), (0, 3, 3))
    gray = ((gray - gray.min()) * 255 // np.ptp(gray)).astype(np.uint8)
    together = threshold_lesions(gray).mask
    for k in range(5):
        np.testing.assert_array_equal(threshold_lesions(gray[k : k + 1]).mask[0], together[k])
