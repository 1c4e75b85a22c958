"""Measures and their errors against naive formulas and resampling."""

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    log_loss,
    matthews_corrcoef,
    recall_score,
)

from reports.analysis.measures.measures import NAMES, RATES, gains, measured
from reports.analysis.pairs.single_split import SingleSplit
from reports.loading.selection import TestPart
from reports.statistics.operating import confusion, decision_threshold, decisions, rates_of_many


def sample(rng, n, k, v, *, per_patient=1):
    patient = np.arange(n) // per_patient
    labels = rng.integers(0, k, n).astype(np.int64)
    labels[:k] = np.arange(k)
    own = rng.normal(size=(patient[-1] + 1, k))[patient]
    logits = 0.8 * np.eye(k)[labels] + own + 0.5 * rng.normal(size=(v, n, k))
    p = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    return labels, p, patient.astype(np.int64) if per_patient > 1 else None


def test_a_brier_score_is_one_measure_whatever_the_number_of_classes():
    labels, p, _ = sample(np.random.default_rng(5), 200, 2, 3)
    as_two, as_many = (gains("brier", labels, p, positive) for positive in (1, None))
    assert as_two == pytest.approx(as_many)
    for k in (2, 3, 5):
        certain = np.eye(k)[None, np.full(10, k - 1)]
        worst = gains("brier", np.zeros(10, np.int64), certain, 1 if k == 2 else None)
        assert worst == pytest.approx(-1)


@pytest.mark.parametrize("k", [2, 4])
def test_values_are_those_of_scikit_learn(k):
    labels, p, _ = sample(np.random.default_rng(k), 300, k, 3)
    positive = 1 if k == 2 else None
    thresholds = np.array([0.4, 0.5, 0.6])
    found = {name: measured(name, labels, p, thresholds, positive, None).value for name in NAMES}
    for i in range(3):
        if k == 2:
            decided = (p[i, :, 1] >= thresholds[i]).astype(int)
            assert found["brier"][i] == pytest.approx(-brier_score_loss(labels, p[i, :, 1]))
        else:
            decided = p[i].argmax(axis=1)
            assert found["brier"][i] == pytest.approx(
                -np.mean(((p[i] - np.eye(k)[labels]) ** 2).sum(axis=1)) / 2
            )
        expected = balanced_accuracy_score(labels, decided)
        assert found["balanced-accuracy"][i] == pytest.approx(expected)
        assert found["mcc"][i] == pytest.approx(matthews_corrcoef(labels, decided))
        average = {"average": "binary" if k == 2 else "macro"}
        assert found["accuracy"][i] == pytest.approx(accuracy_score(labels, decided))
        assert found["f1"][i] == pytest.approx(f1_score(labels, decided, **average))
        recall = recall_score(labels, decided, **average)
        assert found["sensitivity"][i] == pytest.approx(recall)
        looked_for = [1] if k == 2 else range(k)
        each = [recall_score(labels != c, decided != c) for c in looked_for]
        assert found["specificity"][i] == pytest.approx(np.mean(each))
        assert found["log-loss"][i] == pytest.approx(-log_loss(labels, p[i]))


@pytest.mark.slow
@pytest.mark.parametrize("measure", NAMES)
@pytest.mark.parametrize(("k", "per_patient"), [(2, 1), (2, 4), (3, 1)])
def test_errors_of_differences_are_those_of_a_bootstrap_of_patients(measure, k, per_patient):
    rng = np.random.default_rng([k, per_patient])
    labels, p, units = sample(rng, 400, k, 2, per_patient=per_patient)
    positive = 1 if k == 2 else None
    thresholds = np.array([0.5, 0.5])
    weights = np.array([1.0, -1.0])
    _, variance = measured(measure, labels, p, thresholds, positive, units).contrast(weights)
    groups = np.arange(len(labels)) if units is None else units
    members = [np.flatnonzero(groups == g) for g in range(groups[-1] + 1)]
    drawn = []
    for _ in range(250):
        rows = np.concatenate([members[g] for g in rng.integers(0, len(members), len(members))])
        again = measured(measure, labels[rows], p[:, rows], thresholds, positive, None)
        drawn.append(weights @ again.value)
    # 250 draws know a standard error to about 4.5 %; allowed are three times that.
    assert np.sqrt(variance) == pytest.approx(np.std(drawn), rel=0.14)


@pytest.mark.parametrize("measure", sorted(RATES))
@pytest.mark.parametrize("k", [2, 4])
def test_influences_are_derivatives_of_the_measure(measure, k):
    """One case counted 1 + ε times against the same measure of the same cases."""
    labels, p, _ = sample(np.random.default_rng(7), 60, k, 1)
    positive = 1 if k == 2 else None
    decided = decisions(p, np.array([0.5]), positive)[0]
    counts = confusion(labels, decided, k)
    found = measured(measure, labels, p, np.array([0.5]), positive, np.arange(60))
    shown, step, total = np.arange(k), 1e-6, 0.0
    for i in range(60):
        ends = []
        for sign in (1, -1):
            moved = counts.copy()
            moved[labels[i], decided[i]] += sign * step
            ends.append(rates_of_many(moved[None], shown, positive)[0, RATES[measure]])
        total += ((ends[0] - ends[1]) / (2 * step)) ** 2
    _, variance = found.contrast(np.array([1.0]))
    assert variance == pytest.approx(total * 60 / 59, rel=1e-6)


def test_the_error_of_the_auc_is_that_of_the_primary_comparison():
    labels, p, _ = sample(np.random.default_rng(0), 200, 2, 2)
    part = TestPart(None, np.arange(200).astype(str), labels, None)
    (tested,) = SingleSplit({"a": p[:1], "b": p[1:]}, part, 1, 0.95).tested([("a", "b")])
    d, variance = measured("auc", labels, p, np.full(2, 0.5), 1, None).contrast(
        np.array([1.0, -1.0])
    )
    assert d == pytest.approx(tested.difference.d)
    assert np.sqrt(variance) == pytest.approx(tested.difference.se)


def test_a_constant_decision_has_no_correlation_and_no_error():
    labels = np.array([0, 0, 1, 1])
    p = np.full((1, 4, 2), 0.5)
    found = measured("mcc", labels, p, np.array([0.5]), 1, None)
    assert found.value[0] == 0
    assert found.contrast(np.ones(1)) == (0.0, 0.0)


def test_thresholds_are_only_for_two_classes():
    labels, p, _ = sample(np.random.default_rng(0), 50, 3, 1)
    assert np.isnan(decision_threshold(labels, p[0], None))
    two = np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8]])
    assert decision_threshold(np.array([0, 0, 1]), two, 1) == pytest.approx(0.55)
