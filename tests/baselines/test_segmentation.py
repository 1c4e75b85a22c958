import numpy as np
import pytest
from scipy import ndimage
from skimage.filters import threshold_otsu
from skimage.measure import label

from baselines.segmentation import SMOOTHING, given_lesions, threshold_lesions


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
