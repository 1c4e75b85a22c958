"""Verdicts, intervals and statements of power on simulated data; the large version is
tests/benchmarks/validity.py."""

import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.protocol.scoring import binary_auc
from tests.benchmarks.binormal import Design, draw, draw_comparison, shifts
from tests.benchmarks.interval_coverage import PROCEDURES, applies, covered
from tests.benchmarks.null_verdicts import NullCount, allowed, false_verdicts
from tests.benchmarks.procedures import plain_sun_xu, scores
from tests.benchmarks.reached_power import (
    Promise,
    before,
    in_report,
    intraclass,
    kept,
)
from tests.oracles.delong_of_scores import paired

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.slow
@pytest.mark.parametrize("images", [1, 4])
@pytest.mark.parametrize("seeds", [1, 5])
def test_on_null_data_verdicts_seldom_call_a_side_better(images, seeds):
    design = Design(
        200, images=images, candidates=2, seeds=seeds, seed_sd=0.02 if seeds > 1 else 0.0
    )
    found = false_verdicts(design, datasets=2, experiments=100, random_state=[1])
    assert (found.deep + found.classical) / 200 <= allowed(200)
    assert found.any_better / 100 <= allowed(100)
    assert found.pooled / 100 <= allowed(100)
    if images > 1:
        assert found.naive / 200 > 2 * allowed(200)


def test_a_true_difference_is_refused_as_null_data():
    with pytest.raises(ValueError, match="there is a difference"):
        false_verdicts(Design(60, deep=0.9), 1, 1, [0])


def test_studies_of_different_sizes_are_not_counted_together():
    one = NullCount(1, 1, 0, 0, 0, 0, 0, 0, 0)
    with pytest.raises(ValueError, match="different sizes"):
        one + replace(one, datasets=2)


@pytest.mark.slow
@pytest.mark.parametrize(
    "design",
    [
        Design(40, share=0.3, deep=0.9, classical=0.85),
        Design(100, share=0.1, deep=0.98, classical=0.95),
        Design(400, share=0.3, deep=0.9, classical=0.85),
        Design(200, share=0.3, images=4, deep=0.9, classical=0.85),
    ],
    ids=["40", "100-rare", "400", "patients"],
)
def test_intervals_cover_the_truth(design):
    found = covered(design, experiments=300, random_state=[2])
    names = [name for name in PROCEDURES if applies(name, design)]
    least = 0.93 - 2 * math.sqrt(0.95 * 0.05 / 300)
    short = {name: found.hits[name] / 300 for name in names if found.hits[name] / 300 < least}
    assert not short


def test_a_champion_chosen_by_the_seeds_that_are_tested_is_seldom_called_better():
    design = Design(400, candidates=8, seeds=3, seed_sd=0.05)
    found = false_verdicts(design, datasets=1, experiments=150, random_state=[1])
    assert (found.deep + found.classical) / 150 <= allowed(150)
    assert found.naive / 150 > 3 * allowed(150)


POWERED = Design(100, share=0.3, deep=0.85, classical=0.85)
PATIENTS = replace(POWERED, cases=120, share=0.5, images=4, deep=0.7, classical=0.7)
STATEMENTS = {
    "before": lambda: next(before(POWERED)),
    "before-patients": lambda: next(before(replace(POWERED, cases=400, images=4))),
    "before-patients-known": lambda: next(before(replace(POWERED, cases=400, images=4), True)),
    "report": lambda: next(in_report(POWERED, 30)),
    "report-patients": lambda: next(in_report(PATIENTS, 30)),
    "report-seeds": lambda: next(in_report(replace(POWERED, cases=400, seeds=5, seed_sd=0.02), 40)),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", STATEMENTS)
def test_what_is_said_to_be_found_in_four_of_five_is_found_so_often(name):
    promise, runs = STATEMENTS[name](), 300
    reached = kept(promise, runs, [3]) / runs
    assert promise.predicted == 0.8
    assert abs(reached - 0.8) <= 0.05 + 2 * math.sqrt(0.8 * 0.2 / runs)


def test_without_a_difference_the_promise_of_power_is_not_kept():
    reached = kept(Promise("", Design(200, deep=0.85, classical=0.85)), 50, [4]) / 50
    assert reached < 0.2


def test_simulated_methods_have_the_auc_that_is_asked_for():
    rng = np.random.default_rng(5)
    design = Design(40_000, deep=0.9, classical=0.7, images=4, seeds=5, seed_sd=0.02)
    mus = shifts(design, rng)
    sample = draw(design, mus, rng)
    for name, expected in (("deep-0", 0.9), ("classical-0", 0.7)):
        each = [binary_auc(sample.labels, row) for row in sample.scores[name]]
        assert np.mean(each) == pytest.approx(expected, abs=0.03)
        assert len(each) == (5 if name == "deep-0" else 1)
    within = [
        np.corrcoef(sample.scores["deep-0"][0][own], sample.scores["classical-0"][0][own])[0, 1]
        for own in (sample.labels == 0, sample.labels == 1)
    ]
    np.testing.assert_allclose(within, 0.5, atol=0.03)


def test_over_many_trainings_the_mean_auc_is_the_one_asked_for():
    rng = np.random.default_rng(6)
    design = Design(60, seeds=5, seed_sd=0.05)
    drawn = np.concatenate([shifts(design, rng)["deep-0"] for _ in range(4000)])
    aucs = 0.5 * (1 + np.vectorize(math.erf)(drawn / 2))
    assert aucs.mean() == pytest.approx(0.8, abs=0.001)
    assert aucs.std() == pytest.approx(0.05, abs=0.001)


def test_images_of_a_patient_are_as_alike_as_is_asked_for():
    assert intraclass(Design(0, images=4, icc=0.0)) == pytest.approx(0.0, abs=0.02)
    assert 0.5 < intraclass(Design(0, images=4, icc=0.7)) < 0.7


def test_the_same_random_state_gives_the_same_experiment():
    design = Design(60, candidates=2, seeds=3, seed_sd=0.02)
    one, other = (draw_comparison(design, np.random.default_rng(7)) for _ in range(2))
    assert one.primary() == other.primary()


def test_the_peer_of_the_benchmark_gets_the_same_z():
    truth, (a, b) = scores(500, 2)
    for first, second in ((a, b), (a.round(1), b.round(1))):
        z = paired(truth, first, second).z
        assert plain_sun_xu(truth, first, second) == pytest.approx(z, rel=1e-9)


def test_scripts_beside_the_benchmark_still_get_the_statistics_of_the_standard_library():
    code = "import sys; sys.path.insert(0, sys.argv[1]); import statistics; print(statistics.fmean)"
    command = [sys.executable, "-c", code, str(BENCHMARKS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "fmean" in done.stdout
