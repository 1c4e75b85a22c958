"""What remains unknown of two methods that never disagree."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from reports.statistics.contrast import cases_df
from reports.statistics.intervals import newcombe_interval
from reports.statistics.zero_discordance import (
    difference_of_discordant,
    least_error,
    paired_proportions,
)


def test_hard_decisions_have_the_error_of_the_mean_of_sensitivity_and_specificity():
    """Bonett and Price's variance of both, without a discordant case."""
    m, n = 12, 30
    assert least_error([m, n]) == pytest.approx(math.hypot(2**0.5 / (m + 2), 2**0.5 / (n + 2)) / 2)


@pytest.mark.parametrize("m", [12, 20, 100, 500])
def test_it_is_about_as_wide_as_newcombes_intervals_of_two_perfect_aucs(m):
    reach = stats.norm.ppf(0.975) * least_error([m, m])
    assert reach == pytest.approx(1 - newcombe_interval(1.0, m, m, 0.95)[0], rel=0.17)


def test_two_perfect_methods_on_24_cases_are_not_shown_to_be_equivalent():
    reach = stats.t.ppf(0.95, cases_df(12)) * least_error([12, 12])
    assert reach > 0.1


def test_two_classes_are_two_classes_however_they_are_asked_about():
    """The mean of both one-against-rest AUCs is the AUC of either."""
    assert least_error([40, 70]) == pytest.approx(least_error([70, 40]))
    assert least_error([40, 0, 70]) == least_error([40, 70])


@pytest.mark.slow
@given(st.lists(st.integers(1, 500), min_size=2, max_size=8))
def test_more_cases_leave_less_unknown(counts):
    assert least_error([2 * count for count in counts]) < least_error(counts)


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="two classes"):
        least_error([30, 0])


def test_paired_proportions_are_bonett_and_prices():
    """Their example (2012, table 2): 59 and 22 discordant among 300."""
    first, second = np.zeros(300, bool), np.zeros(300, bool)
    first[:59] = True
    second[59:81] = True
    d, low, high = paired_proportions(first, second)
    p, q = 60 / 302, 23 / 302
    half = stats.norm.ppf(0.975) * math.sqrt((p + q - (p - q) ** 2) / 302)
    assert d == pytest.approx(37 / 300)
    assert (low, high) == pytest.approx((p - q - half, p - q + half))


@pytest.mark.slow
@pytest.mark.parametrize(("n", "only_a", "only_b"), [(30, 0.05, 0.05), (50, 0.1, 0.02), (24, 0, 0)])
def test_paired_proportions_cover_the_truth(n, only_a, only_b):
    """Exactly: the sum of the probabilities of the tables whose interval holds the truth."""
    covered = 0.0
    for i in range(n + 1):
        for j in range(n + 1 - i):
            weight = stats.multinomial.pmf(
                [i, j, n - i - j], n, [only_a, only_b, 1 - only_a - only_b]
            )
            if weight > 1e-12:
                _, low, high = difference_of_discordant(i, j, n)
                covered += weight * (low <= only_a - only_b <= high)
    assert covered >= 0.93


def test_counts_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="no discordant cases"):
        difference_of_discordant(20, 20, 30)
    with pytest.raises(ValueError, match="same cases"):
        paired_proportions(np.ones(3, bool), np.ones(4, bool))
