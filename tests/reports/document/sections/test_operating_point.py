"""Decision rules and what they do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from reports.statistics.operating import confusion, rates, youden_threshold


@pytest.mark.parametrize(
    ("labels", "scores", "threshold"),
    # pROC 1.18.0, coords(best, youden)
    [
        ([1, 1, 0, 0, 0, 0], [0.9, 0.5, 0.5, 0.4, 0.3, 0.5], 0.45),
        ([1, 1, 0, 0, 0, 0], [0.6, 0.2, 0.7, 0.2, 0.1, 0.4], 0.15),
        (
            [0, 0, 1, 0, 1, 1, 0, 1, 0, 0],
            [0.06, -0.01, 1.33, -1.29, 2.24, 0.27, -0.09, 0.33, 1.0, -0.09],
            0.165,
        ),
    ],
)
def test_youdens_threshold_is_that_of_proc(labels, scores, threshold):
    found = youden_threshold(np.array(labels, dtype=bool), np.array(scores))
    assert found == pytest.approx(threshold, abs=1e-12)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), min_size=2, max_size=40))
def test_no_threshold_does_better_than_youdens(cases):
    truth = np.array([label for label, _ in cases])
    score = np.array([value for _, value in cases], dtype=float)
    if truth.all() or not truth.any():
        return

    def youden(threshold):
        return np.mean(score[truth] >= threshold) - np.mean(score[~truth] >= threshold)

    best = youden(youden_threshold(truth, score))
    assert best >= max(youden(t) for t in np.arange(-0.5, 10)) - 1e-12 or best == youden(0.5)


def test_scores_that_tell_nothing_leave_the_threshold_at_one_half():
    truth = np.array([True, False, True])
    assert youden_threshold(truth, np.full(3, 0.27)) == 0.5
    assert youden_threshold(truth, np.array([0.1, 0.9, 0.2])) == 0.5
    assert youden_threshold(np.zeros(3, dtype=bool), np.array([0.1, 0.9, 0.2])) == 0.5


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 5))
def test_measures_are_those_of_scikit_learn(seed, k):
    rng = np.random.default_rng(seed)
    truth = np.concatenate([np.arange(k), rng.integers(0, k, 30)])
    decided = np.where(rng.random(k + 30) < 0.5, truth, rng.integers(0, k, k + 30))
    matrix = confusion(truth, decided, k)
    np.testing.assert_array_equal(matrix, metrics.confusion_matrix(truth, decided))
    found = rates(matrix, None)
    average = {"average": "macro", "zero_division": 0}
    assert found.accuracy == pytest.approx(metrics.accuracy_score(truth, decided))
    assert found.sensitivity == pytest.approx(metrics.recall_score(truth, decided, **average))
    assert found.precision == pytest.approx(metrics.precision_score(truth, decided, **average))
    assert found.f1 == pytest.approx(metrics.f1_score(truth, decided, **average))
    assert found.balanced_accuracy == pytest.approx(metrics.balanced_accuracy_score(truth, decided))
    assert found.mcc == pytest.approx(metrics.matthews_corrcoef(truth, decided))
    if k == 2:
        one = rates(matrix, 1)
        assert one.f1 == pytest.approx(metrics.f1_score(truth, decided, zero_division=0))
        assert one.specificity == pytest.approx(metrics.recall_score(1 - truth, 1 - decided))
        assert one.npv == pytest.approx(
            metrics.precision_score(1 - truth, 1 - decided, zero_division=0)
        )


def test_a_constant_decision_has_no_correlation_and_no_warning():
    found = rates(np.array([[30.0, 0.0], [10.0, 0.0]]), 1)
    assert (found.mcc, found.precision, found.f1, found.sensitivity) == (0, 0, 0, 0)
    assert found.specificity == 1


def test_a_class_without_test_cases_is_left_out():
    found = rates(np.array([[8.0, 2.0, 0.0], [0.0, 10.0, 0.0], [0.0, 0.0, 0.0]]), None)
    assert found.sensitivity == pytest.approx(0.9)
    assert found.balanced_accuracy == pytest.approx(0.9)
