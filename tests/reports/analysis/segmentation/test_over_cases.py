"""Two methods on the same cases: who is first, seeds, draws of the folds, cases needed."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.analysis.pairs.pair_tests import pair_tests
from reports.analysis.pairs.paired import OVERLAPPING, SEEDS
from reports.analysis.segmentation.over_cases import (
    Cases,
    DicePairs,
    OverCases,
    cases_needed,
    over_cases,
)
from reports.statistics.contrast import Difference
from reports.statistics.segmentation.paired_cases import least_error
from reports.verdicts.rules import ruled
from reports.verdicts.wording import Words, heading, sentence

DICE = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=12, max_size=30)


@settings(max_examples=40, deadline=None)
@given(DICE, st.floats(0.005, 0.3))
def test_who_is_first_does_not_matter_and_no_sentence_contradicts_its_interval(
    dice: list[tuple[float, float]], margin: float
) -> None:
    a, b = (OverCases(np.array(column)) for column in zip(*dice, strict=True))
    both = DicePairs(Cases(None, "cases", 0.95), {"a": a, "b": b})
    one, other = pair_tests(both, [("a", "b"), ("b", "a")], margin=margin, alpha=0.05, n_cases=None)
    assert one.difference.value == pytest.approx(-other.difference.value)
    assert (one.superiority.low, one.superiority.high) == pytest.approx(
        (-other.superiority.high, -other.superiority.low)
    )
    assert one.superiority.p == pytest.approx(other.superiority.p)
    found = ruled(one)
    mirrored = ruled(other)
    assert found.rule == mirrored.rule
    assert {found.winner, mirrored.winner} in ({"a", "b"}, {None})
    low, high = one.superiority.low, one.superiority.high
    inner = one.equivalence
    if found.winner == "a":
        assert low > 0
    if found.winner == "b":
        assert high < 0
    if found.rule == "better-beyond-margin":
        assert low > margin or high < -margin
    if found.rule in ("equivalent", "better-but-equivalent"):
        assert -margin < inner.low
        assert inner.high < margin
    text = heading(found, Words("deep", "classical", "ΔDice")) + sentence(
        found, Words("deep", "classical", "ΔDice")
    )
    assert "ΔDice" in text
    assert "AUC" not in text


def test_a_case_is_the_mean_over_seeds_and_their_variance_is_that_of_the_mean() -> None:
    runs = np.array([[0.4, 0.6], [0.6, 0.8], [0.8, 1.0]])
    found = over_cases({None: runs}, {None: np.arange(2)}, {None: 0}, 2)
    assert found is not None
    assert found.values == pytest.approx([0.6, 0.8])
    assert found.seeds == 3
    assert found.seed_variance == pytest.approx(np.var([0.5, 0.7, 0.9], ddof=1) / 3)


def test_seeds_widen_an_interval() -> None:
    rng = np.random.default_rng(0)
    values = rng.random(30)
    still, varied = OverCases(values), OverCases(values, 0.01, 3)
    other = OverCases(values - 0.1 + 0.05 * rng.random(30))
    cases = Cases(None, "cases", 0.95)
    narrow, wide = (cases.difference(one, other) for one in (still, varied))
    assert narrow is not None
    assert wide is not None
    assert wide.difference.se > narrow.difference.se
    assert wide.p > narrow.p


def test_training_parts_that_overlap_add_to_every_error() -> None:
    rng = np.random.default_rng(0)
    one, other = (OverCases(rng.random(60), 0.0004, 3) for _ in range(2))
    alone = Cases(None, "cases", 0.95)
    folds = replace(alone, overlap=0.55)
    plain, wider = (cases.difference(one, other, (2, 1)) for cases in (alone, folds))
    assert plain is not None
    assert wider is not None
    a, b = plain.difference, wider.difference
    assert b.se_cases == a.se_cases
    assert b.se**2 == pytest.approx(a.se**2 + 0.55 * a.se_cases**2)
    assert b.error_below**2 == pytest.approx(a.error_below**2 + 0.55 * a.se_cases**2)
    assert b.error_above**2 == pytest.approx(a.error_above**2 + 0.55 * a.se_cases**2)
    assert wider.p > plain.p
    assert wider.test == plain.test.replace(SEEDS, f"{OVERLAPPING}, {SEEDS}")
    mean, of_folds = alone.estimate(one), folds.estimate(one)
    assert mean.low is not None
    assert of_folds.low is not None
    assert of_folds.low < mean.low
    assert of_folds.method == f"{mean.method}, {OVERLAPPING}"
    some = folds.of(np.arange(30))
    assert some.overlap == 0.55
    same = folds.difference(one, one)
    assert same is not None
    assert same.p == 1
    assert same.difference.se > alone.difference(one, one).difference.se  # type: ignore[union-attr]


def test_a_draw_of_the_folds_without_a_fold_does_not_count() -> None:
    rows = {0: np.array([0, 1]), 1: np.array([2, 3]), 2: np.array([0, 2]), 3: np.array([1, 3])}
    draw = {0: 0, 1: 0, 2: 1, 3: 1}
    half = np.full((1, 2), 0.5)
    whole = over_cases({0: half, 1: half, 2: 2 * half}, rows, draw, 4)
    assert whole is not None
    assert whole.values.tolist() == [0.5] * 4
    assert over_cases({0: half, 3: half}, rows, draw, 4) is None
    both = over_cases(dict.fromkeys(range(4), half), rows, draw, 4)
    assert both is not None
    assert len(both.draws) == 2


def test_what_is_the_same_of_every_case_is_never_certain() -> None:
    cases = Cases(None, "cases", 0.95)
    perfect = OverCases(np.ones(30))
    found = cases.estimate(perfect)
    assert found.low is not None
    assert 0.9 < found.low < 1 == found.high
    tested = cases.difference(perfect, OverCases(np.full(30, 0.9)))
    assert tested is not None
    low, high = tested.difference.interval(0.95)
    assert low < 0.1 < high


def test_a_single_patient_allows_no_difference() -> None:
    cases = Cases(np.zeros(3, dtype=np.int64), "patients", 0.95)
    one = OverCases(np.array([0.1, 0.2, 0.3]))
    assert cases.difference(one, one) is None
    assert cases.estimate(one).low is None


def test_four_times_the_cases_halve_the_error_and_seeds_stay() -> None:
    to_find, narrow = cases_needed(Difference(0.0, 0.02), 0.05, 100, 0.02)
    assert to_find is not None
    assert narrow == pytest.approx(100 * (1.96 * 0.02 / 0.02) ** 2, abs=2)
    assert to_find == pytest.approx(100 * (2.80 * 0.02 / 0.02) ** 2, rel=0.01)
    assert cases_needed(Difference(0.0, 0.02, se_seeds=0.02), 0.05, 100, 0.02) == (None, None)


def test_the_error_of_methods_that_agree_falls_with_the_number_of_patients() -> None:
    alike = Difference(0.0, least_error(100))
    _, narrow = cases_needed(alike, 0.05, 400, 0.02, 100)
    assert narrow is not None
    assert narrow == pytest.approx(400 * 1.96 * alike.se / 0.02, rel=0.05)
    assert 1.96 * least_error(narrow // 4 + 1) == pytest.approx(0.02, rel=0.02)
    _, fewer = cases_needed(alike, 0.05, 100, 0.05)
    assert fewer is not None
    assert 1.96 * least_error(fewer) <= 0.05 < 1.96 * least_error(fewer - 2)
