"""Surface Dice and HD95: by hand, against distance transforms, with pixels that are no squares."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import binary_erosion, distance_transform_edt

from reports.loading.measured import Scale
from reports.statistics.segmentation.surface import outline, surfaces

REGIONS = arrays(np.bool_, (9, 11), elements=st.booleans())


def square(top: int, left: int, side: int = 4, shape: tuple[int, int] = (20, 20)) -> np.ndarray:
    region = np.zeros(shape, dtype=bool)
    region[top : top + side, left : left + side] = True
    return region


def by_distance_transform(
    truth: np.ndarray, said: np.ndarray, tolerance: float, spacing: tuple[float, float]
) -> tuple[float, float]:
    """The same by transforms of the whole image."""
    edges = [region & ~binary_erosion(region) for region in (truth, said)]
    to_other = [distance_transform_edt(~edges[1 - i], sampling=spacing)[edges[i]] for i in (0, 1)]
    near = sum((each <= tolerance).sum() for each in to_other)
    return near / sum(map(len, to_other)), max(np.percentile(each, 95) for each in to_other)


def test_a_square_moved_by_three_pixels() -> None:
    # The outlines have 12 pixels each. Of the one the four of its near column lie on the other's
    # far column (0 px) and four more at most 2 px from the other; four are 3 px off. So for both.
    found = surfaces(square(5, 5), square(5, 8), tolerance=2.0)
    assert found.hd95 == pytest.approx(3.0)
    assert found.nsd == pytest.approx(16 / 24)


def test_pixels_need_not_be_squares() -> None:
    tall = surfaces(square(5, 5), square(8, 5), 0.1, spacing=(2.0, 0.5))
    assert tall.hd95 == pytest.approx(6.0)
    wide = surfaces(square(5, 5), square(5, 8), 0.1, spacing=(2.0, 0.5))
    assert wide.hd95 == pytest.approx(1.5)


def test_a_tolerance_includes_its_own_value() -> None:
    moved = square(5, 5), square(5, 6)
    assert surfaces(*moved, tolerance=1.0).nsd == 1.0
    assert surfaces(*moved, tolerance=0.99).nsd < 1.0


@pytest.mark.parametrize("pixel", [0.1, 0.3, 0.7, 0.703125, 1 / 3, 0.9])
def test_two_pixels_lie_within_a_tolerance_of_two_pixels_whatever_their_size(pixel: float) -> None:
    tolerance = Scale.of(np.full((3, 2), pixel)).tolerance
    for moved in (square(7, 5), square(5, 7)):
        found = surfaces(square(5, 5), moved, tolerance, (pixel, pixel))
        assert found.nsd == surfaces(square(5, 5), moved, 2.0).nsd == 1.0
    oblique = np.roll(square(5, 5), (1, 2), axis=(0, 1))
    assert surfaces(square(5, 5), oblique, 1.5, (0.9, 0.6)).nsd == 1.0  # 0.9² + 1.2² = 1.5²


@pytest.mark.parametrize(
    ("truth", "said", "expected"),
    [
        (False, False, (1.0, 0.0)),
        (True, False, (0.0, math.hypot(20 * 0.5, 20 * 2.0))),
        (False, True, (0.0, math.hypot(20 * 0.5, 20 * 2.0))),
    ],
    ids=["both empty", "a miss", "something where nothing is"],
)
def test_empty_regions_count_as_the_convention_says(
    truth: bool, said: bool, expected: tuple[float, float]
) -> None:
    region, nothing = square(5, 5), np.zeros((20, 20), dtype=bool)
    found = surfaces(
        region if truth else nothing, region if said else nothing, 1.0, spacing=(0.5, 2.0)
    )
    assert found == pytest.approx(expected)


@settings(max_examples=60)
@given(REGIONS, REGIONS, st.sampled_from([(1.0, 1.0), (0.7, 1.9)]))
def test_the_nearest_neighbour_is_that_of_a_distance_transform(
    truth: np.ndarray, said: np.ndarray, spacing: tuple[float, float]
) -> None:
    if not truth.any() or not said.any():
        return
    found = surfaces(truth, said, 1.0, spacing)
    assert found == pytest.approx(by_distance_transform(truth, said, 1.0, spacing))


@settings(max_examples=60)
@given(REGIONS, REGIONS)
def test_who_is_first_does_not_matter_and_nothing_is_as_far_as_a_miss(
    truth: np.ndarray, said: np.ndarray
) -> None:
    found = surfaces(truth, said, 1.0)
    assert found == pytest.approx(surfaces(said, truth, 1.0))
    if truth.any() and said.any():
        assert found.hd95 < math.hypot(9, 11)


@settings(max_examples=60)
@given(REGIONS)
def test_an_outline_is_what_erosion_takes_away(region: np.ndarray) -> None:
    expected = np.argwhere(region & ~binary_erosion(region))
    np.testing.assert_array_equal(outline(region), expected.astype(float))


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        surfaces(square(1, 1), square(1, 1, shape=(20, 21)), 1.0)
    with pytest.raises(ValueError, match="spacing above 0"):
        surfaces(square(1, 1), square(1, 1), 1.0, spacing=(0.0, 1.0))
    with pytest.raises(ValueError, match="tolerance"):
        surfaces(square(1, 1), square(1, 1), -1.0)
