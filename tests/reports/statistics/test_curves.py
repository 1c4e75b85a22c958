"""Weighted ROC curves and what is read off them: areas, parts of areas, fixed specificities."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from bench.protocol.scoring import binary_auc
from reports.statistics.curves import area, curves
from tests.oracles.readings_of_a_curve import (
    interpolated_sensitivities,
    partial_auc,
    sensitivity_at,
    youden_point,
)


def cases(seed, m=30, n=50, digits=1):
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.repeat([True, False], [m, n]))
    return truth, np.round(rng.normal(size=m + n) + truth, digits)


@pytest.mark.parametrize("digits", [0, 1, 5])
def test_weights_are_repeated_cases(digits):
    truth, score = cases(0, digits=digits)
    rng = np.random.default_rng(0)
    weights = rng.integers(0, 4, (5, len(truth)))
    found = curves(truth, score, weights.astype(float))
    areas = area(found.fpr, found.tpr)
    for row, own in enumerate(weights):
        repeated = np.repeat(np.arange(len(truth)), own)
        assert areas[row] == pytest.approx(binary_auc(truth[repeated], score[repeated]), abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_the_corrected_partial_area_is_that_of_scikit_learn(seed):
    truth, score = cases(seed)
    found = partial_auc(truth, score, 0.8, 1.0)
    assert found.corrected == pytest.approx(roc_auc_score(truth, score, max_fpr=0.2), abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 0.95))
def test_parts_of_the_area_add_up_on_either_axis(seed, cut):
    truth, score = cases(seed, 7, 9)
    whole = binary_auc(truth, score)
    for focus in ("specificity", "sensitivity"):
        low = partial_auc(truth, score, 0.0, cut, focus).raw
        high = partial_auc(truth, score, cut, 1.0, focus).raw
        assert low + high == pytest.approx(whole, abs=1e-12)


def test_a_useless_score_has_a_corrected_partial_area_of_one_half():
    truth = np.repeat([True, False], [5, 20])
    assert partial_auc(truth, np.zeros(25)).corrected == pytest.approx(0.5)
    assert partial_auc(truth, -truth.astype(float)).corrected is None
    assert partial_auc(truth, truth.astype(float)).corrected == 1


@pytest.mark.parametrize(("low", "high"), [(0.9, 0.9), (1.0, 0.9), (-0.1, 0.5), (0.5, 1.1)])
def test_an_empty_range_is_refused(low, high):
    with pytest.raises(ValueError, match="range"):
        partial_auc(*cases(0), low, high)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.5, 0.8, 0.9, 0.95, 1.0, 1 / 3]))
def test_the_attainable_sensitivity_is_the_best_of_all_thresholds(seed, specificity):
    truth, score = cases(seed, 8, 12)
    found = sensitivity_at(truth, score, specificity)
    candidates = [*np.unique(score), np.inf]
    reached = [
        np.mean(score[truth] >= t)
        for t in candidates
        if np.mean(score[~truth] < t) >= specificity - 1e-12
    ]
    assert found.attainable == max(reached)
    assert found.interpolated >= found.attainable - 1e-12
    if found.threshold is not None:
        assert np.mean(score[truth] >= found.threshold) == found.attainable
        assert np.mean(score[~truth] < found.threshold) >= specificity - 1e-12


def test_with_ties_the_interpolated_sensitivity_is_attained_by_no_threshold():
    truth = np.repeat([True, False], [10, 10])
    found = sensitivity_at(truth, np.ones(20), 0.9)
    assert (found.attainable, found.threshold) == (0, None)
    assert found.interpolated == pytest.approx(0.1)


def test_many_curves_have_the_sensitivities_of_each():
    truth, score = cases(3)
    weights = np.random.default_rng(1).integers(0, 3, (6, len(truth))).astype(float)
    together = interpolated_sensitivities(curves(truth, score, weights), 0.85)
    for row, own in enumerate(weights):
        repeated = np.repeat(np.arange(len(truth)), own.astype(int))
        alone = sensitivity_at(truth[repeated], score[repeated], 0.85).interpolated
        assert together[row] == pytest.approx(alone, abs=1e-12)


def test_a_sample_without_a_class_is_refused():
    truth, score = cases(4)
    with pytest.raises(ValueError, match="leaves out"):
        curves(truth, score, truth[None].astype(float))


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_youdens_point_is_the_best_and_the_lowest_of_the_best(seed):
    truth, score = cases(seed, 6, 9)
    found = youden_point(truth, score)
    threshold = -np.inf if found.threshold is None else found.threshold
    assert found.sensitivity == np.mean(score[truth] >= threshold)
    assert found.specificity == pytest.approx(np.mean(score[~truth] < threshold), abs=1e-15)
    values = np.unique(score)
    for other in (-np.inf, *((values[1:] + values[:-1]) / 2), np.inf):
        # Equal in double precision, as for pROC: thirds and ninths can tie on paper and not here.
        reached = np.mean(score[truth] >= other) + np.mean(score[~truth] < other)
        best = found.sensitivity + found.specificity
        assert reached < best if other < threshold else reached <= best


def test_where_no_threshold_helps_youdens_point_calls_everything_positive():
    truth = np.repeat([True, False], [3, 4])
    assert youden_point(truth, np.zeros(7)) == (None, 1, 0)
    assert youden_point(truth, -truth.astype(float)) == (None, 1, 0)
