"""Intervals of one AUC and of one proportion."""

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm, rankdata, t

from reports.statistics.intervals import (
    logit_interval,
    newcombe_interval,
    proportion,
    widened,
)
from reports.statistics.proportions import clopper_pearson


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    # base R 4.2.2, prop.test without continuity correction
    [
        (0, 12, 0, 0.242494006655241),
        (12, 12, 0.757505993344759, 1),
        (1, 10, 0.0178762130950729, 0.404150026795238),
        (45, 50, 0.786397685625204, 0.95652423506811),
        (9, 20, 0.258197858255624, 0.657914657549658),
        (480, 500, 0.939026404165149, 0.973959202610223),
        (19999, 20000, 0.999716809429774, 0.999991173717727),
    ],
)
def test_wilson_intervals_are_those_of_r(x, n, low, high):
    successes = (np.arange(n) < x).astype(float)
    found = proportion(successes, np.ones(n), None, 0.95)
    assert found == pytest.approx((x / n, low, high), abs=1e-9)


def test_patients_with_one_image_each_do_not_change_a_proportion():
    successes = (np.arange(50) < 45).astype(float)
    alone = proportion(successes, np.ones(50), None, 0.95)
    assert proportion(successes, np.ones(50), np.arange(50), 0.95) == pytest.approx(alone)


@pytest.mark.slow
def test_images_that_repeat_their_patient_count_once():
    per_patient = (np.arange(30) < 20).astype(float)
    images = np.repeat(per_patient, 5)
    honest = proportion(images, np.ones(150), np.repeat(np.arange(30), 5), 0.95)
    # five images in one are a design effect of 5, times 30 / 29 since the rate is estimated too
    trials = 150 / (5 * 30 / 29) * (norm.ppf(0.975) / t.ppf(0.975, 29)) ** 2
    assert honest[1:] == pytest.approx(clopper_pearson(trials * 2 / 3, trials))
    once = proportion(per_patient, np.ones(30), None, 0.95)
    assert honest[0] == pytest.approx(once[0])
    assert honest[1] < once[1] < once[2] < honest[2]


def test_a_perfect_rate_counts_patients_not_images():
    found = proportion(np.ones(100), np.ones(100), np.arange(100) // 10, 0.95)
    assert found == pytest.approx((1.0, *clopper_pearson(10, 10)))


def test_the_only_patient_counts_as_one_case():
    found = proportion(np.ones(6), np.ones(6), np.zeros(6, dtype=np.int64), 0.95)
    assert found == pytest.approx((1.0, *clopper_pearson(1, 1)))
    found = proportion(np.arange(6) % 2.0, np.ones(6), np.zeros(6, dtype=np.int64), 0.95)
    assert found == pytest.approx((0.5, *clopper_pearson(0.5, 1)))


def test_nothing_to_count_gives_no_proportion():
    assert proportion(np.zeros(3), np.zeros(3), None, 0.95) is None


@pytest.mark.slow
def test_newcombes_limits_solve_his_equation():
    for auc, m, n in ((0.8, 12, 30), (0.55, 5, 5), (0.99, 15, 400), (0.2, 9, 40)):
        spread = (m + n) / 2 - 1
        for limit in newcombe_interval(auc, m, n, 0.95):
            variance = (
                limit
                * (1 - limit)
                * (1 + spread * (1 - limit) / (2 - limit) + spread * limit / (1 + limit))
            )
            assert abs(auc - limit) == pytest.approx(
                norm.ppf(0.975) * np.sqrt(variance / (m * n)), rel=1e-6
            )


@pytest.mark.parametrize(("m", "n"), [(1, 1), (3, 5), (12, 30), (19, 2000), (500, 500)])
def test_a_perfect_auc_never_has_a_point_as_its_interval(m, n):
    low, high = newcombe_interval(1.0, m, n, 0.95)
    assert 0 < low < 1
    assert high == 1
    mirrored = newcombe_interval(0.0, m, n, 0.95)
    assert mirrored == pytest.approx((0, 1 - low), abs=1e-9)


@pytest.mark.slow
def test_newcombes_interval_covers_where_delongs_does_not():
    rng = np.random.default_rng(0)
    m, n, auc, runs = 12, 60, 0.93, 1000
    positives = rng.normal(np.sqrt(2) * ndtri(auc), 1, (runs, m))
    scores = np.concatenate([positives, rng.normal(size=(runs, n))], axis=1)
    ranks = rankdata(scores, axis=1)
    values = (ranks[:, :m].sum(axis=1) - m * (m + 1) / 2) / (m * n)
    placed = (ranks[:, :m] - rankdata(scores[:, :m], axis=1)) / n
    beaten = 1 - (ranks[:, m:] - rankdata(scores[:, m:], axis=1)) / m
    errors = np.sqrt(placed.var(axis=1, ddof=1) / m + beaten.var(axis=1, ddof=1) / n)
    plain = np.mean(np.abs(values - auc) <= 1.96 * errors)
    limits = np.array([newcombe_interval(value, m, n, 0.95) for value in values])
    newcombe = np.mean((limits[:, 0] <= auc) & (auc <= limits[:, 1]))
    assert plain < 0.90
    assert newcombe >= 0.93


def test_the_logit_interval_stays_inside():
    low, high = logit_interval(0.99, 0.02, 1.96)
    assert 0 < low < 0.99 < high < 1


def test_a_further_error_widens_an_interval_on_both_sides():
    low, high = widened(0.8, 0.7, 0.88, 0.05, 1.96)
    assert low < 0.7
    assert high > 0.88
    assert widened(0.8, 0.7, 0.88, 0.0, 1.96) == pytest.approx((0.7, 0.88))
    assert widened(1.0, 0.9, 1.0, 0.3, 1.96)[1] == 1.0
    assert widened(0.4, 0.3, 0.5, 0.9, 1.96) == (0.0, 1.0)


@pytest.mark.parametrize("auc", [1e-15, 2.6e-12, 1e-9, 1 - 1e-9, 1 - 2.6e-12, 1 - 1e-15])
def test_an_auc_within_rounding_of_0_or_1_has_an_interval(auc):
    low, high = newcombe_interval(auc, 3, 4, 0.95)
    assert 0 <= low <= auc <= high <= 1
    assert high - low > 0.1
