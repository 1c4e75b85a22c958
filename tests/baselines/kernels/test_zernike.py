import numpy as np
import pytest
from mahotas.features import zernike_moments as mahotas_zernike_moments
from scipy import ndimage

from baselines.kernels.zernike import DEGREES, ORDER, ZERNIKE, zernike_moments
from tests.baselines.analytic import analytic_images


def farthest(mask):
    row, col = np.nonzero(mask)
    centre = row.mean(), col.mean()
    return centre, np.hypot(row - centre[0], col - centre[1]).max()


def regions():
    rng = np.random.default_rng(0)
    masks = [image[..., 3] for image in analytic_images().values()]
    for sigma in (1, 2, 3, 5):
        field = ndimage.gaussian_filter(rng.normal(size=(40, 52)), sigma)
        masks.append((field > np.quantile(field, 0.7)).astype(np.uint8))
    far_off = np.zeros((300, 500), dtype=np.uint8)  # small, and far from the origin
    far_off[290:294, 480:491] = 1
    return [*masks, far_off]


@pytest.mark.slow
@pytest.mark.parametrize("mask", regions())
def test_magnitudes_agree_with_mahotas(mask):
    centre, radius = farthest(mask)
    # mahotas leaves out what lies beyond the radius, if only by rounding
    expected = mahotas_zernike_moments(mask, radius * (1 + 1e-12), degree=ORDER, cm=centre)
    assert expected[0] == pytest.approx(1 / np.pi)  # the two that are left out are constant
    assert expected[1] == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(zernike_moments(mask[None])[0], expected[2:], atol=1e-9)


def test_magnitudes_do_not_change_when_the_region_is_turned_mirrored_or_moved():
    mask = np.zeros((48, 48), dtype=np.uint8)
    mask[5:30, 8:30] = regions()[4][:25, :22]
    others = [np.rot90(mask), np.rot90(mask, 2), mask[::-1], np.roll(mask, (9, 4), axis=(0, 1))]
    values = zernike_moments(np.array([mask, *others]))
    np.testing.assert_allclose(values[1:], np.broadcast_to(values[0], values[1:].shape), atol=1e-10)


def test_a_disc_has_no_angular_moments_and_a_square_has_the_fourth():
    row, col = np.mgrid[-40:41, -40:41]
    disc = row**2 + col**2 <= 36**2
    square = np.maximum(abs(row), abs(col)) <= 25
    values = zernike_moments(np.array([disc, square], dtype=np.uint8))
    angular = np.array([m > 0 for _, m in DEGREES])
    assert values[0, angular].max() < 0.01
    for (n, m), value in zip(DEGREES, values[1], strict=True):
        assert m % 4 == 0 or value < 1e-9, (n, m)
    assert values[1, DEGREES.index((4, 4))] > 0.1


def test_a_region_of_one_pixel_has_the_values_at_the_centre():
    mask = np.zeros((1, 8, 9), dtype=np.uint8)
    mask[0, 7, 0] = 1
    for (n, m), value in zip(DEGREES, zernike_moments(mask)[0], strict=True):
        assert value == pytest.approx((n + 1) / np.pi if m == 0 else 0)


def test_an_empty_mask_gives_zeros():
    assert not zernike_moments(np.zeros((2, 8, 8), dtype=np.uint8)).any()


def test_there_is_a_name_for_each_order_and_repetition():
    assert len(ZERNIKE) == len(set(ZERNIKE)) == 23
    assert ZERNIKE[0] == "zernike_2_0"
    assert ZERNIKE[-1] == "zernike_8_8"
