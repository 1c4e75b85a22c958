import numpy as np
import pytest
from skimage.feature import local_binary_pattern

from baselines.features.family import ImageBatch
from baselines.features.lbp import LBP, lbp_counts
from tests.baselines.analytic import analytic_images


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


def exact_counts(image, points, radius):
    """Patterns counted in integers: neighbours at multiples of 1e-5 pixel."""
    image = image.astype(np.int64)
    h, w = image.shape
    inner = image[radius : h - radius, radius : w - radius]
    unit = 10**5
    bits = []
    for k in range(points):
        angle = 2 * np.pi * k / points
        dr = round(round(-radius * np.sin(angle), 5) * unit)
        dc = round(round(radius * np.cos(angle), 5) * unit)
        value = np.zeros_like(inner)
        for r in {dr // unit, -(-dr // unit)}:  # the pixels on either side, or the one
            for c in {dc // unit, -(-dc // unit)}:
                weight = (unit - abs(r * unit - dr)) * (unit - abs(c * unit - dc))
                rows, cols = slice(radius + r, h - radius + r), slice(radius + c, w - radius + c)
                value += weight * image[rows, cols]
        bits.append(value >= inner * unit**2)
    bits = np.array(bits)
    changes = (bits != np.roll(bits, 1, axis=0)).sum(axis=0)
    codes = np.where(changes <= 2, bits.sum(axis=0), points + 1)
    return np.bincount(codes.ravel(), minlength=points + 2)


@pytest.mark.parametrize("name", ["checkerboard", "disc", "gradient", "noise"])
@pytest.mark.parametrize(("points", "radius"), [(8, 1), (16, 2), (24, 3)])
def test_counts_agree_with_integer_arithmetic_on_analytic_images(name, points, radius):
    image = np.ascontiguousarray(analytic_images()[name][..., 0])
    counts = lbp_counts(image[None], points, radius)[0, 0, 0]
    np.testing.assert_array_equal(counts, exact_counts(image, points, radius))


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


def test_the_default_circles_fit_into_the_smallest_image():
    x = np.random.default_rng(1).integers(0, 256, (2, 8, 8, 1), dtype=np.uint8)
    values = LBP().fit_transform(x)
    assert values.shape == (2, len(LBP().names(1)))
    np.testing.assert_allclose(values.sum(axis=1), 3 + 4)  # three circles, and four zones of one


def test_an_image_has_the_same_histograms_alone_bit_for_bit(gray):
    together = LBP().fit_transform(gray[..., None])
    for k in range(3):
        np.testing.assert_array_equal(
            LBP().fit_transform(gray[k : k + 1, ..., None])[0], together[k]
        )


def test_the_zones_can_be_left_out(gray):
    assert LBP(circles=((8, 1),), grid=0).fit_transform(gray[..., None]).shape == (3, 10)


@pytest.mark.parametrize(
    ("circles", "message"),
    [(((33, 1),), "from 1 to 32 points"), (((8, 13),), "radius 13 does not fit")],
)
def test_circles_that_do_not_fit_are_refused(gray, circles, message):
    with pytest.raises(ValueError, match=message):
        LBP(circles=circles).fit_transform(gray[..., None])
