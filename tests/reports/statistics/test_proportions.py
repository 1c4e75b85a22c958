"""Intervals of a proportion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.stats.proportion import proportion_confint

from reports.statistics.proportions import clopper_pearson, wilson


@pytest.mark.slow
@given(st.integers(1, 2000), st.floats(0, 1), st.sampled_from([0.8, 0.95, 0.99]))
def test_intervals_contain_the_rate_and_lie_between_0_and_1(trials, share, level):
    successes = round(share * trials)
    for low, high in (
        wilson(successes, trials, level),
        clopper_pearson(successes, trials, level),
    ):
        assert 0 <= low <= successes / trials <= high <= 1
        assert low < high


def test_the_exact_interval_covers_at_least_its_level_and_wilsons_nearly():
    n = 20
    exact = np.array([clopper_pearson(x, n) for x in range(n + 1)])
    score = np.array([wilson(x, n) for x in range(n + 1)])
    for p in np.linspace(0.02, 0.98, 49):
        chance = binom.pmf(np.arange(n + 1), n, p)
        assert chance[(exact[:, 0] <= p) & (p <= exact[:, 1])].sum() >= 0.95
        assert chance[(score[:, 0] <= p) & (p <= score[:, 1])].sum() >= 0.89


@pytest.mark.parametrize("level", [0.9, 0.95])
@pytest.mark.parametrize("successes", [0, 0.4, 3, 11.6, 12])
def test_the_limits_are_those_of_statsmodels(successes, level):
    for interval, method in ((wilson, "wilson"), (clopper_pearson, "beta")):
        expected = proportion_confint(successes, 12, alpha=1 - level, method=method)
        assert interval(successes, 12, level) == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize(("successes", "trials"), [(1, 0), (3, 2), (-1, 4), (float("nan"), 4)])
@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
def test_what_is_no_proportion_is_refused(interval, successes, trials):
    with pytest.raises(ValueError, match="not a proportion"):
        interval(successes, trials)
