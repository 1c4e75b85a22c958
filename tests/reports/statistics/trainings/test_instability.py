"""How much a case's probability depends on the training."""

import itertools

import numpy as np
import pytest

from reports.statistics.trainings.instability import instability


def test_it_is_the_mean_over_all_pairs_of_trainings():
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(3), size=(5, 40))
    pairs = list(itertools.combinations(range(5), 2))
    each = np.mean([np.abs(p[i] - p[j]).sum(axis=1) / 2 for i, j in pairs], axis=0)
    found = instability(p)
    assert found.each == pytest.approx(each)
    assert found.mean == pytest.approx(each.mean())
    assert found.q90 == pytest.approx(np.quantile(each, 0.9))


def test_with_two_classes_it_is_the_difference_of_one_probability():
    one, other = np.array([0.1, 0.5]), np.array([0.4, 0.6])
    p = np.stack([np.stack([1 - q, q], axis=1) for q in (one, other)])
    assert instability(p).each == pytest.approx(np.abs(one - other))


def test_decisions_that_change_are_counted_by_pairs():
    p = np.full((3, 2, 2), 0.5)
    found = instability(p, np.array([[0, 1], [0, 1], [1, 1]]))
    assert found.changed == pytest.approx((2 / 3 + 0) / 2)


def test_the_same_training_twice_is_stable():
    p = np.random.default_rng(0).dirichlet(np.ones(2), size=(1, 10)).repeat(3, axis=0)
    found = instability(p, np.zeros((3, 10), int))
    assert (found.mean, found.changed) == (pytest.approx(0, abs=1e-12), 0)


def test_one_training_says_nothing():
    with pytest.raises(ValueError, match="two trainings"):
        instability(np.zeros((1, 10, 2)))
