"""The first rule that holds of one difference."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics.contrast import Difference
from reports.verdicts.ladder import BETTER, PValues, ladder

MARGIN, ALPHA = 0.02, 0.05

differences = st.builds(
    Difference,
    st.floats(-0.3, 0.3),
    st.floats(1e-3, 0.15),
    st.floats(0, 0.05),
    st.one_of(st.just(math.inf), st.floats(2, 200)),
    st.floats(1, 2),
    st.floats(1, 2),
)
factors = st.floats(1, 12)


def p_values(found, factor=1.0, permuted=0.0):
    """Of a difference, times the factor of a correction; its p not below that of a permutation."""
    mirrored = found.mirrored()
    return PValues(
        min(1.0, max(found.p(), permuted) * factor),
        min(1.0, found.p_equivalence(MARGIN) * factor),
        min(1.0, found.p_beyond(MARGIN) * factor),
        found.p_above(-MARGIN),
        mirrored.p_above(-MARGIN),
    )


def decided(found, factor=1.0, permuted=0.0, **rest):
    raw = p_values(found, permuted=permuted)
    adjusted = p_values(found, factor, permuted)
    return ladder(found, raw, adjusted, margin=MARGIN, alpha=ALPHA, **rest)


@pytest.mark.parametrize(
    ("d", "error", "rule", "winner", "levels"),
    [
        (0.100, 0.015, "better-beyond-margin", "a", (0.95,)),
        (-0.100, 0.015, "better-beyond-margin", "b", (0.95,)),
        (0.010, 0.001, "better-but-equivalent", "a", (0.95, 0.9)),
        (0.030, 0.010, "better", "a", (0.95,)),
        (0.000, 0.008, "equivalent", None, (0.9,)),
        (0.015, 0.010, "not-worse", None, (0.95, 0.9)),
        (0.000, 0.030, "inconclusive", None, (0.95,)),
    ],
)
def test_every_rule_is_reached(d, error, rule, winner, levels):
    found = decided(Difference(d, error), smallest=50)
    assert (found.rule, found.winner) == (rule, winner)
    assert found.levels == pytest.approx(levels)
    assert found.unadjusted == rule
    assert found.is_verdict


def test_a_red_audit_item_withholds_the_verdict():
    found = decided(Difference(0.1, 0.01), smallest=50, violated=True)
    assert found.rule == "protocol-violated"
    assert not found.is_verdict
    assert found.not_worse == found.levels == ()


@pytest.mark.parametrize(("smallest", "rule"), [(9, "too-few-cases"), (10, "better-beyond-margin")])
def test_nine_cases_of_a_class_are_too_few_and_ten_are_not(smallest, rule):
    assert decided(Difference(0.1, 0.01), smallest=smallest).rule == rule


def test_both_sides_that_are_not_worse_are_named():
    assert decided(Difference(0.0, 0.008)).not_worse == ("a", "b")
    assert decided(Difference(0.015, 0.010)).not_worse == ("a",)
    assert decided(Difference(-0.015, 0.010)).not_worse == ("b",)
    assert decided(Difference(0.0, 0.030)).not_worse == ()


def test_what_only_the_correction_takes_away_is_told():
    found = decided(Difference(0.05, 0.0225), factor=2)
    assert (found.rule, found.unadjusted) == ("not-worse", "better")


def test_a_permutation_that_finds_nothing_takes_the_verdict_back():
    assert decided(Difference(0.03, 0.01), permuted=0.2).rule not in BETTER


def test_non_inferiority_is_not_corrected():
    one = decided(Difference(0.015, 0.010))
    several = decided(Difference(0.015, 0.010), factor=10)
    assert one.rule == several.rule == "not-worse"


@pytest.mark.parametrize(("margin", "alpha"), [(0.0, 0.05), (0.02, 0.5), (0.02, 0.0)])
def test_a_margin_or_alpha_that_is_none_is_refused(margin, alpha):
    raw = p_values(Difference(0.0, 0.01))
    with pytest.raises(ValueError, match="margin above 0"):
        ladder(Difference(0.0, 0.01), raw, raw, margin=margin, alpha=alpha)


def test_a_correction_that_lowers_a_p_value_is_refused():
    found = Difference(0.01, 0.01)
    with pytest.raises(ValueError, match="below the raw one"):
        ladder(found, p_values(found, 2), p_values(found), margin=MARGIN, alpha=ALPHA)


@pytest.mark.slow
@given(differences, factors, st.floats(0, 1))
def test_swapping_the_sides_mirrors_the_decision(found, factor, permuted):
    one, other = decided(found, factor, permuted), decided(found.mirrored(), factor, permuted)
    swapped = {"a": "b", "b": "a", None: None}
    assert one.rule == other.rule
    assert one.unadjusted == other.unadjusted
    assert one.levels == other.levels
    assert swapped[one.winner] == other.winner
    assert {swapped[side] for side in one.not_worse} == set(other.not_worse)


@pytest.mark.slow
@given(differences, factors, st.floats(0, 1))
def test_no_rule_contradicts_the_intervals_that_it_is_shown_with(found, factor, permuted):
    decision = decided(found, factor, permuted)
    limits = {round(level, 3): found.interval(level) for level in decision.levels}
    if decision.rule in BETTER:
        low, high = limits[0.95]
        assert low > 0 if decision.winner == "a" else high < 0
    if decision.rule == "better-beyond-margin":
        assert limits[0.95][0] > MARGIN or limits[0.95][1] < -MARGIN
    if decision.rule in ("equivalent", "better-but-equivalent"):
        assert -MARGIN < limits[0.9][0] <= limits[0.9][1] < MARGIN
    if decision.rule == "inconclusive" and decision.unadjusted == "inconclusive" and not permuted:
        assert limits[0.95][0] <= 1e-9
        assert limits[0.95][1] >= -1e-9
    for side in decision.not_worse:
        lower, upper = found.interval(0.9)
        assert lower > -MARGIN - 1e-9 if side == "a" else upper < MARGIN + 1e-9


@pytest.mark.slow
@given(differences, factors)
def test_a_correction_never_says_more(found, factor):
    order = ["inconclusive", "not-worse", "equivalent", "better", "better-but-equivalent"]
    one, corrected = decided(found), decided(found, factor)
    assert corrected.unadjusted == one.rule
    if one.rule not in BETTER:
        assert order.index(corrected.rule) <= order.index(one.rule)
    assert corrected.winner in (None, one.winner)
