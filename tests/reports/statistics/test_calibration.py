"""Whether probabilities are what they say, and the common recalibration."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit, softmax
from scipy.stats import norm
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.metrics import log_loss as peer_log_loss

from reports.statistics.calibration import (
    binned,
    calibration_error,
    recalibration,
)
from reports.statistics.decision_curve import net_benefit
from reports.statistics.losses import brier_losses, log_losses
from reports.statistics.recalibrate import logistic_map


def drawn(seed, n, slope=1.0, shift=0.0):
    """Truth whose log odds are slope · logit(p) + shift."""
    rng = np.random.default_rng(seed)
    p = np.clip(rng.beta(1, 1.5, n), 0.01, 0.99)
    return rng.random(n) < expit(slope * logit(p) + shift), p


def columns(p):
    return np.column_stack([1 - p, p])


@pytest.mark.parametrize("n", [30, 400, 5000])
def test_slope_and_intercept_are_those_of_statsmodels(n):
    truth, p = drawn(n, n, 0.6, 0.4)
    x = logit(p)
    found = recalibration(truth, p)
    design = sm.add_constant(x)
    peer = sm.GLM(truth.astype(float), design, family=sm.families.Binomial()).fit(tol=1e-12)
    assert found.intercept == pytest.approx(peer.params[0], abs=1e-6)
    assert found.slope == pytest.approx(peer.params[1], abs=1e-6)
    assert found.slope_error == pytest.approx(peer.bse[1], abs=1e-4)
    large = sm.GLM(
        truth.astype(float), np.ones((n, 1)), family=sm.families.Binomial(), offset=x
    ).fit(tol=1e-12)
    assert found.in_the_large == pytest.approx(large.params[0], abs=1e-6)
    assert found.in_the_large_error == pytest.approx(large.bse[0], abs=1e-4)


def test_errors_with_patients_are_robust_and_wider():
    truth, p = drawn(0, 300, 0.8)
    units = np.repeat(np.arange(300), 4)
    alone, copies = recalibration(truth, p), recalibration(truth.repeat(4), p.repeat(4))
    grouped = recalibration(truth.repeat(4), p.repeat(4), units)
    assert grouped.slope == copies.slope == pytest.approx(alone.slope, abs=1e-7)
    assert copies.slope_error == pytest.approx(alone.slope_error / 2, rel=1e-4)
    assert grouped.slope_error == pytest.approx(alone.slope_error, rel=0.15)


def test_classes_that_a_threshold_parts_have_no_slope_but_an_intercept():
    p = np.array([0.1, 0.2, 0.3, 0.8, 0.9])
    for truth in (p > 0.5, p < 0.5):
        found = recalibration(truth, p)
        assert found.slope is found.slope_error is found.intercept is None
        assert math.isfinite(found.in_the_large)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_equal_probabilities_have_no_slope_and_the_intercept_of_the_prevalence(value):
    truth = np.arange(40) < 10
    found = recalibration(truth, np.full(40, value))
    assert found.slope is None
    assert found.in_the_large + logit(np.clip(value, 1e-7, 1 - 1e-7)) == pytest.approx(
        logit(0.25), abs=1e-5
    )


def test_probabilities_of_0_and_1_that_err_have_finite_figures():
    truth = np.array([True, False] * 50)
    p = np.where(np.arange(100) < 90, truth.astype(float), 1 - truth)
    found = recalibration(truth, p)
    assert 0 < found.slope < 0.3
    assert math.isfinite(found.slope_error)
    assert abs(found.in_the_large) < 1e-6


@pytest.mark.parametrize("positives", [0, 1, 49, 50])
def test_one_class_alone_or_a_single_case_of_it_is_no_accident(positives):
    truth = np.arange(50) < positives
    p = np.random.default_rng(0).random(50)
    found = recalibration(truth, p)
    assert (found.in_the_large is None) == (positives in (0, 50))
    assert all(math.isfinite(x) for x in calibration_error(truth, p))


def test_losses_are_those_of_scikit_learn():
    truth, p = drawn(1, 200)
    labels, both = truth.astype(np.int64), columns(p)
    squared = brier_losses(labels, both, 1)
    assert squared.mean() == pytest.approx(brier_score_loss(truth, p), abs=1e-12)
    assert log_losses(labels, both).mean() == pytest.approx(peer_log_loss(truth, p), abs=1e-12)
    assert brier_losses(labels, both, None) == pytest.approx(2 * squared, abs=1e-12)


def test_a_certain_error_has_a_finite_loss_and_many_runs_have_those_of_each():
    labels = np.array([0, 1, 1])
    certain = columns(np.array([1.0, 0.0, 1.0]))
    assert log_losses(labels, certain) == pytest.approx([np.log(1e7), np.log(1e7), 0])
    both = np.stack([certain, certain[::-1]])
    for row, own in enumerate(both):
        np.testing.assert_array_equal(log_losses(labels, both)[row], log_losses(labels, own))
        np.testing.assert_array_equal(
            brier_losses(labels, both, 1)[row], brier_losses(labels, own, 1)
        )


def test_bins_have_equal_numbers_of_cases_and_keep_ties_together():
    truth, p = drawn(2, 150)
    assert np.bincount(binned(truth, p, 15)).tolist() == [10] * 15
    rounded = np.round(p, 1)
    tied = binned(truth, rounded, 15)
    assert np.ptp(tied) < 11
    for value in np.unique(rounded):
        assert len(np.unique(tied[rounded == value])) == 1


@pytest.mark.slow
def test_the_debiased_error_of_perfect_probabilities_is_near_0_where_the_plug_in_is_not():
    found = np.array([calibration_error(*drawn(seed, 500)) for seed in range(150)])
    plug_in, expected, squared, debiased = found.mean(axis=0)
    assert 0.04 < plug_in < 0.06
    assert expected == pytest.approx(plug_in, rel=0.05)
    assert abs(squared) < 0.0005
    assert debiased < 0.016


@pytest.mark.slow
def test_the_debiased_error_of_wrong_probabilities_is_the_true_one():
    truth = np.array([calibration_error(*drawn(seed, 1000, slope=0.5)) for seed in range(60)])
    wide = np.clip(np.random.default_rng(0).beta(1, 1.5, 400_000), 0.01, 0.99)
    expected = np.mean(np.abs(expit(0.5 * logit(wide)) - wide))
    assert truth[:, 3].mean() == pytest.approx(expected, rel=0.06)
    assert truth[:, 0].mean() > truth[:, 3].mean()


def test_a_bin_of_one_case_is_no_evidence_of_error():
    found = calibration_error(np.array([True, False, True]), np.array([0.2, 0.6, 0.9]), 15)
    assert found.debiased == 0
    assert found.squared <= 0


@pytest.mark.parametrize("function", [recalibration, binned])
def test_what_is_no_probability_is_refused(function):
    for bad in (1.2, -0.1, float("nan")):
        with pytest.raises(ValueError, match="between 0 and 1"):
            function(np.array([True, False]), np.array([0.5, bad]))
    with pytest.raises(ValueError, match="one probability per case"):
        function(np.array([True, False]), np.array([0.5]))
    with pytest.raises(ValueError, match="boolean"):
        function(np.array([1, 0]), np.array([0.5, 0.5]))


@pytest.mark.slow
def test_recalibration_brings_slope_and_intercept_to_1_and_0():
    truth, p = drawn(3, 20_000, slope=0.5, shift=0.7)
    fitted = logistic_map(truth.astype(np.int64), columns(p))
    assert fitted.slope == pytest.approx(0.5, abs=0.05)
    other, q = drawn(4, 20_000, slope=0.5, shift=0.7)
    after = recalibration(other, fitted.apply(columns(q))[:, 1])
    assert after.slope == pytest.approx(1, abs=0.1)
    assert after.in_the_large == pytest.approx(0, abs=0.08)


def test_recalibration_of_two_classes_is_platts():
    truth, p = drawn(5, 80, slope=0.7)
    fitted = logistic_map(truth.astype(np.int64), columns(p))
    m, n = truth.sum(), (~truth).sum()
    target = np.where(truth, (m + 1) / (m + 2), 1 / (n + 2))
    with np.errstate(all="ignore"):
        peer = sm.GLM(target, sm.add_constant(logit(p)), family=sm.families.Binomial()).fit()
    assert fitted.slope == pytest.approx(peer.params[1], abs=1e-4)
    assert fitted.intercepts[1] - fitted.intercepts[0] == pytest.approx(peer.params[0], abs=1e-4)


def test_recalibration_keeps_the_auc_and_never_turns_a_method_round():
    truth, p = drawn(6, 300)
    labels = truth.astype(np.int64)
    mapped = logistic_map(labels, columns(p)).apply(columns(p))
    assert roc_auc_score(truth, mapped[:, 1]) == pytest.approx(roc_auc_score(truth, p))
    turned = logistic_map(labels, columns(1 - p))
    assert turned.slope == 0
    assert turned.apply(columns(p))[:, 1] == pytest.approx((truth.sum() + 1) / 302, abs=0.01)


def test_recalibration_of_seven_classes_lowers_the_loss():
    rng = np.random.default_rng(7)
    labels = np.repeat(np.arange(7), [200, 90, 60, 40, 30, 15, 5])
    logits = rng.normal(size=(440, 7))
    logits[np.arange(440), labels] += 1
    sharp = np.exp(3 * logits) / np.exp(3 * logits).sum(axis=1, keepdims=True)
    fitted = logistic_map(labels, sharp)
    mapped = fitted.apply(sharp)
    np.testing.assert_allclose(mapped.sum(axis=1), 1)
    assert fitted.slope < 0.7
    assert sum(fitted.intercepts) == pytest.approx(0, abs=1e-9)
    before, after = (brier_losses(labels, p, None).mean() for p in (sharp, mapped))
    assert after < before - 0.1


@pytest.mark.parametrize("slope", [0.4, 2.5])
def test_recalibration_of_eight_classes_by_twelve_cases_each_comes_near_the_truth(slope):
    """What is not a class's own target is shared by the others: as a pseudo-case of each, 8 of them
    beside 12 cases, it would make probabilities worse than they came."""
    rng = np.random.default_rng(9)

    def some(each):
        labels = np.repeat(np.arange(8), each)
        signs = rng.normal(size=(len(labels), 8))
        signs[np.arange(len(labels)), labels] += 2.5
        return labels, softmax(slope * 2.5 * signs, axis=1), softmax(2.5 * signs, axis=1)

    labels, given, _ = some(12)
    fitted = logistic_map(labels, given)
    others, given, ideal = some(200)
    loss = [brier_losses(others, p, None).mean() for p in (given, fitted.apply(given), ideal)]
    assert loss[1] - loss[2] < 0.04
    assert loss[1] < loss[0] - 0.01


@pytest.mark.slow
@pytest.mark.parametrize(
    "p", [[0.0, 0.0, 1.0, 1.0], [0.5, 0.5, 0.5, 0.5], [1.0, 1.0, 0.0, 0.0], [0.1, 0.2, 0.3, 0.4]]
)
@pytest.mark.parametrize("labels", [[0, 0, 1, 1], [0, 0, 0, 0], [0, 0, 0, 1]])
def test_recalibration_exists_for_every_validation_set(p, labels):
    mapped = logistic_map(np.array(labels), columns(np.array(p))).apply(columns(np.array(p)))
    assert ((mapped > 0) & (mapped < 1)).all()


def test_net_benefit_is_vickers():
    truth, p = drawn(8, 300)
    thresholds = np.array([0.05, 0.2, 0.5, 0.8])
    found = net_benefit(truth, p, thresholds)
    for row, t in enumerate(thresholds):
        acted = p >= t
        expected = np.mean(acted & truth) - np.mean(acted & ~truth) * t / (1 - t)
        assert found.method[row] == pytest.approx(expected, abs=1e-12)
        everybody = truth.mean() - (1 - truth.mean()) * t / (1 - t)
        assert found.everybody[row] == pytest.approx(everybody, abs=1e-12)


def test_perfect_probabilities_have_the_prevalence_as_their_benefit():
    truth = np.arange(50) < 1
    found = net_benefit(truth, truth.astype(float), [0.01, 0.5, 0.99])
    np.testing.assert_allclose(found.method, 0.02)
    with pytest.raises(ValueError, match="strictly"):
        net_benefit(truth, truth.astype(float), [0.0, 0.5])


@pytest.mark.slow
def test_slopes_are_covered_by_their_intervals():
    covered = 0
    for seed in range(200):
        found = recalibration(*drawn(seed, 150, slope=0.7))
        covered += abs(found.slope - 0.7) <= norm.ppf(0.975) * found.slope_error
    assert covered / 200 >= 0.92
