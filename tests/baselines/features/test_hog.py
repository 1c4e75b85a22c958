import numpy as np
import pytest
from skimage.feature import hog

from baselines.features.hog import HOG, hog_blocks
from baselines.features.zones import Zones, zone_moments


@pytest.fixture(scope="module")
def gray():
    return np.random.default_rng(0).integers(0, 256, (3, 24, 36), dtype=np.uint8)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("orientations", "grid", "block"), [(9, 4, 2), (9, 6, 6), (6, 6, 3), (9, 2, 1)]
)
def test_blocks_agree_with_scikit_image_where_the_cells_are_equal(gray, orientations, grid, block):
    ours = hog_blocks(gray, orientations, grid, block).reshape(len(gray), -1)
    theirs = [
        hog(
            image,
            orientations=orientations,
            pixels_per_cell=(24 // grid, 36 // grid),
            cells_per_block=(block, block),
            block_norm="L2-Hys",
        )
        for image in gray
    ]
    # scikit-image sums the cells in single precision
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_a_vertical_edge_has_horizontal_gradients_only():
    gray = np.zeros((1, 16, 16), dtype=np.uint8)
    gray[:, :, 8:] = 200
    cells = hog_blocks(gray, 9, 2, 1)[0, :, :, 0, 0]  # (2, 2, orientations)
    assert np.all(cells[..., 0] == pytest.approx(1, abs=1e-6))
    assert not cells[..., 1:].any()


def test_the_direction_does_not_depend_on_the_sign_of_the_edge(gray):
    np.testing.assert_allclose(hog_blocks(gray, 9, 4, 2), hog_blocks(255 - gray, 9, 4, 2))


def test_a_constant_image_gives_zeros():
    assert not HOG().fit_transform(np.full((1, 17, 31, 1), 9, np.uint8)).any()


@pytest.mark.parametrize("side", [16, 17, 28, 45, 128])
def test_the_number_of_features_does_not_depend_on_the_size(side):
    images = np.random.default_rng(0).integers(0, 256, (1, side, side, 1), dtype=np.uint8)
    assert HOG(9, 6, 6).fit_transform(images).shape == (1, 324)


@pytest.mark.parametrize(
    "family", [HOG(grid=2, block=3), HOG(grid=25, block=1), HOG(orientations=0), Zones(grid=25)]
)
def test_settings_that_do_not_fit_are_refused(gray, family):
    with pytest.raises(ValueError, match="must be"):
        family.fit_transform(gray[..., None])


def test_zones_are_the_moments_of_their_pixels(gray):
    values = zone_moments(gray, 3)
    tile = gray[1, 8:16, 24:36]
    np.testing.assert_allclose(values[1, 1, 2], [tile.mean(), tile.std()], rtol=1e-12)
    names = Zones(grid=3).names(1)
    described = Zones(grid=3).fit_transform(gray[..., None])[1]
    assert described[names.index("zone_12_std")] == values[1, 1, 2, 1]
