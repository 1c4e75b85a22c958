"""What a test set could show."""

import math

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import multivariate_normal, norm, t

from reports.statistics.auc import components
from reports.statistics.contrast import Difference
from reports.statistics.power import difference_variance, inflation, minimum_detectable, power


def simulated(seed, runs, m, n, auc_a, auc_b, correlation):
    """`(runs,)` estimated differences and their estimated variances, of binormal scores."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(m + n) < m).astype(np.int64)
    noise = rng.normal(size=(2, runs, m + n)) * math.sqrt(1 - correlation)
    noise += rng.normal(size=(runs, m + n)) * math.sqrt(correlation)
    shift = math.sqrt(2) * ndtri([auc_a, auc_b])
    scores = (noise + shift[:, None, None] * labels).reshape(2 * runs, m + n)
    found = components(labels, np.stack([scores, scores], axis=2), 1)
    parts = [own[:runs] - own[runs:] for own in (found.positive, found.negative)]
    return found.auc[:runs] - found.auc[runs:], sum((part**2).sum(axis=1) for part in parts)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_the_variance_is_that_of_simulated_differences(correlation):
    found, _ = simulated(0, 2000, 40, 60, 0.9, 0.8, correlation)
    expected = difference_variance(0.9, 0.8, 40, 60, correlation)
    assert np.var(found) == pytest.approx(expected, rel=0.1)


def test_the_variance_is_the_formula_of_the_docstring():
    a, b, m, n, rho = 0.7, 0.55, 30, 70, 0.6

    def covariance(x, y, r):
        def both(c):
            limits = [ndtri(x), ndtri(y)]
            return min(x, y) if c == 1 else multivariate_normal.cdf(limits, cov=[[1, c], [c, 1]])

        return (both(r) - x * y + (m + n - 2) * (both(r / 2) - x * y)) / (m * n)

    expected = covariance(a, a, 1) + covariance(b, b, 1) - 2 * covariance(a, b, rho)
    assert difference_variance(a, b, m, n, rho) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(
    ("m", "n", "auc", "correlation"),
    [(30, 30, 0.7, 0.5), (60, 140, 0.85, 0.5), (100, 100, 0.85, 0.9), (200, 200, 0.95, 0.7)],
)
def test_the_minimum_detectable_difference_is_found_as_often_as_promised(m, n, auc, correlation):
    d = minimum_detectable(m, n, auc=auc, correlation=correlation)
    runs = 800
    found, variance = simulated(1, runs, m, n, auc + d, auc, correlation)
    rejected = np.abs(found) > norm.ppf(0.975) * np.sqrt(variance)
    # Five points, and two standard errors of the simulation.
    assert np.mean(rejected) == pytest.approx(0.8, abs=0.05 + 2 * math.sqrt(0.16 / runs))


def test_power_with_few_cases_is_that_of_the_t_test():
    d = minimum_detectable(15, 45, auc=0.7, correlation=0.7, df=14)
    found, variance = simulated(2, 800, 15, 45, 0.7 + d, 0.7, 0.7)
    rejected = np.abs(found) > t.ppf(0.975, 14) * np.sqrt(variance)
    assert np.mean(rejected) == pytest.approx(0.8, abs=0.05 + 2 * math.sqrt(0.16 / 800))


def test_power_with_patients_is_that_of_the_clustered_test():
    rng = np.random.default_rng(3)
    patients, images, icc, auc, correlation = 120, 4, 0.5, 0.75, 0.5
    units = np.repeat(np.arange(patients), images)
    labels = (units < patients // 2).astype(np.int64)
    effect = inflation(images, icc)
    half = patients * images // 2
    d = minimum_detectable(half, half, auc=auc, correlation=correlation, design_effect=effect)
    shift = math.sqrt(2) * ndtri([auc + d, auc])
    spread = [[1, correlation], [correlation, 1]]
    rejected = []
    for _ in range(300):
        own = rng.multivariate_normal([0, 0], spread, patients)[units]
        noise = rng.multivariate_normal([0, 0], spread, len(units))
        scores = math.sqrt(icc) * own + math.sqrt(1 - icc) * noise + labels[:, None] * shift
        found = components(labels, np.stack([-scores.T, scores.T], axis=2), 1, units)
        difference, variance = found.contrast(np.array([1.0, -1.0]))
        rejected.append(Difference(difference, math.sqrt(variance)).p() < 0.05)
    assert np.mean(rejected) == pytest.approx(0.8, abs=0.05 + 2 * math.sqrt(0.16 / 300))


def test_more_of_anything_that_helps_makes_smaller_differences_visible():
    base = minimum_detectable(100, 200)
    assert minimum_detectable(200, 200) < base
    assert minimum_detectable(100, 400) < base
    assert minimum_detectable(100, 200, correlation=0.8) < base
    assert minimum_detectable(100, 200, auc=0.93) < base
    assert minimum_detectable(100, 200, wanted=0.9) > base
    assert minimum_detectable(100, 200, alpha=0.01) > base
    assert minimum_detectable(100, 200, design_effect=2.5) > base
    assert minimum_detectable(100, 200, seed_variance=0.0004) > base


def test_without_a_difference_power_is_about_the_level():
    assert power(0.0, 200, 300, auc=0.8) == pytest.approx(0.05, abs=0.015)


def test_with_hardly_any_cases_nothing_is_detectable():
    assert minimum_detectable(1, 1) is None
    assert minimum_detectable(5, 5, auc=0.95) is None
    assert minimum_detectable(100, 100, auc=0.9999) is None


@pytest.mark.parametrize("correlation", [-1.0, 0.0, 1.0])
@pytest.mark.parametrize("auc", [0.01, 0.5, 0.99])
def test_extreme_assumptions_have_finite_variances(correlation, auc):
    assert 0 <= difference_variance(auc, 0.5, 1, 1000, correlation) < 1
    assert difference_variance(auc, auc, 20, 30, 1.0) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    "wrong",
    [
        {"auc_a": 1.0},
        {"auc_b": 0.0},
        {"m": 0},
        {"correlation": 1.5},
        {"design_effect": 0.5},
        {"auc_a": float("nan")},
    ],
)
def test_impossible_assumptions_are_refused(wrong):
    with pytest.raises(ValueError, match=r"not|needed"):
        difference_variance(
            **{"auc_a": 0.8, "auc_b": 0.7, "m": 10, "n": 10, "correlation": 0.5, **wrong}
        )
    with pytest.raises(ValueError, match="not"):
        inflation(0.5, 0.1)
    with pytest.raises(ValueError, match="power"):
        minimum_detectable(10, 10, wanted=0.01)
