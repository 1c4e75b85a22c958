"""Limits of a difference lie within what a difference can be, however large its error is."""

import math
from typing import get_args

import pytest

from bench.protocol.claim import Claim
from bench.protocol.scoring import Measure
from reports.collect import collect
from reports.evidence import PairTest
from reports.evidence.pair import largest_difference
from tests.reports.simulated import Data, Method, results

MEASURES = get_args(Measure)

TESTS = (
    "difference",
    "superiority",
    "margin_superiority",
    "equivalence",
    "non_inferiority_a",
    "non_inferiority_b",
)


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    """Two seeds that differ by far: their variance has one degree of freedom."""
    methods = (
        Method("wild", "deep", 0.75, stochastic=True, seed_sd=0.3),
        Method("svm", "classical", 0.75),
    )
    data = (Data("two", 60, 60), Data("three", 60, 90, (0.4, 0.3, 0.3)))
    claims = tuple(Claim(m, ("wild",), ("svm",), metric=m, margin=0.05) for m in MEASURES)
    where = tmp_path_factory.mktemp("wild") / "results"
    return collect(results(where, data, methods, seeds=(0, 1), claims=claims, random_state=2))


def within(found, most):
    return -most <= found.low <= found.high <= most


def claim_of(evidence, measure):
    return next(claim for claim in evidence.claims if claim.declared and claim.name == measure)


def test_what_a_difference_cannot_exceed():
    assert {m: largest_difference(m) for m in (*MEASURES, "dice")} == {
        "auc": 1,
        "balanced-accuracy": 1,
        "accuracy": 1,
        "sensitivity": 1,
        "specificity": 1,
        "f1": 1,
        "mcc": 2,
        "brier": 1,
        "log-loss": pytest.approx(math.log(1e7)),
        "dice": 1,
    }
    assert largest_difference("brier", 3) == 2


@pytest.mark.parametrize("measure", MEASURES)
def test_claims_end_where_the_measure_does(evidence, measure):
    claim = claim_of(evidence, measure)
    asked = [one for one in claim.datasets if one.pair is not None]
    assert asked
    for one in asked:
        classes = 2 if one.dataset == "two" else 3
        for name in TESTS:
            assert within(getattr(one.pair, name), largest_difference(measure, classes)), name
    assert within(claim.effect, largest_difference(measure, 3))
    assert -largest_difference(measure, 3) <= claim.low_one_sided
    assert claim.high_one_sided <= largest_difference(measure, 3)


def test_some_would_reach_further_and_decide_as_they_would(evidence):
    """The tests are those of the unlimited interval."""
    pairs = [one.pair for claim in evidence.claims for one in claim.datasets if one.pair]
    beyond = [p for p in pairs if p.estimated().interval(0.95) != _limits(p)]
    assert {pair.measure for pair in beyond} >= {"auc", "accuracy", "balanced-accuracy"}
    for pair in beyond:
        d = pair.estimated()
        assert pair.equivalence.p == d.p_equivalence(pair.margin)
        assert pair.margin_superiority.p == d.p_beyond(pair.margin)
        assert pair.non_inferiority_a.p == d.p_above(-pair.margin)
        assert (pair.superiority.low > 0) == (d.interval(0.95)[0] > 0)
        assert (pair.superiority.high < 0) == (d.interval(0.95)[1] < 0)


def _limits(pair: PairTest) -> tuple[float, float]:
    return pair.superiority.low, pair.superiority.high


@pytest.mark.parametrize("rule", ["validation", "median", "mean"])
def test_the_grid_of_choices_ends_there_too(evidence, rule):
    cells = [a for a in evidence.robustness.analyses if a.choice.champions == rule]
    assert {a.choice.measure for a in cells} >= {"auc", "mcc", "brier", "log-loss"}
    for cell in cells:
        most = largest_difference(cell.choice.measure, 2 if cell.dataset == "two" else 3)
        assert within(cell.difference, most), cell.choice


def test_and_so_does_what_is_said_of_probabilities(evidence):
    pairs = {one.card.name: one.probability_pair for one in evidence.datasets}
    assert within(pairs["two"].brier.difference, 1)
    assert within(pairs["three"].brier.difference, 2)
