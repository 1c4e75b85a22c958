"""Several methods on several data sets."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from reports.statistics.many.ranks import critical_difference, friedman, groups, rank_matrix
from reports.statistics.many.signed_rank import signed_rank
from reports.statistics.multiplicity import holm
from tests.oracles.adjusted_p import (
    benjamini_hochberg,
    benjamini_yekutieli,
    bonferroni,
    hochberg,
)
from tests.oracles.nemenyi import nemenyi


def test_the_best_has_rank_1_and_ties_share():
    found = rank_matrix([[0.7, 0.9, 0.8], [0.5, 0.5, 0.4]])
    assert found.tolist() == [[3, 1, 2], [1.5, 1.5, 3]]


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 12), st.integers(3, 6), st.integers(0, 3))
def test_friedman_is_that_of_scipy_also_with_ties(seed, n, k, digits):
    scores = np.round(np.random.default_rng(seed).random((n, k)), digits)
    found = friedman(scores)
    if (rank_matrix(scores) == (k + 1) / 2).all():
        assert (found.chi2, found.p, found.iman_davenport_p) == (0, 1, 1)
        return
    peer = stats.friedmanchisquare(*scores.T)
    assert found.chi2 == pytest.approx(peer.statistic, abs=1e-9)
    assert found.p == pytest.approx(peer.pvalue, abs=1e-9)
    assert 0 <= found.iman_davenport_p <= 1


def test_rankings_that_all_agree_have_an_exact_p():
    found = friedman([[0.9, 0.8, 0.7]] * 4)
    assert found.iman_davenport is None
    assert found.iman_davenport_p == pytest.approx(1 / 216)


def test_nemenyis_p_is_the_level_at_the_critical_difference():
    for k, n in ((3, 6), (5, 12), (8, 20)):
        difference = critical_difference(k, n)
        ranks = [1.0, 1.0 + difference] + [2.0] * (k - 2)
        assert nemenyi(ranks, n)[0, 1] == pytest.approx(0.05, abs=1e-6)
    found = nemenyi([1.0, 2.0, 3.0], 10)
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_array_equal(np.diag(found), 1)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(10, 60), min_size=2, max_size=7), st.integers(0, 30))
def test_groups_are_the_largest_sets_within_the_difference(tenths, difference):
    ranks = [value / 10 for value in tenths]
    positions = range(len(ranks))
    within = [
        set(chosen)
        for size in range(2, len(ranks) + 1)
        for chosen in itertools.combinations(positions, size)
        if max(tenths[i] for i in chosen) - min(tenths[i] for i in chosen) <= difference
    ]
    largest = [s for s in within if not any(s < other for other in within)]
    found = groups(ranks, difference / 10)
    assert sorted(sorted(group) for group in found) == sorted(sorted(s) for s in largest)
    assert [min(ranks[i] for i in g) for g in found] == sorted(
        min(ranks[i] for i in g) for g in found
    )


@pytest.mark.parametrize("scores", [[], [0.1, 0.2], [[0.1, float("nan"), 0.3], [0.1, 0.2, 0.3]]])
def test_what_is_no_full_matrix_is_refused(scores):
    with pytest.raises(ValueError, match="full matrix"):
        friedman(scores)


def test_too_few_methods_or_data_sets_are_refused():
    with pytest.raises(ValueError, match="three methods"):
        friedman([[0.1, 0.2], [0.1, 0.3]])
    with pytest.raises(ValueError, match="two methods"):
        critical_difference(1, 3)


def test_signed_ranks_without_ties_are_exact():
    each = np.array([0.01, -0.02, 0.03, 0.04, 0.05, -0.065, 0.07])
    ranks = stats.rankdata(np.abs(each))
    sums = [np.dot(signs, ranks) for signs in itertools.product([0, 1], repeat=7)]
    observed = ranks[each > 0].sum()
    tail = min(np.mean(np.array(sums) >= observed), np.mean(np.array(sums) <= observed))
    found = signed_rank(each)
    assert found.p == pytest.approx(2 * tail)
    assert (found.statistic, found.n, found.exact) == (observed, 7, True)


@pytest.mark.parametrize(
    "each",
    [
        [1, 1, 2, 3, -2, 4, 5],
        [0, 0, 0.1, 0.2, -0.2, 0.3, 0.3, 0.3, -0.4],
        [0.1, -0.1, 0.1, -0.1],
        [2, 2, 2, 2, 2, 2, 2, -2],
    ],
)
def test_signed_ranks_with_ties_are_exact_too(each):
    """By counting: every choice of signs of the midranks is as likely as any other."""
    left = np.array([d for d in each if d != 0], dtype=float)
    ranks = stats.rankdata(np.abs(left))
    sums = np.array([np.dot(s, ranks) for s in itertools.product([0, 1], repeat=len(left))])
    observed = ranks[left > 0].sum()
    tail = min(np.mean(sums >= observed), np.mean(sums <= observed))
    found = signed_rank(each)
    assert found.p == pytest.approx(min(1.0, 2 * tail), abs=1e-12)
    assert (found.statistic, found.n, found.exact) == (observed, len(left), True)


def test_an_accidental_tie_does_not_move_a_p_of_differences_that_agree():
    apart, tied = np.arange(1, 9) / 100, np.array([1, 2, 3, 4, 5, 6, 7, 7]) / 100
    assert signed_rank(apart).p == signed_rank(tied).p == pytest.approx(2 / 256)
    assert signed_rank(tied, as_in_r=True).p == pytest.approx(0.0141, abs=1e-4)


@pytest.mark.parametrize("n", [20, 49])
def test_exact_signed_ranks_without_ties_are_those_of_scipy(n):
    each = np.random.default_rng(n).normal(0.3, 1.0, n)
    expected = stats.wilcoxon(each, method="exact").pvalue
    assert signed_rank(each).p == signed_rank(each, as_in_r=True).p == pytest.approx(expected)


def test_many_signed_ranks_have_the_normal_approximation_which_is_near_the_exact_p():
    each = np.round(np.random.default_rng(1).normal(0.25, 1.0, 50), 1)
    exact, approximate = signed_rank(each[:49]), signed_rank(np.append(each[each != 0], [0.3] * 9))
    assert exact.exact
    assert not approximate.exact
    assert exact.p == pytest.approx(signed_rank(each[:49], as_in_r=True).p, abs=0.01)


def test_signed_ranks_with_ties_use_the_corrected_normal_approximation_in_r():
    # R 4.2.2: wilcox.test(c(1, 1, 2, 3, -2, 4, 5), correct = TRUE) warns of ties.
    each = np.array([1, 1, 2, 3, -2, 4, 5.0])
    ranks = stats.rankdata(np.abs(each))
    statistic = ranks[each > 0].sum()
    ties = np.unique(ranks, return_counts=True)[1]
    variance = 7 * 8 * 15 / 24 - (ties**3 - ties).sum() / 48
    z = (statistic - 14 - 0.5) / math.sqrt(variance)
    assert signed_rank(each, as_in_r=True).p == pytest.approx(2 * stats.norm.sf(z), abs=1e-12)
    assert not signed_rank(each, as_in_r=True).exact


def test_five_data_sets_cannot_show_a_difference_and_six_can():
    assert signed_rank([0.1, 0.2, 0.3, 0.4, 0.5]).p > 0.05
    assert signed_rank([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]).p < 0.05


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=60))
def test_signed_ranks_do_not_know_the_sides_and_p_lies_between_0_and_1(differences):
    found = signed_rank(differences)
    assert 0 < found.p <= 1
    assert signed_rank([-d for d in differences]).p == pytest.approx(found.p, abs=1e-12)


def test_differences_of_0_alone_say_nothing():
    assert signed_rank([0.0, 0.0, 0.0]) == (0, 1, 0, True)
    with pytest.raises(ValueError, match="finite"):
        signed_rank([])


CORRECTIONS = (bonferroni, holm, hochberg, benjamini_hochberg, benjamini_yekutieli)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1), max_size=12))
def test_adjusted_p_values_keep_their_order_and_never_fall(p_values):
    for correction in CORRECTIONS:
        found = correction(p_values)
        assert all(p - 1e-12 <= q <= 1 for p, q in zip(p_values, found, strict=True))
        order = np.argsort(p_values, kind="stable")
        assert (np.diff(np.array(found)[order]) >= -1e-12).all()


def test_the_corrections_are_ordered_by_how_much_they_demand():
    p = [0.001, 0.012, 0.02, 0.035, 0.04, 0.3, 0.9]
    for weaker, stronger in (
        (benjamini_hochberg, hochberg),
        (hochberg, holm),
        (holm, bonferroni),
    ):
        assert (np.array(weaker(p)) <= np.array(stronger(p)) + 1e-12).all()


def test_what_is_no_p_value_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([0.1, float("nan")])
    assert holm([]) == ()
