"""The calibration curve without bins."""

import numpy as np
import pytest
from statsmodels.nonparametric.smoothers_lowess import lowess

from reports.statistics.probabilities.smooth_calibration import loess, smooth_calibration


def cases(n=400, slope=1.0, random_state=0):
    rng = np.random.default_rng(random_state)
    x = rng.normal(size=n)
    return rng.random(n) < 1 / (1 + np.exp(-slope * x)), 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("span", [0.3, 0.75, 1.0])
def test_the_curve_is_clevelands(span):
    truth, p = cases()
    x, y = np.sort(p), truth[np.argsort(p)].astype(float)
    at = np.quantile(x, np.linspace(0, 1, 25))
    expected = lowess(y, x, frac=span, it=0, xvals=at)
    assert loess(x, y, at, span) == pytest.approx(np.clip(expected, 0, 1), abs=1e-6)


def test_distances_are_those_of_the_curve_from_the_diagonal():
    truth, p = cases(slope=0.3)
    found = smooth_calibration(truth, p, repetitions=50)
    away = np.abs(lowess(truth.astype(float), p, frac=0.75, it=0, xvals=p) - p)
    assert found.ici.value == pytest.approx(away.mean(), abs=2e-3)
    assert found.e50.value == pytest.approx(np.median(away), abs=4e-3)
    assert found.e90.value == pytest.approx(np.quantile(away, 0.9), abs=4e-3)


def test_wrong_probabilities_lie_further_from_the_diagonal_than_right_ones():
    wrong = smooth_calibration(*cases(2000, slope=0.3), repetitions=100)
    right = smooth_calibration(*cases(2000, slope=1.0), repetitions=100)
    assert wrong.ici.low > right.ici.high
    assert right.ici.value < 0.03


@pytest.mark.slow
def test_the_band_covers_the_true_curve():
    covered = []
    for random_state in range(60):
        found = smooth_calibration(*cases(slope=1.0, random_state=random_state), repetitions=200)
        inner = (found.predicted > 0.2) & (found.predicted < 0.8)
        inside = (found.low <= found.predicted) & (found.predicted <= found.high)
        covered.append(inside[inner].mean())
    assert np.mean(covered) >= 0.93 - 2 * np.std(covered) / 60**0.5


def test_patients_with_several_images_widen_the_band():
    rng = np.random.default_rng(0)
    x = rng.normal(size=100).repeat(4)
    truth = (rng.random(100) < 1 / (1 + np.exp(-x[::4]))).repeat(4)
    p = 1 / (1 + np.exp(-(x + 0.1 * rng.normal(size=400))))
    units = np.arange(100).repeat(4)
    naive, own = smooth_calibration(truth, p), smooth_calibration(truth, p, units)
    assert np.mean(own.high - own.low) > 1.5 * np.mean(naive.high - naive.low)


def test_the_order_of_rows_does_not_matter():
    truth, p = cases()
    order = np.random.default_rng(1).permutation(len(p))
    one = smooth_calibration(truth, p, repetitions=10)
    other = smooth_calibration(truth[order], p[order], repetitions=10)
    assert other.observed == pytest.approx(one.observed)
    assert other.ici == pytest.approx(one.ici)


@pytest.mark.parametrize("p", [np.full(40, 0.3), np.tile([0.1, 0.9], 20)])
def test_a_few_distinct_probabilities_make_no_curve(p):
    assert smooth_calibration(np.arange(40) % 2 == 0, p) is None


def test_one_class_makes_no_curve():
    assert smooth_calibration(np.ones(40, bool), np.linspace(0, 1, 40)) is None


def test_what_is_no_probability_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        smooth_calibration(np.ones(3, bool), np.array([0.1, 0.2, 1.3]))
