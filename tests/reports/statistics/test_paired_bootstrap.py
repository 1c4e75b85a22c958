"""Resampled differences of a measure between two methods."""

import numpy as np
import pytest
from scipy import stats

from reports.analysis.measures.measures import RATES
from reports.statistics.operating import Rates
from reports.statistics.paired_bootstrap import limits, mean_replicates, rate_replicates

ACCURACY = RATES["accuracy"]


def decisions(rng, labels, right, shape):
    return np.where(rng.random(shape) < right, labels, 1 - labels)


@pytest.mark.slow
def test_differences_spread_as_those_of_two_paired_proportions():
    """McNemar's variance: (b + c − (b − c)²/n) / n²."""
    labels = np.repeat([0, 1], 300)
    rng = np.random.default_rng(0)
    a, b = decisions(rng, labels, 0.9, 600), decisions(rng, labels, 0.8, 600)
    drawn = rate_replicates(labels, (a[None], b[None]), 2, 1, ACCURACY, repetitions=8000)
    only_a, only_b = (
        int(((a == labels) & (b != labels)).sum()),
        int(((b == labels) & (a != labels)).sum()),
    )
    variance = (only_a + only_b - (only_a - only_b) ** 2 / 600) / 600**2
    assert drawn.std() == pytest.approx(np.sqrt(variance), rel=0.04)
    assert drawn.mean() == pytest.approx((only_a - only_b) / 600, abs=0.002)


def test_methods_that_never_disagree_are_not_equal_for_certain():
    labels = np.repeat([0, 1], [30, 20])
    drawn = rate_replicates(labels, (labels[None], labels[None]), 2, 1, ACCURACY)
    low, high = limits(0.0, drawn, 0.95, 1.96, 50)
    assert -0.1 < low < -0.01
    assert 0.01 < high < 0.1


@pytest.mark.slow
def test_images_that_repeat_their_patient_count_about_once():
    rng = np.random.default_rng(1)
    labels = np.repeat([0, 1], [60, 40])
    a, b = decisions(rng, labels, 0.9, 100), decisions(rng, labels, 0.8, 100)
    spread = {}
    for images in (1, 4):
        units = None if images == 1 else np.repeat(np.arange(100), 4)
        many = [np.repeat(x, images) for x in (labels, a, b)]
        for field in ("accuracy", "sensitivity", "f1", "mcc"):
            column = Rates._fields.index(field)
            drawn = rate_replicates(many[0], (many[1][None], many[2][None]), 2, 1, column, units)
            spread.setdefault(field, []).append(drawn.std())
    for one, clustered in spread.values():
        assert clustered == pytest.approx(one, rel=0.08)


@pytest.mark.slow
def test_several_seeds_are_averaged_and_not_put_together():
    rng = np.random.default_rng(2)
    labels = np.repeat([0, 1], 50)
    b = decisions(rng, labels, 0.8, 100)[None]
    a = decisions(rng, labels, 0.9, (3, 100))
    twice = rate_replicates(labels, (np.concatenate([a, a]), b), 2, 1, ACCURACY)
    once = rate_replicates(labels, (a, b), 2, 1, ACCURACY)
    assert twice.std() == pytest.approx(once.std(), rel=0.08)
    assert twice.mean() == pytest.approx(once.mean(), abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("images", [1, 5])
def test_means_spread_as_those_of_patients(images):
    rng = np.random.default_rng(3)
    per_patient = rng.normal(size=200)
    gain = np.repeat(per_patient, images)
    units = None if images == 1 else np.repeat(np.arange(200), images)
    drawn = mean_replicates(gain, units, repetitions=8000)
    assert drawn.std() == pytest.approx(per_patient.std() / np.sqrt(200), rel=0.04)
    assert drawn.mean() == pytest.approx(per_patient.mean(), abs=0.005)


def test_limits_of_few_units_lie_further_away():
    drawn = stats.norm(0.1, 0.05).ppf((np.arange(4000) + 0.5) / 4000)
    assert limits(0.1, drawn, 0.95, 1.959964, 10**6) == pytest.approx((0.002, 0.198), abs=0.001)
    t = stats.t.ppf(0.975, 4)
    wide = 0.098 * t / 1.959964 * np.sqrt(5 / 4)
    assert limits(0.1, drawn, 0.95, t, 5) == pytest.approx((0.1 - wide, 0.1 + wide), abs=0.002)
    assert limits(0.9, drawn, 0.95, t, 5)[1] == 0.9


@pytest.mark.slow
def test_the_same_seed_gives_the_same_replicates():
    labels = np.repeat([0, 1], 20)
    both = [rate_replicates(labels, (labels[None], 1 - labels[None]), 2, 1, 0) for _ in range(2)]
    assert (both[0] == both[1]).all()


def test_decisions_of_other_cases_are_refused():
    with pytest.raises(ValueError, match="seeds by cases"):
        rate_replicates(np.array([0, 1]), (np.array([[0]]), np.array([[0, 1]])), 2, 1, 0)
