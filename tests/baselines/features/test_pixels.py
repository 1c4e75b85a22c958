import numpy as np
import pytest

from baselines.features.pixels import Brightness, RawPixels, pool


@pytest.mark.slow
@pytest.mark.parametrize(("h", "w"), [(28, 28), (64, 64), (33, 100), (50, 20)])
def test_pooling_averages_and_never_enlarges(h, w):
    x = np.random.default_rng(0).integers(0, 256, (2, h, w, 3), dtype=np.uint8)
    small = pool(x, 32)
    assert small.shape == (2, min(h, 32), min(w, 32), 3)
    if h <= 32 and w <= 32:
        np.testing.assert_array_equal(small, x)
    if h == w == 64:
        np.testing.assert_allclose(small[1, 3, 5], x[1, 6:8, 10:12].mean(axis=(0, 1)))
    rows = np.arange(h) * small.shape[1] // h
    cols = np.arange(w) * small.shape[2] // w
    tile = x[0][np.ix_(rows == 4, cols == 7)]
    np.testing.assert_allclose(small[0, 4, 7], tile.mean(axis=(0, 1)))


def test_raw_pixels_are_all_channels_row_by_row_and_a_mask_counts_as_255():
    x = np.random.default_rng(0).integers(0, 256, (3, 9, 10, 4), dtype=np.uint8)
    values = RawPixels().fit(x).transform(x).reshape(3, 9, 10, 4)
    np.testing.assert_array_equal(values[..., :3], x[..., :3])
    np.testing.assert_array_equal(values[..., 3], 255 * (x[..., 3] > 0))


def test_raw_pixels_of_another_shape_are_refused():
    x = np.zeros((2, 9, 10, 1), dtype=np.uint8)
    with pytest.raises(ValueError, match="fitted on images of shape"):
        RawPixels().fit(x).transform(x[:, :8])


@pytest.mark.slow
def test_brightness_is_the_mean_gray_level():
    x = np.random.default_rng(0).integers(0, 256, (3, 9, 10, 1), dtype=np.uint8)
    np.testing.assert_allclose(Brightness().fit_transform(x)[:, 0], x.mean(axis=(1, 2, 3)))
