"""Intervals of the Brier score, of the difference of two, and of observed over expected."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import brier_score_loss

from reports.statistics.losses import brier_losses
from reports.statistics.probabilities.calibration_intervals import (
    mean_difference,
    observed_to_expected,
)


def cases(n, rng, noise=0.5):
    x = rng.normal(size=n)
    truth = rng.random(n) < 1 / (1 + np.exp(-x))
    a, b = (1 / (1 + np.exp(-(x + noise * rng.normal(size=n)))) for _ in range(2))
    return truth, a, b


def losses(truth, p):
    return brier_losses(truth.astype(np.int64), np.stack([1 - p, p], axis=-1)[None], 1)


def test_the_losses_average_to_scikit_learns_brier_score():
    truth, p, _ = cases(100, np.random.default_rng(0))
    assert losses(truth, p).mean() == pytest.approx(brier_score_loss(truth, p))


def test_the_difference_is_a_paired_t_test_of_the_losses():
    truth, a, b = cases(200, np.random.default_rng(0))
    found = mean_difference(losses(truth, a), losses(truth, b))
    expected = stats.ttest_rel(losses(truth, a)[0], losses(truth, b)[0])
    assert found.d / found.se == pytest.approx(expected.statistic)
    assert found.p() == pytest.approx(2 * stats.norm.sf(abs(expected.statistic)))


@pytest.mark.slow
def test_intervals_cover_the_truth():
    rng, hits = np.random.default_rng(2), np.zeros(2)
    whole_truth, whole, other = cases(400_000, rng)
    brier = losses(whole_truth, whole).mean()
    gap = brier - losses(whole_truth, other).mean()
    for _ in range(600):
        truth, a, b = cases(80, rng)
        one = losses(truth, a)
        alone = mean_difference(one, np.zeros_like(one)).interval(0.95)
        low, high = mean_difference(one, losses(truth, b)).interval(0.95)
        hits += alone[0] <= brier <= alone[1], low <= gap <= high
    assert hits.min() / 600 >= 0.93 - 2 * (0.05 * 0.95 / 600) ** 0.5


def test_copies_of_a_patients_image_are_no_further_patients():
    truth, a, b = cases(60, np.random.default_rng(0))
    one = mean_difference(losses(truth, a), losses(truth, b))
    copied = mean_difference(
        losses(truth.repeat(4), a.repeat(4)), losses(truth.repeat(4), b.repeat(4)),
        np.arange(60).repeat(4),
    )  # fmt: skip
    assert copied.se == pytest.approx(one.se)


def test_identical_losses_are_not_known_to_be_equal():
    truth, a, _ = cases(24, np.random.default_rng(0))
    found = mean_difference(losses(truth, a), losses(truth, a))
    assert found.d == 0
    assert found.p() == 1
    low, high = found.interval(0.95)
    assert low < 0 < high


def test_seeds_add_their_variance():
    rng = np.random.default_rng(0)
    truth, a, b = cases(100, rng)
    runs = np.concatenate([losses(truth, np.clip(a + shift, 0, 1)) for shift in (-0.2, 0, 0.2)])
    found = mean_difference(runs, losses(truth, b))
    assert found.se_seeds == pytest.approx(runs.mean(axis=1).std(ddof=1) / 3**0.5)


def test_one_patient_has_no_error():
    with pytest.raises(ValueError, match="two cases"):
        mean_difference(np.ones((1, 4)), np.zeros((1, 4)), np.zeros(4, int))
    with pytest.raises(ValueError, match="same cases"):
        mean_difference(np.ones((1, 4)), np.zeros((1, 5)))


def test_observed_over_expected_of_constant_probabilities_is_a_proportion():
    """The error of log(O) for a binomial count, √((1 − O/n)/O), as in Debray et al. 2017."""
    truth = np.arange(200) < 60
    found = observed_to_expected(truth, np.full(200, 0.2))
    reach = np.exp(1.96 * np.sqrt((1 - 0.3) / 60))
    assert found.value == pytest.approx(1.5)
    assert found.high / found.value == pytest.approx(reach, rel=0.005)
    assert found.value / found.low == pytest.approx(reach, rel=0.005)


@pytest.mark.slow
def test_observed_over_expected_covers_one_where_probabilities_are_right():
    rng, hits = np.random.default_rng(3), 0
    for _ in range(800):
        p = rng.beta(2, 5, 100)
        found = observed_to_expected(rng.random(100) < p, p)
        hits += found.low <= 1 <= found.high
    assert hits / 800 >= 0.93


def test_without_a_positive_case_there_is_no_ratio():
    assert observed_to_expected(np.zeros(10, bool), np.full(10, 0.1)) is None
    assert observed_to_expected(np.ones(10, bool), np.zeros(10)) is None
