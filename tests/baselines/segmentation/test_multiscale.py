import numpy as np
import pytest
from scipy import ndimage
from skimage.feature import hessian_matrix_eigvals

from baselines.segmentation.pixels import multiscale


def features(image):
    found = multiscale.describe(image)
    return {name: found[..., i] for i, name in enumerate(multiscale.names(image.shape[2]))}


def noise(side=40, channels=1):
    return np.random.default_rng(0).integers(0, 256, (side, side, channels), dtype=np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_there_is_a_name_for_every_feature(channels):
    found = multiscale.describe(noise(channels=channels))
    assert found.shape == (40, 40, len(multiscale.names(channels)))
    assert len(set(multiscale.names(channels))) == found.shape[2]
    assert np.isfinite(found).all()


@pytest.mark.parametrize("scale", [1.0, 2.0, 4.0])
def test_scales_are_those_of_one_gaussian(scale):
    X = noise(80)
    own = features(X)[f"smooth_{scale:g}"]
    gray = X[..., 0].astype(float) / 255
    expected = ndimage.gaussian_filter(gray, scale, mode="nearest", truncate=6.0)
    # Gaussians are cut off at three deviations, one after the other
    assert np.abs(own - expected)[20:-20, 20:-20].max() < 0.012


def test_ridges_and_valleys_are_the_eigenvalues_of_the_hessian():
    X = noise()
    found = features(X)
    for scale in (1.0, 4.0):
        smooth = found[f"smooth_{scale:g}"].astype(float)
        dyy = np.diff(smooth, 2, axis=0)[:, 1:-1]
        dxx = np.diff(smooth, 2, axis=1)[1:-1]
        dxy = (smooth[2:, 2:] - smooth[2:, :-2] - smooth[:-2, 2:] + smooth[:-2, :-2]) / 4
        larger, smaller = hessian_matrix_eigvals(np.stack([dyy, dxy, dxx])) * scale**2
        np.testing.assert_allclose(found[f"ridge_{scale:g}"][1:-1, 1:-1], smaller, atol=2e-5)
        np.testing.assert_allclose(found[f"valley_{scale:g}"][1:-1, 1:-1], larger, atol=2e-5)


def test_a_bright_line_is_a_ridge_and_a_dark_one_a_valley():
    X = np.full((32, 32, 1), 100, np.uint8)
    X[16] = 200
    assert features(X)["ridge_1"][16, 16] < -0.05
    assert features(255 - X)["valley_1"][16, 16] > 0.05


def test_the_gradient_of_a_slope_is_its_steepness_times_the_scale():
    X = np.tile(np.arange(64, dtype=np.uint8) * 3, (64, 1))[..., None]
    assert features(X)["gradient_2"][32, 32] == pytest.approx(2 * 3 / 255, rel=1e-3)


def test_the_deviation_is_that_of_the_gray_levels_nearby():
    X = noise(100)
    X[:, 50:] = 90
    found = features(X)["deviation_4"]
    assert found[50, 20] == pytest.approx(X[:, :50].std() / 255, rel=0.15)
    assert found[50, 90] < 0.01


def test_a_peak_has_no_brighter_neighbour_and_a_pit_has_eight():
    X = np.full((9, 9, 1), 50, np.uint8)
    X[4, 4] = 60
    bits = np.empty((9, 9), np.float32)
    multiscale.count_brighter_neighbours(X, bits)
    assert bits[4, 4] == 0
    assert bits[3:6, 3:6].sum() == 8
    multiscale.count_brighter_neighbours(255 - X, bits)
    assert bits[4, 4] == 8


def test_a_mirrored_image_has_mirrored_features_but_for_the_place():
    X = noise(channels=3)
    plain, mirrored = features(X), features(np.ascontiguousarray(X[:, ::-1]))
    for name in set(plain) - {"column"}:
        # float32, and a second difference times the square of the scale
        np.testing.assert_allclose(mirrored[name][:, ::-1], plain[name], atol=1e-4, err_msg=name)
