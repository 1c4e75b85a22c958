"""The swap permutation test."""

import itertools

import numpy as np
import pytest
from scipy.stats import rankdata

from bench.protocol.scoring import binary_auc
from reports.statistics import permutation
from reports.statistics.midranks import doubled_midranks
from reports.statistics.permutation import swap_test
from tests.reports.swaps import swap_weights


def example(seed, m=6, n=5):
    rng = np.random.default_rng(seed)
    truth = np.repeat([True, False], [m, n])
    a = np.round(rng.normal(size=m + n) + truth, 1)
    b = np.round(rng.normal(size=m + n) + 0.5 * truth, 1)
    return truth, a, b


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_weights_reproduce_the_auc_difference_after_any_swap(seed):
    truth, a, b = example(seed)
    weights = swap_weights(truth, a, b)
    ranks_a, ranks_b = rankdata(a), rankdata(b)
    for swapped in itertools.islice(itertools.product([False, True], repeat=len(a)), 0, 2048, 37):
        one = np.where(swapped, ranks_b, ranks_a)
        other = np.where(swapped, ranks_a, ranks_b)
        expected = binary_auc(truth, one) - binary_auc(truth, other)
        assert weights @ np.where(swapped, -1, 1) == pytest.approx(expected, abs=1e-12)


def test_the_weights_of_several_runs_are_the_mean_over_their_pairs():
    rng = np.random.default_rng(5)
    truth = np.arange(30) < 9
    a, b = np.round(rng.normal(size=(3, 30)) + truth, 1), np.round(rng.normal(size=(2, 30)), 1)
    each = [swap_weights(truth, one, other) for one in a for other in b]
    found = permutation.swap_weights(truth, doubled_midranks(a), doubled_midranks(b))
    np.testing.assert_allclose(found, np.mean(each, axis=0), atol=1e-15)


def test_p_is_that_of_all_swaps():
    truth, a, b = example(1)
    weights = swap_weights(truth, a, b)
    signs = np.array(list(itertools.product([-1, 1], repeat=len(a))))
    exact = np.mean(np.abs(signs @ weights) >= abs(weights.sum()) - 1e-12)
    assert swap_test(weights[None])[0] == pytest.approx(exact, abs=0.015)


def test_identical_methods_give_p_of_one():
    truth, a, _ = example(2)
    assert swap_test(swap_weights(truth, a, np.exp(a))[None])[0] == 1.0


def test_swapping_the_sides_keeps_p():
    truth, a, b = example(3)
    one, other = swap_weights(truth, a, b), swap_weights(truth, b, a)
    np.testing.assert_allclose(one, -other, atol=1e-15)
    assert swap_test(one[None]) == swap_test(other[None])


@pytest.mark.slow
def test_p_does_not_depend_on_what_else_is_tested():
    rows = np.stack([swap_weights(*example(seed)) for seed in range(4)])
    together = swap_test(rows)
    assert [swap_test(row[None])[0] for row in rows] == together.tolist()


def test_patients_are_swapped_as_a_whole():
    weights = np.array([[0.1, 0.1, 0.1, 0.1]])
    assert swap_test(weights, np.array([0, 0, 0, 0]))[0] == 1.0
    assert swap_test(weights)[0] == pytest.approx(0.125, abs=0.01)


def test_a_shrunk_difference_is_less_significant():
    weights = swap_weights(*example(4, 12, 12))[None]
    assert swap_test(weights, shrink=0.5)[0] > swap_test(weights)[0]


def test_p_is_never_zero():
    weights = np.full((1, 200), 0.005)
    assert swap_test(weights)[0] == pytest.approx(1 / 10_000)
