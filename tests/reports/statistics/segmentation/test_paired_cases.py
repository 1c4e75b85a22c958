"""Means over cases with errors by patient, and their bootstrap."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap

from reports.statistics.segmentation.paired_cases import (
    Sums,
    bca_interval,
    least_error,
    replicates,
    standard_error,
)

VALUES = st.lists(st.floats(-1, 1), min_size=3, max_size=20).map(np.array)


def test_without_patients_the_error_is_that_of_a_mean() -> None:
    values = np.array([0.1, 0.4, 0.2, 0.9, -0.3])
    assert standard_error(Sums.of(values)) == pytest.approx(values.std(ddof=1) / np.sqrt(5))


def test_four_equal_cases_of_each_patient_are_as_good_as_one() -> None:
    values = np.array([0.1, 0.4, 0.2, 0.9, -0.3])
    repeated = np.repeat(values, 4)
    own = Sums.of(repeated, np.repeat(np.arange(5), 4))
    assert standard_error(own) == pytest.approx(standard_error(Sums.of(values)))
    assert bca_interval(own, 0.95) == pytest.approx(bca_interval(Sums.of(values), 0.95))


def test_the_mean_weighs_cases_alike_however_many_a_patient_has() -> None:
    sums = Sums.of(np.array([1.0, 1.0, 1.0, 0.0]), np.array([0, 0, 0, 1]))
    assert sums.mean == 0.75


def test_a_single_patient_has_no_error() -> None:
    sums = Sums.of(np.array([0.1, 0.2]), np.array([0, 0]))
    assert np.isnan(standard_error(sums))
    with pytest.raises(ValueError, match="two patients"):
        bca_interval(sums, 0.95)


@pytest.mark.parametrize("values", [np.zeros(0), np.array([0.1, np.nan]), np.zeros((2, 2))])
def test_numbers_that_are_none_are_refused(values: np.ndarray) -> None:
    with pytest.raises(ValueError, match="finite number for each case"):
        Sums.of(values)


def test_the_interval_is_that_of_scipy_but_for_few_patients() -> None:
    values = np.random.default_rng(3).beta(5, 1, 400) - 0.7
    low, high = bca_interval(Sums.of(values), 0.95, 20_000)
    theirs = bootstrap(
        (values,), np.mean, method="BCa", n_resamples=20_000, rng=np.random.default_rng(1)
    ).confidence_interval
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=0.0012)


def test_the_interval_of_skewed_numbers_reaches_further_to_their_long_side() -> None:
    values = np.where(np.random.default_rng(0).random(80) < 0.1, -0.8, 0.1)
    sums = Sums.of(values)
    low, high = bca_interval(sums, 0.95)
    assert sums.mean - low > 1.1 * (high - sums.mean)


@settings(max_examples=40, deadline=None)
@given(VALUES)
def test_seen_from_the_other_side_the_interval_is_mirrored(values: np.ndarray) -> None:
    low, high = bca_interval(Sums.of(values), 0.95, 400)
    mirrored = bca_interval(Sums.of(-values), 0.95, 400)
    assert mirrored == pytest.approx((-high, -low), abs=1e-9)
    mean = float(values.mean())
    assert low <= mean + 1e-12
    assert high >= mean - 1e-12


def test_the_same_seed_draws_the_same_samples() -> None:
    sums = Sums.of(np.array([0.1, 0.4, 0.2]))
    np.testing.assert_array_equal(replicates(sums, 50), replicates(sums, 50))


def test_agreement_on_every_case_is_never_certain() -> None:
    assert least_error(10) > least_error(100) > 0
