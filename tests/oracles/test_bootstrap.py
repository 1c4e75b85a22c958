"""Resampling agrees with the formulas that it checks."""

import math

import numpy as np
import pytest

from reports.statistics.auc import components
from tests.oracles.bootstrap import (
    auc_replicates,
    difference_test,
    over_seeds,
    percentile_interval,
    samples,
)


def two_columns(scores):
    return np.stack([-scores, scores], axis=2)


def test_every_sample_has_the_classes_in_their_numbers():
    labels = np.repeat([0, 1, 2], [5, 9, 1])
    drawn = np.concatenate(list(samples(labels, repetitions=50)))
    assert drawn.shape == (50, 15)
    for label, count in enumerate([5, 9, 1]):
        assert (drawn[:, labels == label].sum(axis=1) == count).all()


def test_the_same_seed_draws_the_same_samples():
    labels = np.repeat([0, 1], [5, 9])
    first, again = (np.concatenate(list(samples(labels, random_state=3))) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert (first != np.concatenate(list(samples(labels, random_state=4)))).any()


def test_patients_are_drawn_with_all_of_their_cases():
    units = np.array([0, 0, 1, 1, 1, 2, 3, 3])
    labels = np.array([0, 1, 0, 0, 0, 1, 0, 0])
    drawn = np.concatenate(list(samples(labels, units, repetitions=200)))
    for unit in range(4):
        own = drawn[:, units == unit]
        assert (own == own[:, :1]).all()
    assert (drawn[:, labels == 1].sum(axis=1) > 0).all()
    assert (drawn[:, labels == 0].sum(axis=1) > 0).all()


def test_a_class_that_comes_only_with_rarer_ones_is_in_every_sample():
    units = np.array([0, 0, 1, 2, 2, 3, 4, 5])
    labels = np.array([0, 1, 2, 2, 1, 1, 2, 2])
    drawn = np.concatenate(list(samples(labels, units, repetitions=300)))
    assert len(drawn) == 300
    for label in range(3):
        assert (drawn[:, labels == label].sum(axis=1) > 0).all()


def test_the_spread_of_aucs_and_of_their_difference_is_delongs():
    rng = np.random.default_rng(0)
    labels = np.repeat([1, 0], [80, 120])
    scores = rng.normal(size=(2, 200)) + rng.normal(size=200) + 1.2 * labels
    matrix = components(labels, two_columns(scores), 1).covariance()
    drawn = auc_replicates(labels, two_columns(scores), 1, repetitions=4000)
    np.testing.assert_allclose(np.cov(drawn.T), matrix, rtol=0.08)


@pytest.mark.slow
def test_the_spread_with_patients_is_obuchowskis():
    rng = np.random.default_rng(1)
    units = np.repeat(np.arange(100), 4)
    labels = ((units % 2) ^ (rng.random(400) < 0.1)).astype(np.int64)
    scores = rng.normal(size=(2, 100))[:, units] + 0.5 * rng.normal(size=(2, 400)) + labels
    matrix = components(labels, two_columns(scores), 1, units).covariance()
    drawn = auc_replicates(labels, two_columns(scores), 1, units, repetitions=4000)
    naive = components(labels, two_columns(scores), 1).covariance()
    np.testing.assert_allclose(np.diag(np.cov(drawn.T)), np.diag(matrix), rtol=0.12)
    assert (np.diag(matrix) > 2 * np.diag(naive)).all()


@pytest.mark.slow
def test_the_spread_of_a_macro_auc_is_that_of_the_components():
    rng = np.random.default_rng(2)
    labels = np.repeat([0, 1, 2], [100, 60, 40])
    scores = rng.normal(size=(1, 200, 3))
    scores[0, np.arange(200), labels] += 1
    expected = components(labels, scores, None).covariance()[0, 0]
    drawn = auc_replicates(labels, scores, None, repetitions=3000)
    assert drawn.var(ddof=1) == pytest.approx(expected, rel=0.12)


@pytest.mark.slow
def test_seeds_add_their_part_of_the_variance():
    rng = np.random.default_rng(3)
    labels = np.repeat([1, 0], [60, 60])
    base = rng.normal(size=120) + labels
    # Seeds of the first method differ a lot, the second has only one.
    scores = np.stack([base + rng.normal(size=120) * s for s in (0, 1, 2, 0.5, 1.5)] + [base])
    found = components(labels, two_columns(scores), 1)
    weights = np.append(np.full(5, 1 / 5), -1)
    _, cases = found.contrast(weights)
    drawn = auc_replicates(labels, two_columns(scores), 1, repetitions=8000)
    means = over_seeds(drawn, [np.arange(5), np.array([5])])
    d = means[:, 0] - means[:, 1]
    # The seeds differ a little more in a sample of the cases than in all of them.
    seeds = drawn[:, :5].var(axis=1).mean() / 5
    assert seeds > found.auc[:5].var() / 5
    assert d.var() == pytest.approx(cases + seeds, rel=0.08)
    assert d.var() > 1.3 * cases


def test_an_interval_contains_the_estimate():
    assert percentile_interval(1.0, np.full(10, 0.9)) == (0.9, 1.0)
    low, high = percentile_interval(0.5, np.linspace(0, 1, 1001))
    assert (low, high) == (pytest.approx(0.025), pytest.approx(0.975))


def test_replicates_without_spread_are_no_evidence():
    assert difference_test(0.0, np.zeros(100)) == (0, 1)
    assert difference_test(0.5, np.full(100, 0.5)) == (0, 1)
    found = difference_test(0.2, np.random.default_rng(0).normal(0.2, 0.1, 100_000))
    assert found.p == pytest.approx(math.erfc(2 / math.sqrt(2)), rel=0.05)
