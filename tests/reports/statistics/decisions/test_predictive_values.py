"""PPV and NPV at a prevalence that a reader states."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics.decisions.predictive_values import predictive_values
from reports.statistics.proportions import wilson


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.floats(0.001, 0.999))
def test_values_are_those_of_bayes_theorem(sensitivity, specificity, prevalence):
    found = predictive_values(
        sensitivity, (sensitivity, sensitivity), specificity, (specificity, specificity), prevalence
    )
    ill, well = sensitivity * prevalence, (1 - specificity) * (1 - prevalence)
    assert found.ppv == pytest.approx(ill / (ill + well))
    ill, well = (1 - sensitivity) * prevalence, specificity * (1 - prevalence)
    assert found.npv == pytest.approx(well / (ill + well))


def test_at_the_prevalence_of_the_cases_they_are_the_shares_of_the_table():
    found = predictive_values(0.8, (0.7, 0.9), 0.9, (0.8, 0.95), 20 / 120)
    assert found.ppv == pytest.approx(16 / 26)
    assert found.npv == pytest.approx(90 / 94)


@pytest.mark.slow
@pytest.mark.parametrize("prevalence", [0.005, 0.1, 0.5])
@pytest.mark.parametrize(("m", "n", "se", "sp"), [(30, 60, 0.8, 0.9), (100, 300, 0.95, 0.7)])
def test_intervals_cover_the_truth(prevalence, m, n, se, sp):
    rng, hits, runs = np.random.default_rng(0), np.zeros(2), 1500
    ppv, npv = (getattr(predictive_values(se, (se, se), sp, (sp, sp), prevalence), name)
                for name in ("ppv", "npv"))  # fmt: skip
    for _ in range(runs):
        i, j = rng.binomial(m, se), rng.binomial(n, sp)
        found = predictive_values(i / m, wilson(i, m), j / n, wilson(j, n), prevalence)
        hits += (
            found.ppv_limits[0] <= ppv <= found.ppv_limits[1],
            found.npv_limits[0] <= npv <= found.npv_limits[1],
        )
    assert hits.min() / runs >= 0.93


@pytest.mark.parametrize(("se", "sp"), [(1.0, 1.0), (0.0, 1.0), (1.0, 0.0), (0.0, 0.0)])
def test_counts_of_zero_have_limits(se, sp):
    found = predictive_values(se, wilson(24 * se, 24), sp, wilson(24 * sp, 24), 0.1)
    for value, (low, high) in ((found.ppv, found.ppv_limits), (found.npv, found.npv_limits)):
        assert 0 <= low <= value <= high <= 1
        assert high - low > 0.001


def test_a_rarer_condition_has_a_lower_ppv_and_a_higher_npv():
    rare, common = (
        predictive_values(0.8, (0.7, 0.9), 0.9, (0.8, 0.95), prevalence)
        for prevalence in (0.01, 0.3)
    )
    assert rare.ppv < common.ppv
    assert rare.npv > common.npv


def test_what_is_no_rate_is_refused():
    with pytest.raises(ValueError, match="no rate"):
        predictive_values(0.8, (0.85, 0.9), 0.9, (0.8, 0.95), 0.1)
    with pytest.raises(ValueError, match="prevalence"):
        predictive_values(0.8, (0.7, 0.9), 0.9, (0.8, 0.95), 0.0)
