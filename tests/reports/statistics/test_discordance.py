"""Decisions of two methods with several runs, and with patients."""

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from reports.statistics import discordance as module
from reports.statistics.discordance import discordance
from reports.statistics.mcnemar import false_claim, mcnemar


def decisions(seed, n=200, runs=1, a=0.8, b=0.75):
    rng = np.random.default_rng(seed)
    ease = rng.random(n)
    return tuple(
        (ease + 0.4 * rng.normal(size=(runs, n))) < np.quantile(ease, share) for share in (a, b)
    )


def of_counts(only_a, only_b, n, level=0.95):
    """One run each, with so many cases that only the one decides rightly."""
    a, b = np.zeros((2, 1, n), bool)
    a[:, :only_a] = True
    b[:, only_a : only_a + only_b] = True
    return discordance(a, b, level=level)


def p_of_bonett_and_price(only_a, only_b, n):
    p, q = (only_a + 1) / (n + 2), (only_b + 1) / (n + 2)
    return 2 * stats.norm.sf(abs(p - q) / np.sqrt((p + q - (p - q) ** 2) / (n + 2)))


def test_one_run_each_is_mcnemars_test():
    found = of_counts(33, 19, 60)
    assert (found.only_a, found.only_b) == (33, 19)
    assert found.p == mcnemar(33, 19).mid_p > p_of_bonett_and_price(33, 19, 60)
    assert found.test == "McNemar, mid-p"
    assert found.claim_false == false_claim(33, 19)


def test_the_p_of_the_interval_counts_where_it_is_the_larger():
    found = of_counts(5, 0, 60)
    assert mcnemar(5, 0).mid_p < 0.05 < found.p
    assert found.p == pytest.approx(p_of_bonett_and_price(5, 0, 60))
    assert found.test == "McNemar's mid-p and Bonett and Price's interval, the larger p"
    assert found.low < 0 < found.high


def test_where_mcnemar_does_not_rule_out_that_there_is_no_difference_nor_does_the_interval():
    assert p_of_bonett_and_price(33, 19, 60) < 0.05 < of_counts(33, 19, 60).p
    assert of_counts(33, 19, 60).low == 0
    assert of_counts(19, 33, 60).high == 0
    assert of_counts(33, 19, 60, level=0.9).low > 0


@given(
    st.integers(0, 40), st.integers(0, 40), st.integers(0, 200), st.sampled_from([0.8, 0.95, 0.99])
)
def test_a_difference_is_shown_exactly_where_its_interval_leaves_out_0(only_a, only_b, same, level):
    found = of_counts(only_a, only_b, only_a + only_b + same + 1, level)
    assert (found.p < 1 - level) == (found.low > 0 or found.high < 0)


@given(st.integers(0, 10**6), st.integers(1, 3), st.floats(0.3, 0.95), st.booleans())
def test_so_it_is_with_several_runs_and_with_patients(seed, runs, share, patients):
    a, b = decisions(seed, n=60, runs=runs, a=share, b=0.75)
    found = discordance(a, b, np.arange(60) // 3 if patients else None)
    assert (found.p < 1 - 0.95) == (found.low > 0 or found.high < 0)


def test_the_interval_is_that_of_bonett_and_price():
    a, b = decisions(1, n=60)
    n, only_a, only_b = 60, int((a & ~b).sum()), int((b & ~a).sum())
    p, q = (only_a + 1) / (n + 2), (only_b + 1) / (n + 2)
    half = stats.norm.ppf(0.975) * np.sqrt((p + q - (p - q) ** 2) / (n + 2))
    found = discordance(a, b)
    assert found.low == pytest.approx(p - q - half)
    assert found.high == pytest.approx(p - q + half)


def test_the_same_run_again_changes_nothing_but_the_name():
    a, b = decisions(2)
    one, again = discordance(a, b), discordance(np.repeat(a, 3, axis=0), b)
    assert again.only_a == pytest.approx(one.only_a)
    assert again.only_b == pytest.approx(one.only_b)
    assert (again.low, again.high) == pytest.approx((one.low, one.high))
    counts = round(one.only_a), round(one.only_b)
    wanted = max(mcnemar(*counts).asymptotic, p_of_bonett_and_price(*counts, 200))
    assert again.p == pytest.approx(wanted)
    assert again.test.startswith("McNemar's statistic")


def test_runs_that_differ_make_it_less_sure():
    a, b = decisions(3, runs=3)
    wrong = a.copy()
    wrong[0, :60] = False
    found = discordance(wrong, b)
    assert found.test.startswith("McNemar's statistic")
    assert found.test.endswith(", with seed variance")
    assert found.high - found.low > discordance(a, b).high - discordance(a, b).low


def test_a_false_claim_is_as_likely_as_half_the_p_value_says_with_seeds_too():
    a, b = decisions(6, n=2000, runs=40, a=0.98, b=0.6)
    rng = np.random.default_rng(0)
    for run in a:  # runs that differ much more than chance among the cases
        run[rng.choice(2000, int(rng.uniform(0, 0.6) * 2000), replace=False)] = False
    found = discordance(a, b)
    assert found.test.endswith(", with seed variance")
    assert 0.05 < found.p < 0.5
    assert found.claim_false == pytest.approx(found.p / 2, rel=0.1)


def test_images_of_a_patient_count_as_the_patient_does():
    a, b = decisions(4, n=80)
    repeated = np.repeat(np.arange(80), 4)
    few = discordance(np.repeat(a, 2, axis=0), b)  # without the exact form
    many = discordance(a[:, repeated], b[:, repeated], repeated)
    naive = discordance(np.repeat(a[:, repeated], 2, axis=0), b[:, repeated])
    assert many.p == pytest.approx(few.p)
    assert naive.p < many.p
    assert many.claim_false == pytest.approx(few.claim_false)
    assert naive.claim_false < many.claim_false
    assert many.test.startswith("McNemar's statistic by patient")


def test_all_cases_of_one_patient_say_nothing_of_others():
    a, b = np.ones((1, 9), bool), np.arange(9)[None] < 5
    found = discordance(a, b, np.zeros(9, int))
    assert (found.low, found.high, found.p, found.claim_false) == (-1, 1, 1, 0.5)
    assert found.only_a == 4


def test_patients_with_one_image_each_are_cases():
    a, b = decisions(5)
    assert discordance(a, b, np.arange(200)) == discordance(a, b)


@pytest.mark.slow
def test_equal_methods_differ_as_often_as_the_level_says():
    rejected = 0
    for seed in range(300):
        a, b = decisions(seed, n=120, runs=2, a=0.8, b=0.8)
        rejected += discordance(a, b).p < 0.05
    assert rejected <= 300 * 0.05 + 3 * np.sqrt(300 * 0.05 * 0.95)


def test_without_discordant_cases_nothing_is_known():
    a = np.array([[True, False, True]])
    found = discordance(a, a)
    assert (found.p, found.claim_false) == (1.0, 0.5)
    assert found.low < 0 < found.high


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="same cases"):
        discordance(np.ones((1, 3), bool), np.ones((1, 4), bool))


def test_the_example_of_the_docstring_holds():
    assert doctest.testmod(module).failed == 0
