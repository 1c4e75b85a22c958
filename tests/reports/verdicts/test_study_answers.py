"""What is said over several data sets and over folds, on simulated studies with a known truth.

The large versions are tests/benchmarks/study_answers.py, tests/benchmarks/fold_verdicts.py and
tests/benchmarks/fold_studies.py.
"""

import math

import pytest

from tests.benchmarks.fold_studies import judged
from tests.benchmarks.fold_verdicts import Learners, folds_judged, training_luck
from tests.benchmarks.study_answers import (
    Sets,
    answers,
    further_cases,
    shown_with_silent_sets,
)

pytestmark = pytest.mark.slow


def allowed(experiments):
    """5 % and two standard errors of a share of so many."""
    return 0.05 + 2 * math.sqrt(0.05 * 0.95 / experiments)


def test_agreeing_sets_find_a_true_difference_at_least_as_often_as_one():
    shares = [
        answers(Sets.alike(n, 0.05, 0.0178), 150, n).mean.get("supported", 0.0) for n in (1, 2, 3)
    ]
    assert shares[0] < shares[1] <= shares[2]
    two = answers(Sets.alike(2, 0.05, 0.0178), 150, 2)
    assert two.random_effects.get("supported", 0.0) < 0.1  # what Hartung and Knapp's rule says


def test_a_set_beyond_the_margin_among_others_without_a_difference_is_no_equivalence():
    design = Sets((0.0,) * 11 + (0.08,), (0.006,) * 12, tuple(range(12)))
    assert answers(design, 60, 0).mean["mixed"] > 0.9


@pytest.mark.parametrize("sources", [(0, 1, 2, 3, 4, 5), (0, 0, 0, 1, 2, 3), (0, 0, 0, 1, 1, 1)])
def test_sets_that_share_patients_are_no_further_evidence(sources):
    found = answers(Sets((0.0,) * 6, (0.02,) * 6, sources), 400, 1)
    assert found.excludes_mean <= allowed(400)
    if len(set(sources)) == 2:
        assert found.excludes_random_effects > allowed(400)
        assert found.signed_rank > 0.3


def test_data_sets_without_a_verdict_in_the_family_cost_power():
    assert shown_with_silent_sets(0, 400, 0) > shown_with_silent_sets(8, 400, 0) + 0.2


def test_the_number_of_cases_that_the_margin_takes_hardly_scatters():
    asked = further_cases(60, 0)
    assert asked[2] / asked[0] < 2.5


@pytest.mark.parametrize("features", [1, 20])
@pytest.mark.parametrize("candidates", [(1, 1), (6, 1)])
def test_over_folds_one_of_two_equal_sides_is_seldom_called_better(features, candidates):
    found = folds_judged(Learners(200, features, candidates), 100, 0)
    assert found.each_fold <= allowed(100)
    assert abs(found.bias_each_fold) < 0.012
    assert found.width_each_fold <= 1.3 < found.width_mean_of_folds


def test_choosing_by_the_mean_over_folds_favours_the_side_with_more_candidates():
    found = folds_judged(Learners(200, 1, (10, 1)), 100, 0)
    assert found.bias_mean_of_folds > 0.015
    assert abs(found.bias_each_fold) < 0.012


def test_resampled_trainings_know_the_luck_of_the_training_set():
    plain, aware = training_luck(Learners(1000, trained=100), 150, 0)
    assert plain > 2 * allowed(150)
    assert aware <= allowed(150)


@pytest.mark.parametrize("images", [1, 4])
@pytest.mark.parametrize("candidates", [(1, 1), (3, 3)])
def test_reports_of_equal_sides_over_folds_seldom_call_one_better(candidates, images):
    found = judged(Learners(240, 10, candidates), images, 60, 0)
    assert found.verdicts == 1.0
    assert found.better <= allowed(60)
    assert found.covered >= 1 - allowed(60)
    assert 1.0 < found.width <= 1.36


def test_folds_that_are_drawn_again_find_no_difference_where_there_is_none():
    once = judged(Learners(200, 10), 1, 60, 1)
    thrice = judged(Learners(200, 10, repeats=3), 1, 60, 1)
    assert thrice.better <= allowed(60)
    assert thrice.covered >= 1 - allowed(60)
    assert thrice.width < 1.1 * once.width
