import math

import numpy as np
import pytest

from baselines.features.fractal import Fractal, fractal_measures, power_law
from tests.baselines.analytic import analytic_images


def random_images(n=3, h=25, w=30):
    return np.random.default_rng(0).integers(0, 256, (n, h, w), dtype=np.uint8)


def brownian_surfaces(hurst, n, side):
    """Fractional Brownian surfaces on a grid, drawn from their exact covariance."""
    point = np.stack(np.mgrid[1 : side + 1, 1 : side + 1], axis=-1).reshape(-1, 2).astype(float)
    size = (point**2).sum(axis=1) ** hurst
    apart = ((point[:, None] - point[None]) ** 2).sum(axis=2) ** hurst
    root = np.linalg.cholesky((size[:, None] + size[None] - apart) / 2)
    surface = np.random.default_rng(2).standard_normal((n, side**2)) @ root.T
    surface -= surface.min(axis=1, keepdims=True)
    surface *= 255 / surface.max(axis=1, keepdims=True)
    return np.rint(surface).astype(np.uint8).reshape(n, side, side)


def fit(x, y):
    x, y = np.log([a for a, b in zip(x, y, strict=True) if b > 0]), np.log([b for b in y if b > 0])
    line = np.polyfit(x, y, 1)
    return line[0], np.sqrt(np.mean((np.polyval(line, x) - y) ** 2))


def reference(image):
    """All measures by their definitions, square by square."""
    image = image.astype(int)
    h, w = image.shape
    shorter = min(h, w)
    contrast = image.max() - image.min()
    sides = [s for s in (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64) if s <= shorter // 2]
    numbers = []
    for side in sides:
        boxes = []
        for top in range(0, h - side + 1, side):
            for left in range(0, w - side + 1, side):
                square = image[top : top + side, left : left + side]
                boxes.append(max(1, math.ceil(np.ptp(square) * shorter / (contrast * side))))
        numbers.append(np.mean(boxes))
    slope, residual = fit(sides, numbers)
    values = [2 - slope, residual]
    lags = [d for d in (1, 2, 3, 4, 6, 8) if d <= shorter // 2]
    increments = [
        np.concatenate(
            [abs(image[d:] - image[:-d]).ravel(), abs(image[:, d:] - image[:, :-d]).ravel()]
        ).mean()
        for d in lags
    ]
    slope, residual = fit(lags, increments)
    values += [3 - slope, residual]
    for side in (2, 4, 8):
        mass = np.lib.stride_tricks.sliding_window_view(image, (side, side)).sum(axis=(2, 3))
        values.append((mass.astype(float) ** 2).mean() / mass.mean() ** 2)
    return values


@pytest.mark.parametrize("name", ["checkerboard", "disc", "gradient", "noise"])
def test_measures_follow_from_their_definitions_on_analytic_images(name):
    image = analytic_images()[name][..., 0]
    np.testing.assert_allclose(
        fractal_measures(image[None])[0], reference(image), rtol=1e-9, atol=1e-9
    )


@pytest.mark.slow
@pytest.mark.parametrize(("h", "w"), [(8, 8), (9, 30), (25, 30), (130, 129)])
def test_measures_follow_from_their_definitions(h, w):
    gray = random_images(2, h, w)
    np.testing.assert_allclose(
        fractal_measures(gray), [reference(image) for image in gray], rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("side", [8, 28, 64])
def test_a_plane_has_dimension_two(side):
    row, col = np.mgrid[:side, :side]
    for plane in (2 * col, 3 * row, row + col):
        measures = fractal_measures(plane.astype(np.uint8)[None])[0]
        np.testing.assert_allclose(measures[[0, 2]], 2, atol=1e-9)
        np.testing.assert_allclose(measures[[1, 3]], 0, atol=1e-9)


def test_white_noise_has_a_dimension_near_three():
    box, _, increment = fractal_measures(random_images(10, 128, 128))[:, :3].mean(axis=0)
    assert increment == pytest.approx(3, abs=0.01)
    assert box == pytest.approx(3, abs=0.15)


@pytest.mark.slow
@pytest.mark.parametrize("hurst", [0.2, 0.5, 0.8])
def test_increments_recover_the_dimension_of_brownian_surfaces(hurst):
    dimension = fractal_measures(brownian_surfaces(hurst, 40, 28))[:, 2]
    assert dimension.mean() == pytest.approx(3 - hurst, abs=0.05)


@pytest.mark.slow
def test_box_counting_ranks_the_dimension_of_brownian_surfaces():
    box = [fractal_measures(brownian_surfaces(h, 40, 28))[:, 0].mean() for h in (0.8, 0.5, 0.2)]
    assert box[0] + 0.08 < box[1] < box[2] - 0.08
    assert all(1.8 < dimension < 2.5 for dimension in box)


@pytest.mark.parametrize("level", [0, 77, 255])
def test_a_constant_image_is_a_plane_with_the_same_mass_everywhere(level):
    measures = fractal_measures(np.full((2, 17, 31), level, np.uint8))
    np.testing.assert_allclose(measures, [[2, 0, 2, 0, 1, 1, 1]] * 2, rtol=1e-15)


def test_lags_that_a_pattern_repeats_at_are_left_out():
    stripes = np.zeros((1, 16, 16), dtype=np.uint8)
    stripes[:, :, ::2] = 90  # no difference at the lags 2, 4, 6 and 8; the same at 1 and 3
    assert fractal_measures(stripes)[0, 2] == pytest.approx(3, abs=0.2)
    np.testing.assert_allclose(
        fractal_measures(stripes)[0], reference(stripes[0]), rtol=1e-9, atol=1e-9
    )


def test_contrast_and_brightness_leave_the_dimensions_and_contrast_the_lacunarity():
    gray = random_images() // 3
    measures = fractal_measures(gray)
    np.testing.assert_allclose(fractal_measures(3 * gray), measures, rtol=1e-12)
    np.testing.assert_allclose(fractal_measures(gray + 40)[:, :4], measures[:, :4], rtol=1e-12)


def test_lacunarity_of_one_white_pixel_is_the_number_of_boxes_over_those_that_hold_it():
    gray = np.zeros((1, 20, 20), dtype=np.uint8)
    gray[0, 10, 10] = 255
    np.testing.assert_allclose(
        fractal_measures(gray)[0, 4:], [19**2 / 2**2, 17**2 / 4**2, 13**2 / 8**2], rtol=1e-12
    )


def test_a_power_law_is_found_without_residual_and_zeros_are_left_out():
    x = np.array([1.0, 2.0, 3.0, 5.0])
    y = np.stack([4 * x**-1.5, np.where(x == 3, 0, x**2), np.zeros(4), np.where(x == 2, 7.0, 0)])
    exponent, residual = power_law(x, y)
    np.testing.assert_allclose(exponent, [-1.5, 2, 0, 0], atol=1e-12)
    np.testing.assert_allclose(residual, 0, atol=1e-12)


def test_an_image_has_the_same_features_alone_bit_for_bit():
    x = random_images(30, 13, 31)[..., None]
    together = Fractal().fit_transform(x)
    for k in (0, 8, 29):
        np.testing.assert_array_equal(Fractal().fit_transform(x[k : k + 1])[0], together[k])


def test_the_number_of_features_does_not_depend_on_the_size():
    for h, w in ((8, 8), (8, 100), (512, 300)):
        assert Fractal().fit_transform(random_images(1, h, w)[..., None]).shape == (1, 7)
