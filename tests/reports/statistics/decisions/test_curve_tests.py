"""Two methods where few false alarms are allowed."""

import json
from pathlib import Path

import numpy as np
import pytest

from reports.statistics.decisions.curve_tests import (
    fixed_difference,
    partial_difference,
    specific_threshold,
)
from reports.statistics.discordance import discordance

FOLDER = Path(__file__).parents[2] / "oracles"
PROC = json.loads((FOLDER / "proc_reference.json").read_text(encoding="utf-8"))["binary"]


def table(case):
    rows = np.loadtxt(FOLDER / "inputs" / f"{case}.csv", delimiter=",", skiprows=1)
    return rows[:, 0] == 1, rows[:, 1], rows[:, 2]


def binormal(n, rng, mu=(1.2, 1.2)):
    truth = np.arange(n) < 0.4 * n
    difficulty = rng.normal(size=n)
    return truth, *(m * truth + 0.7 * difficulty + 0.7 * rng.normal(size=n) for m in mu)


@pytest.mark.parametrize("case", ["c01_balanced_n200", "c13_crossing_curves_n400"])
def test_the_test_of_partial_aucs_is_procs(case):
    truth, a, b = table(case)
    expected = PROC[case]["bootstrap_pauc_spec_90_100"]
    found = partial_difference(truth, a[None], b[None])
    assert (found.a, found.b) == pytest.approx(tuple(expected["estimates"]), abs=1e-9)
    z = found.difference.d / found.difference.se
    assert z == pytest.approx(expected["statistic"], abs=0.12)


def test_identical_scores_are_not_known_to_be_equal():
    truth, a, _ = binormal(60, np.random.default_rng(0))
    found = partial_difference(truth, a[None], a[None], repetitions=200).difference
    assert found.d == 0
    assert found.p() == 1
    assert found.interval(0.95)[1] > 0.005


def test_swapping_the_sides_negates_the_difference():
    truth, a, b = binormal(100, np.random.default_rng(0))
    one = partial_difference(truth, a[None], b[None], repetitions=300).difference
    other = partial_difference(truth, b[None], a[None], repetitions=300).difference
    assert other.d == pytest.approx(-one.d)
    assert other.se == pytest.approx(one.se)


@pytest.mark.slow
def test_on_null_data_partial_aucs_seldom_differ():
    rng, runs = np.random.default_rng(1), 300
    wrong = 0
    for _ in range(runs):
        truth, a, b = binormal(150, rng)
        found = partial_difference(truth, a[None], b[None], repetitions=300)
        wrong += found.difference.p() < 0.05
    assert wrong / runs <= 0.05 + 2 * (0.05 * 0.95 / runs) ** 0.5


def test_seeds_add_their_variance():
    rng = np.random.default_rng(0)
    truth, a, b = binormal(100, rng)
    runs = np.stack([a, a + rng.normal(size=100), a - 2 * truth])
    found = partial_difference(truth, runs, b[None], repetitions=200).difference
    assert found.se_seeds > 0
    assert found.df < 50


@pytest.mark.parametrize("specificity", [0.5, 0.8, 0.9, 0.99])
def test_the_threshold_reaches_the_specificity_on_validation_and_is_the_lowest(specificity):
    truth, score, _ = binormal(200, np.random.default_rng(0))
    threshold = specific_threshold(truth, score, specificity)
    assert np.mean(score[~truth] < threshold) >= specificity
    below = score[score < threshold].max()
    assert np.mean(score[~truth] < below) < specificity


def test_where_scores_tie_no_case_is_called_positive():
    truth = np.array([True, False, False])
    threshold = specific_threshold(truth, np.full(3, 0.5), 0.9)
    assert threshold > 0.5


def test_a_specificity_that_is_none_is_refused():
    truth, score, _ = binormal(20, np.random.default_rng(0))
    with pytest.raises(ValueError, match="within 0 and 1"):
        specific_threshold(truth, score, 1.0)
    with pytest.raises(ValueError, match="negative cases"):
        specific_threshold(np.ones(20, bool), score, 0.9)


def test_sensitivities_are_compared_on_the_positive_cases_alone():
    rng = np.random.default_rng(0)
    truth, a, b = binormal(200, rng)
    called = (a > 1)[None], (b > 1)[None]
    found = fixed_difference(truth, *called)
    expected = discordance(called[0][:, truth], called[1][:, truth])
    assert found.sensitivity == expected
    assert found.specificity.accuracy_a == pytest.approx(np.mean(a[~truth] <= 1))


def test_patients_are_kept_together():
    truth, a, b = binormal(60, np.random.default_rng(0))
    called = (a > 1)[None].repeat(4, axis=1), (b > 1)[None].repeat(4, axis=1)
    naive = fixed_difference(truth.repeat(4), *called)
    own = fixed_difference(truth.repeat(4), *called, np.arange(60).repeat(4))
    assert own.sensitivity.high - own.sensitivity.low > (
        1.5 * (naive.sensitivity.high - naive.sensitivity.low)
    )
