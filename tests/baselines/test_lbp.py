import numpy as np
import pytest
from skimage.feature import local_binary_pattern

from baselines.family import ImageBatch
from baselines.lbp import LBP, lbp_counts


@pytest.fixture(scope="module")
def gray():
    return np.random.default_rng(0).integers(0, 256, (3, 25, 30), dtype=np.uint8)


@pytest.mark.parametrize(("points", "radius"), [(4, 1), (8, 1), (8, 2), (12, 2), (16, 2), (24, 3)])
def test_counts_agree_exactly_with_scikit_image(gray, points, radius):
    counts = lbp_counts(gray, points, radius)
    for image, ours in zip(gray, counts[:, 0, 0], strict=True):
        codes = local_binary_pattern(image, points, radius, method="uniform")
        inner = codes[radius:-radius, radius:-radius].astype(int)
        np.testing.assert_array_equal(ours, np.bincount(inner.ravel(), minlength=points + 2))


def test_zones_agree_with_scikit_image(gray):
    counts = lbp_counts(gray, 8, 1, grid=2)
    codes = local_binary_pattern(gray[0], 8, 1, method="uniform")[1:-1, 1:-1].astype(int)
    rows = np.arange(23) * 2 // 23
    cols = np.arange(28) * 2 // 28
    zone = codes[np.ix_(rows == 1, cols == 0)]
    np.testing.assert_array_equal(counts[0, 1, 0], np.bincount(zone.ravel(), minlength=10))
    np.testing.assert_array_equal(counts.sum(axis=(1, 2)), lbp_counts(gray, 8, 1)[:, 0, 0])


@pytest.mark.parametrize("level", [0, 3, 77, 255])
@pytest.mark.parametrize(("points", "radius"), [(8, 1), (16, 2), (24, 3)])
def test_a_flat_image_has_every_bit_set_whatever_its_level(level, points, radius):
    counts = lbp_counts(np.full((1, 16, 16), level, np.uint8), points, radius)[0, 0, 0]
    assert counts[points] == counts.sum() == (16 - 2 * radius) ** 2


def test_a_bright_dot_has_the_known_codes():
    gray = np.zeros((1, 8, 8), dtype=np.uint8)
    gray[0, 4, 4] = 100
    counts = lbp_counts(gray, 4, 1)[0, 0, 0]
    assert counts[0] == 1  # the dot: no neighbour as bright
    assert counts[4] == 35  # everywhere else all neighbours are at least as bright


def test_quarter_turns_leave_the_histogram_as_it_is(gray):
    turned = np.ascontiguousarray(np.rot90(gray, axes=(1, 2)))
    np.testing.assert_array_equal(lbp_counts(gray, 8, 1), lbp_counts(turned, 8, 1))


def test_each_histogram_sums_to_one(gray):
    family = LBP(circles=((8, 1), (16, 2)), grid=2)
    values = family.describe(ImageBatch(gray[..., None]))
    names = np.array(family.names(1))
    assert values.shape == (3, len(names))
    for prefix in ("lbp_p8_r1_zone01", "lbp_p8_r1_zone11", "lbp_p16_r2"):
        chosen = [name.startswith(prefix) for name in names]
        np.testing.assert_allclose(values[:, chosen].sum(axis=1), 1)


def test_the_zones_can_be_left_out(gray):
    assert LBP(circles=((8, 1),), grid=0).fit_transform(gray[..., None]).shape == (3, 10)


@pytest.mark.parametrize(
    ("circles", "message"),
    [(((33, 1),), "from 1 to 32 points"), (((8, 13),), "radius 13 does not fit")],
)
def test_circles_that_do_not_fit_are_refused(gray, circles, message):
    with pytest.raises(ValueError, match=message):
        LBP(circles=circles).fit_transform(gray[..., None])
