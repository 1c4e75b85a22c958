"""Whether intervals of differences of measures contain the truth; the large version is
tests/benchmarks/validity.py --part measures."""

import math

import numpy as np
import pytest

from reports.analysis.measures.by_measure import ByMeasure
from reports.analysis.measures.measures import LOSSES
from reports.statistics.losses import brier_losses
from reports.statistics.zero_discordance import least_error
from tests.benchmarks.binormal import Design, draw_comparison
from tests.benchmarks.measure_differences import (
    COMPARED,
    PAIR,
    alike,
    covered,
    decided,
    designs,
    truths,
)


@pytest.mark.slow
@pytest.mark.parametrize(
    "design",
    [
        Design(100, share=0.3, deep=0.9, classical=0.9),
        Design(120, share=0.4, images=4, deep=0.9, classical=0.8, seeds=3, seed_sd=0.02),
    ],
    ids=["alike", "patients"],
)
def test_intervals_cover_the_truth(design):
    found = covered(design, experiments=80, random_state=[4])
    least = 0.93 - 3 * math.sqrt(0.93 * 0.07 / 80)
    short = {measure: found[measure] / 80 for measure in COMPARED if found[measure] / 80 < least}
    assert not short


def test_truths_are_those_of_endless_samples():
    design = Design(40_000, share=0.3, deep=0.9, classical=0.75)
    expected = truths(design)
    sample = decided(draw_comparison(design, np.random.default_rng(8)), design)
    for measure, difference in expected.items():
        compared = ByMeasure(sample, measure, PAIR)
        values = [compared.value(name).value for name in PAIR]
        better = values[1] - values[0] if measure in LOSSES else values[0] - values[1]
        assert better == pytest.approx(difference, abs=0.01), measure
        assert abs(difference) > 0.01


def test_where_methods_are_alike_no_difference_is_true():
    for design in designs():
        if alike(design):
            assert all(abs(value) < 1e-12 for value in truths(design).values())


def test_a_mean_loss_of_few_cases_has_the_error_of_its_losses():
    """Where two decide alike they may differ on the next case: of measures of decisions ten cases
    of each class have an error of 1/12 at least, of a loss that differs in every case they do not.
    """
    design = Design(20, share=0.5, deep=0.9, classical=0.85)
    sample = decided(draw_comparison(design, np.random.default_rng(1)), design)
    (part,) = sample.data.tests.values()
    each = {
        run.run.trial.method: brier_losses(part.labels, run.test, sample.data.card.positive)
        for run in sample.data.scored
    }
    apart = each[PAIR[1]] - each[PAIR[0]]
    (tested,) = ByMeasure(sample, "brier", PAIR).tested([PAIR])
    assert tested.difference.d == pytest.approx(apart.mean())
    expected = math.sqrt(np.var(apart, ddof=1) / len(apart))
    assert expected < 0.8 * least_error(np.bincount(part.labels))
    assert tested.difference.se_cases == pytest.approx(expected, rel=0.15)
    (rate,) = ByMeasure(sample, "balanced-accuracy", PAIR).tested([PAIR])
    assert rate.difference.se_cases >= least_error(np.bincount(part.labels))
