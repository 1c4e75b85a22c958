"""Worst groups, gaps and what is lost: the intervals hold although the group was chosen."""

import numpy as np
import pytest
from scipy.stats import norm

from reports.statistics.transport.degradation import share_lost
from reports.statistics.transport.groups import gap, level_of_all, pairs_of


def limits(values, errors, level):
    z = norm.ppf((1 + level) / 2)
    return [(v - z * e, v + z * e) for v, e in zip(values, errors, strict=True)]


def found(values, errors):
    errors = np.broadcast_to(errors, len(values))
    n = len(values)
    together = limits(values, errors, level_of_all(0.95, n))
    by_pair = limits(values, errors, level_of_all(0.95, pairs_of(n)))
    return gap(values, limits(values, errors, 0.95), together, by_pair)


@pytest.mark.slow
@pytest.mark.parametrize("groups", [2, 10])
def test_the_interval_of_the_worst_covers_the_lowest_true_auc_and_that_of_the_gap_the_true_gap(
    groups,
):
    rng = np.random.default_rng(groups)
    for truth in (np.full(groups, 0.8), np.linspace(0.7, 0.9, groups)):
        worst, between = 0, 0
        for _ in range(300):
            values = truth + rng.normal(0, 0.03, groups)
            one = found(values, 0.03)
            worst += one.worst_limits[0] <= truth.min() <= one.worst_limits[1]
            between += one.gap_limits[0] <= np.ptp(truth) + 1e-12 <= one.gap_limits[1] + 1e-12
        assert worst >= 0.93 * 300
        assert between >= 0.93 * 300


def test_the_naive_interval_of_the_worst_of_ten_like_groups_misses_too_often():
    """Why the lowest is not given the interval of a group that nobody chose."""
    rng = np.random.default_rng(0)
    hit = 0
    for _ in range(400):
        values = 0.8 + rng.normal(0, 0.03, 10)
        low, high = limits([values.min()], [0.03], 0.95)[0]
        hit += low <= 0.8 <= high
    assert hit < 0.85 * 400


@pytest.mark.slow
def test_the_gap_of_groups_that_are_alike_is_the_one_of_chance():
    rng = np.random.default_rng(1)
    ones = [found(0.8 + rng.normal(0, 0.03, 5), 0.03) for _ in range(400)]
    assert np.mean([one.gap for one in ones]) == pytest.approx(ones[0].by_chance, rel=0.06)
    small = np.mean([one.p < 0.05 for one in ones])
    assert small <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 400)
    assert all(one.gap_limits[0] <= one.gap <= one.gap_limits[1] for one in ones)


def test_a_large_gap_has_a_small_p_and_is_not_compatible_with_none():
    one = found([0.6, 0.8, 0.95], 0.02)
    assert (one.worst, one.best) == (0, 2)
    assert one.p < 0.001
    assert one.gap_limits[0] > 0


def test_of_two_groups_the_interval_of_the_gap_is_that_of_their_difference():
    one = found([0.7, 0.8], 0.03)
    half = 1.96 * np.hypot(0.03, 0.03)
    assert one.gap_limits == pytest.approx((0.1 - half, 0.1 + half), rel=1e-3)
    assert one.p == pytest.approx(2 * norm.sf(0.1 / np.hypot(0.03, 0.03)), abs=0.005)


def test_a_gap_needs_two_groups():
    with pytest.raises(ValueError, match="at least two groups"):
        found([0.8], 0.03)


def test_what_is_lost_is_a_share_of_what_lies_above_chance():
    assert share_lost(0.9, 0.9) == 0
    assert share_lost(0.9, 0.5) == 1
    assert share_lost(0.75, 0.8) == pytest.approx(-0.2)
    assert share_lost(0.5, 0.4) is None
