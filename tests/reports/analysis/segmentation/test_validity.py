"""On null data sides are called better as often as alpha says; intervals cover the truth."""

import math

import pytest

from tests.benchmarks import segmentation_folds
from tests.benchmarks.segmentation_verdicts import Design, count

STUDIES = 120


@pytest.mark.slow
@pytest.mark.parametrize(
    "design",
    [Design(20), Design(20, 3, seeds=3, seed_sd=0.1), Design(50, 3)],
    ids=["single images", "patients and seeds", "more patients"],
)
def test_null_studies_are_called_at_most_as_often_as_alpha_says(design: Design) -> None:
    found = count(design, STUDIES, random_state=1)
    assert design.difference == 0
    assert found.better / STUDIES <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / STUDIES)
    assert found.covered[2] / STUDIES >= 0.93 - 2 * math.sqrt(0.07 * 0.93 / STUDIES)


@pytest.mark.slow
def test_over_folds_procedures_that_learn_equally_well_are_called_as_seldom() -> None:
    """With the error of the cases alone 9 % are called better."""
    found = segmentation_folds.count(segmentation_folds.Design(40, 2, 20), 3 * STUDIES)
    assert found.better[1] <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / (3 * STUDIES))
    assert found.covered[1] >= 0.93
    assert found.better[0] > found.better[1]


@pytest.mark.slow
def test_intervals_of_a_known_difference_cover_it() -> None:
    design = Design(30, 2, misses=(0.02, 0.15))
    found = count(design, STUDIES, random_state=2)
    assert design.difference == pytest.approx(0.10, abs=0.01)
    assert found.covered[2] / STUDIES >= 0.93 - 2 * math.sqrt(0.07 * 0.93 / STUDIES)
