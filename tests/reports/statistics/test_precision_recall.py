"""Precision at every recall."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, precision_recall_curve

from tests.oracles.readings_of_a_curve import precision_recall


def cases(seed, n=200, digits=2):
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.3
    return truth, np.round(rng.normal(size=n) + truth, digits)


@pytest.mark.slow
@pytest.mark.parametrize("digits", [0, 1, 5])
def test_average_precision_is_that_of_scikit_learn(digits):
    truth, score = cases(0, digits=digits)
    assert precision_recall(truth, score).average == pytest.approx(
        average_precision_score(truth, score), abs=1e-12
    )


def test_the_points_are_those_of_scikit_learn():
    truth, score = cases(1, digits=1)
    found = precision_recall(truth, score)
    precision, recall, thresholds = precision_recall_curve(truth, score)
    m = int(truth.sum())
    for share, value, threshold in zip(recall[:-1], precision[:-1], thresholds, strict=True):
        own = round(share * m)
        # of the thresholds that find as many, the highest one counts
        if own and threshold == found.thresholds[own - 1]:
            assert found.precision[own - 1] == pytest.approx(value)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=30))
def test_each_precision_is_that_of_calling_positive_from_its_threshold(pairs):
    truth = np.array([label for label, _ in pairs])
    score = np.array([float(value) for _, value in pairs])
    if truth.all() or not truth.any():
        return
    found = precision_recall(truth, score)
    for rank, (precision, threshold) in enumerate(zip(*found, strict=True), 1):
        named = score >= threshold
        assert (named & truth).sum() >= rank
        assert ((score > threshold) & truth).sum() < rank
        assert precision == pytest.approx((named & truth).sum() / named.sum())


def test_precision_at_a_recall_is_that_of_finding_at_least_so_many():
    found = precision_recall(*cases(2, n=60))
    m = len(found.precision)
    exact, _ = found.at(np.arange(1, m + 1) / m)
    assert exact.tolist() == found.precision.tolist()
    between, thresholds = found.at(np.array([0.4 / m, 1.2 / m, 1.0]))
    assert between.tolist() == [found.precision[0], found.precision[1], found.precision[-1]]
    assert thresholds.tolist() == [found.thresholds[0], found.thresholds[1], found.thresholds[-1]]


def test_a_useless_score_has_the_prevalence():
    truth, _ = cases(3)
    assert precision_recall(truth, np.zeros(len(truth))).average == pytest.approx(truth.mean())
