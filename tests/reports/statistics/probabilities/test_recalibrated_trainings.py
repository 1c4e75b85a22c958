"""Calibration slope and intercept of several trainings: what they share and what they add."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from reports.statistics.calibration import recalibration
from reports.statistics.probabilities.recalibrated_trainings import Training, recalibrated


def drawn(rng, n, *, trainings=1, noise=0.0, per_patient=1, slope=0.7):
    """Cases whose truth has `slope` on the logit that every training tells with some noise."""
    units = np.repeat(np.arange(n // per_patient), per_patient)
    x = 1.5 * rng.normal(size=n // per_patient)[units]
    truth = (rng.random(n // per_patient) < expit(slope * x[::per_patient] - 0.5))[units]
    said = [expit(x + noise * rng.normal(size=n)) for _ in range(trainings)]
    return [Training(truth, p, units) for p in said]


def test_one_training_has_the_slope_and_error_of_its_fit():
    (one,) = drawn(np.random.default_rng(0), 300)
    slope, intercept = recalibrated([one], clustered=False)
    fit = recalibration(one.is_positive, one.probability)
    assert (slope.d, slope.se) == pytest.approx((fit.slope, fit.slope_error))
    assert intercept.d == pytest.approx(fit.in_the_large)
    assert slope.se_seeds == 0


def test_trainings_that_say_the_same_add_nothing():
    one, *_ = drawn(np.random.default_rng(1), 300)
    for found, several in zip(
        recalibrated([one], clustered=False), recalibrated([one] * 5, clustered=False), strict=True
    ):
        assert several.interval(0.95) == pytest.approx(found.interval(0.95))


def test_halves_of_the_cases_are_as_sure_together_as_all_cases():
    (one,) = drawn(np.random.default_rng(2), 800)
    halves = [Training(*(values[at::2] for values in one)) for at in (0, 1)]
    for whole, apart in zip(
        recalibrated([one], clustered=False), recalibrated(halves, clustered=False), strict=True
    ):
        assert apart.se_cases == pytest.approx(whole.se_cases, rel=0.05)


def test_copies_of_a_patient_are_no_further_cases():
    (copies,) = drawn(np.random.default_rng(3), 800, per_patient=4)
    alone = Training(*(values[::4] for values in copies))
    for one, several in zip(
        recalibrated([alone], clustered=True), recalibrated([copies], clustered=True), strict=True
    ):
        assert (several.d, several.se) == pytest.approx((one.d, one.se), rel=0.01)


def test_a_slope_that_no_training_has_is_not_known():
    truth = np.arange(40) % 4 == 0
    found = recalibrated([Training(truth, np.full(40, 0.25), np.arange(40))] * 3, clustered=False)
    slope, intercept = found
    assert slope is None
    assert intercept.d == pytest.approx(0, abs=1e-6)
    assert intercept.se == pytest.approx((40 * 0.25 * 0.75) ** -0.5, rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize(("trainings", "per_patient"), [(1, 1), (3, 1), (3, 4)])
def test_intervals_cover_the_truth(trainings, per_patient):
    rng = np.random.default_rng(4)
    how = {"trainings": trainings, "noise": 0.5, "per_patient": per_patient}
    clustered = per_patient > 1
    truth = [one.d for one in recalibrated(drawn(rng, 200_000, **how), clustered=clustered)]
    covered = np.zeros(2)
    for _ in range(400):
        found = recalibrated(drawn(rng, 200 * per_patient, **how), clustered=clustered)
        limits = [one.interval(0.95) for one in found]
        covered += [low <= value <= high for value, (low, high) in zip(truth, limits, strict=True)]
    assert (covered / 400 >= 0.93 - 0.012).all()  # one simulation error
    assert (covered / 400 <= 0.985).all()


@pytest.mark.slow
def test_intervals_over_folds_cover_the_slope_of_the_procedure():
    rng = np.random.default_rng(5)
    weights = 0.5 * rng.normal(size=8)
    fresh = rng.normal(size=(2000, 8))
    comes_true = rng.random(2000) < expit(fresh @ weights)
    truths, limits = [], []
    for _ in range(100):
        x = rng.normal(size=(200, 8))
        truth, fold = rng.random(200) < expit(x @ weights), rng.permutation(200) % 5
        said, elsewhere = np.zeros(200), []
        for own in range(5):
            model = LogisticRegression(C=10).fit(x[fold != own], truth[fold != own])
            said[fold == own] = model.predict_proba(x[fold == own])[:, 1]
            elsewhere.append(model.predict_proba(fresh)[:, 1])
        slope, _ = recalibrated([Training(truth, said, np.arange(200))], clustered=False)
        limits.append(slope.interval(0.95))
        truths.append(recalibration(np.tile(comes_true, 5), np.concatenate(elsewhere)).slope)
    low, high = np.transpose(limits)
    assert ((low <= np.mean(truths)) & (np.mean(truths) <= high)).mean() >= 0.93
