"""Dice, IoU and area error: by hand, and what holds of any two regions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reports.statistics.segmentation.overlap import area_error, dice, iou, region_counts

MAPS = arrays(np.uint8, (6, 7), elements=st.integers(0, 2))


def test_half_of_a_square_and_as_much_beside_it() -> None:
    truth, said = np.zeros((4, 8), np.uint8), np.zeros((4, 8), np.uint8)
    truth[:, 0:4], said[:, 2:6] = 1, 1  # 16 pixels each, 8 of them shared
    counts = region_counts(truth, said, 2)
    assert [part.tolist() for part in counts] == [[8], [16], [16]]
    assert dice(*counts).tolist() == [0.5]
    assert iou(*counts).tolist() == [8 / 24]
    assert area_error(*counts[1:]).tolist() == [0.0]


@pytest.mark.parametrize(
    ("true", "said", "expected"),
    [(0, 0, (1.0, 1.0, 0.0)), (0, 5, (0.0, 0.0, 1.0)), (5, 0, (0.0, 0.0, 1.0))],
    ids=["both empty", "something where nothing is", "a miss"],
)
def test_empty_regions_count_as_the_convention_says(
    true: int, said: int, expected: tuple[float, float, float]
) -> None:
    found = dice([0], [true], [said]), iou([0], [true], [said]), area_error([true], [said])
    assert tuple(float(one[0]) for one in found) == expected


@given(MAPS, MAPS)
def test_a_miss_is_never_better_than_anything_else(truth: np.ndarray, said: np.ndarray) -> None:
    missed = np.zeros_like(said)
    for better, measure in ((1, dice), (1, iou)):
        own = measure(*region_counts(truth, said, 3))
        of_a_miss = measure(*region_counts(truth, missed, 3))
        there = region_counts(truth, said, 3)[1] > 0
        assert (better * own >= better * of_a_miss)[there].all()
    errors = area_error(*region_counts(truth, said, 3)[1:])
    assert (errors <= area_error(*region_counts(truth, missed, 3)[1:]))[there].all()


@given(MAPS, MAPS)
def test_dice_and_iou_say_the_same_in_other_units_and_do_not_care_who_is_first(
    truth: np.ndarray, said: np.ndarray
) -> None:
    counts = region_counts(truth, said, 3)
    both, true, predicted = counts
    np.testing.assert_allclose(dice(*counts), 2 * iou(*counts) / (1 + iou(*counts)))
    np.testing.assert_array_equal(dice(*counts), dice(both, predicted, true))
    assert ((dice(*counts) >= 0) & (dice(*counts) <= 1)).all()


@given(MAPS)
def test_a_map_agrees_with_itself(truth: np.ndarray) -> None:
    counts = region_counts(truth, truth, 3)
    assert dice(*counts).tolist() == iou(*counts).tolist() == [1.0, 1.0]
    assert area_error(*counts[1:]).tolist() == [0.0, 0.0]


def test_maps_that_do_not_fit_are_refused() -> None:
    square = np.zeros((3, 3), np.uint8)
    with pytest.raises(ValueError, match="one shape"):
        region_counts(square, np.zeros((3, 4), np.uint8), 2)
    with pytest.raises(ValueError, match="class 3, of 2 classes"):
        region_counts(square, np.full((3, 3), 3, np.uint8), 2)
