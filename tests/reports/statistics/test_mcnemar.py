"""McNemar's test and the probability of a false claim."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar as peer

from reports.statistics.mcnemar import false_claim, mcnemar

counts = st.integers(0, 300)


@pytest.mark.slow
@given(counts, counts)
def test_the_four_forms_are_those_of_statsmodels_and_scipy(only_a, only_b):
    found = mcnemar(only_a, only_b)
    if only_a + only_b == 0:
        assert found[2:] == (1, 1, None, None)
        return
    table = [[7, only_a], [only_b, 5]]
    assert found.exact == pytest.approx(binomtest(only_a, only_a + only_b).pvalue, abs=1e-9)
    assert found.asymptotic == pytest.approx(
        peer(table, exact=False, correction=False).pvalue, abs=1e-12
    )
    if only_a != only_b:
        assert found.corrected == pytest.approx(
            peer(table, exact=False, correction=True).pvalue, abs=1e-12
        )


@pytest.mark.slow
@given(counts, counts)
def test_p_values_lie_between_0_and_1_and_do_not_know_the_sides(only_a, only_b):
    found, mirrored = mcnemar(only_a, only_b), mcnemar(only_b, only_a)
    assert mirrored[2:] == found[2:]
    assert all(0 <= p <= 1 for p in found[2:] if p is not None)
    assert found.mid_p <= found.exact


@pytest.mark.slow
@given(counts, counts)
def test_one_of_two_opposite_claims_is_false(only_a, only_b):
    assert false_claim(only_a, only_b) + false_claim(only_b, only_a) == pytest.approx(1, abs=1e-12)


def test_the_probability_of_a_false_claim_is_that_of_the_posterior():
    rng = np.random.default_rng(0)
    # Shares of cases that only a, only b, both or none gets right.
    shares = rng.dirichlet([30 + 1, 20 + 1, 140 + 1, 10 + 1], 200_000)
    assert false_claim(30, 20) == pytest.approx(np.mean(shares[:, 0] <= shares[:, 1]), abs=0.003)


def test_means_over_seeds_may_be_fractions():
    assert false_claim(9, 3) < false_claim(8.5, 3) < false_claim(8, 3)


@pytest.mark.parametrize("function", [mcnemar, false_claim])
def test_negative_counts_are_refused(function):
    with pytest.raises(ValueError, match="negative"):
        function(-1, 3)
