import numpy as np
import pytest

from baselines.features.family import ImageBatch
from baselines.features.quantisation import quantise, region_levels, region_prefix

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("levels", [2, 7, 16, 32, 255])
def test_every_gray_level_has_the_level_of_its_bin(levels):
    gray = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    found = quantise(gray, levels)
    edges = np.arange(1, levels) * 256 / levels
    np.testing.assert_array_equal(
        found.ravel(), np.searchsorted(edges, np.arange(256), "right") + 1
    )
    assert found.dtype == np.uint8
    assert (found.min(), found.max()) == (1, levels)


def test_pixels_outside_the_mask_have_level_zero_and_the_input_stays():
    gray = RNG.integers(0, 256, (3, 9, 11), dtype=np.uint8)
    mask = RNG.integers(0, 2, (3, 9, 11), dtype=np.uint8) * 255
    before = gray.copy(), mask.copy()
    found = quantise(gray, 8, mask)
    np.testing.assert_array_equal(found[mask > 0], quantise(gray, 8)[mask > 0])
    assert not found[mask == 0].any()
    np.testing.assert_array_equal(gray, before[0])
    np.testing.assert_array_equal(mask, before[1])


@pytest.mark.slow
@pytest.mark.parametrize("levels", [-1, 1, 256])
def test_a_number_of_levels_that_does_not_fit_is_refused(levels):
    with pytest.raises(ValueError, match=f"levels must be from 2 to 255, got {levels}"):
        quantise(np.zeros((1, 8, 8), np.uint8), levels)


def test_the_region_is_the_image_or_the_lesion():
    images = RNG.integers(0, 256, (2, 12, 12, 2), dtype=np.uint8)
    images[..., 1] = 0
    images[0, 3:6, 4:9, 1] = 200
    whole = region_levels(ImageBatch(images), 16, "image")
    lesion = region_levels(ImageBatch(images), 16, "lesion")
    np.testing.assert_array_equal(whole, quantise(images[..., 0], 16))
    np.testing.assert_array_equal(lesion, whole * (images[..., 1] > 0))


def test_features_of_the_lesion_say_so():
    assert region_prefix("image") == ""
    assert region_prefix("lesion") == "lesion_"
    with pytest.raises(ValueError, match="region must be one of image, lesion; got 'liver'"):
        region_prefix("liver")
