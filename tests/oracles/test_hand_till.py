"""Hand and Till's measure and its interval."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from bench.protocol.scoring import binary_auc
from reports.statistics.auc import components
from tests.oracles.hand_till import (
    hand_till,
    hand_till_components,
    hand_till_interval,
    hand_till_replicates,
)


def rare(seed=0):
    """Seven classes, one of them with five cases."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(7), [200, 90, 60, 40, 30, 15, 5])
    logits = rng.normal(size=(len(labels), 7))
    logits[np.arange(len(labels)), labels] += 1.5
    return labels, np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


@pytest.mark.parametrize("digits", [1, 8])
def test_it_is_that_of_scikit_learn(digits):
    labels, probabilities = rare()
    rounded = np.round(probabilities, digits)
    rounded[:, 0] += 1 - rounded.sum(axis=1)
    peer = roc_auc_score(labels, rounded, multi_class="ovo", average="macro")
    assert hand_till(labels, rounded) == pytest.approx(peer, abs=1e-12)


def test_of_two_classes_it_is_the_auc():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, 50)
    p = np.round(rng.random(50), 1)
    both = np.column_stack([1 - p, p])
    assert hand_till(labels, both) == pytest.approx(binary_auc(labels == 1, p), abs=1e-12)


def test_classes_without_a_case_are_left_out():
    labels, probabilities = rare()
    kept = np.isin(labels, [1, 3, 6])
    found = hand_till(labels[kept], probabilities[kept])
    dense = np.searchsorted([1, 3, 6], labels[kept])
    assert found == hand_till(dense, probabilities[kept][:, [1, 3, 6]])


def test_its_interval_with_a_class_of_five_cases_contains_it():
    found = hand_till_interval(*rare())
    assert 0.5 < found.low < found.value < found.high < 1
    assert found.interval == "DeLong on the logit scale"


@pytest.mark.slow
@pytest.mark.parametrize("grouped", [False, True])
def test_its_error_is_that_of_the_bootstrap(grouped):
    rng = np.random.default_rng(5)
    units = np.repeat(np.arange(90), 4)
    labels = units % 3
    logits = rng.normal(size=(90, 3))[units] + rng.normal(size=(360, 3))
    logits[np.arange(360), labels] += 1.2
    own = units if grouped else None
    error = np.sqrt(hand_till_components(labels, logits[None], own).covariance()[0, 0])
    drawn = hand_till_replicates(labels, logits, own, repetitions=1500)
    assert drawn.std(ddof=1) == pytest.approx(error, rel=0.1)


def test_of_two_classes_with_mirrored_scores_its_error_is_delongs():
    rng = np.random.default_rng(6)
    labels = np.repeat([0, 1], [40, 30])
    p = rng.random(70) / 2 + labels / 3
    scores = np.column_stack([-p, p])[None]
    pairwise = hand_till_components(labels, scores)
    plain = components(labels, scores, 1)
    assert pairwise.auc[0] == pytest.approx(plain.auc[0], abs=1e-12)
    # Contributions through positive and negative cases come twice, and are the same.
    assert pairwise.covariance()[0, 0] == pytest.approx(plain.covariance()[0, 0], rel=0.02)


def test_a_class_of_a_single_case_leaves_the_error_unknown():
    labels = np.array([0, 0, 0, 1, 1, 2])
    scores = np.random.default_rng(7).random((1, 6, 3))
    assert not hand_till_components(labels, scores).estimable
    assert hand_till_components(labels[:5], scores[:, :5]).estimable


def test_patients_widen_its_interval():
    rng = np.random.default_rng(2)
    units = np.repeat(np.arange(60), 5)
    labels = units % 3
    logits = rng.normal(size=(60, 3))[units] * 1.5 + 0.3 * rng.normal(size=(300, 3))
    logits[np.arange(300), labels] += 1
    naive = hand_till_interval(labels, logits)
    honest = hand_till_interval(labels, logits, units)
    assert honest.value == naive.value
    assert honest.high - honest.low > 1.6 * (naive.high - naive.low)
    assert "patient" in honest.interval


def test_a_perfect_measure_is_never_a_single_point():
    labels = np.repeat([0, 1, 2], [30, 30, 8])
    found = hand_till_interval(labels, np.eye(3)[labels])
    assert (found.value, found.high) == (1, 1)
    assert 0.5 < found.low < 0.95
    constant = hand_till_interval(labels, np.full((68, 3), 0.3))
    assert constant.value == 0.5
    assert constant.low < 0.5 < constant.high


@pytest.mark.slow
def test_its_interval_covers():
    covered = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        labels = np.repeat([0, 1, 2], [60, 40, 25])
        logits = rng.normal(size=(125, 3))
        logits[np.arange(125), labels] += 2
        found = hand_till_interval(labels, logits)
        # A pair compares one column, which is 2 standard deviations higher in its own class.
        covered += found.low <= norm.cdf(2 / np.sqrt(2)) <= found.high
    assert covered / 300 >= 0.93 - 2 * np.sqrt(0.93 * 0.07 / 300)


def test_a_single_class_is_refused():
    with pytest.raises(ValueError, match="two classes"):
        hand_till(np.zeros(4, dtype=np.int64), np.ones((4, 2)))
