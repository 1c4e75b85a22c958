"""What must hold for any scores: of comparisons, tests and intervals together.

Invariance to strictly monotone maps and to the order of rows, antisymmetry in the two methods,
p between 0 and 1, and intervals that contain what they are intervals of; also for ties, tiny
numbers, one positive, constant, perfect and identical scores, AUCs below 0.5 and rare classes.
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.analysis.measures.measures import RATES, measured
from reports.analysis.pairs.pair_tests import pair_tests
from reports.analysis.pairs.single_split import SingleSplit
from reports.formatting import signed
from reports.loading.selection import TestPart
from reports.statistics.auc import components
from reports.statistics.calibration import calibration_error, recalibration
from reports.statistics.decision_curve import net_benefit
from reports.statistics.intervals import logit_interval, newcombe_interval
from reports.statistics.operating import Rates, confusion, rates, youden_threshold
from reports.statistics.paired_bootstrap import limits, rate_replicates
from reports.statistics.permutation import swap_test
from reports.statistics.rate_intervals import rate_intervals
from reports.statistics.recalibrate import logistic_map
from reports.verdicts.rules import ruled
from reports.verdicts.wording import Words, heading, sentence
from tests.oracles import bootstrap
from tests.oracles import delong_of_scores as delong
from tests.oracles.hand_till import hand_till_interval
from tests.oracles.readings_of_a_curve import partial_auc, sensitivity_at, youden_point
from tests.reports.swaps import swap_weights

pytestmark = pytest.mark.slow

# Strictly monotone on the integers that are drawn, without rounding that could make ties.
MONOTONE = (np.cbrt, np.exp, lambda x: 3 * x - 7, lambda x: x**3 + x, np.arctan)


@st.composite
def comparisons(draw):
    """Truth and two scores with many ties; now and then one is constant, perfect, or both equal."""
    m, n = draw(st.integers(1, 9)), draw(st.integers(1, 12))
    truth = np.array(draw(st.permutations([True] * m + [False] * n)))
    values = st.lists(st.integers(-4, 4), min_size=m + n, max_size=m + n)
    a = np.array(draw(values), dtype=float)
    b = np.array(draw(values), dtype=float)
    kind = draw(st.sampled_from(["any", "any", "any", "constant", "perfect", "identical", "worst"]))
    b = {
        "any": b,
        "constant": np.zeros(m + n),
        "perfect": truth.astype(float),
        "worst": -truth.astype(float),
        "identical": a.copy(),
    }[kind]
    return truth, a, b


def figures(found):
    """All numbers of a comparison but the AUCs' own intervals."""
    return [found.a.auc, found.b.auc, found.d, found.variance, found.z, found.p]


def close(one, other):
    for first, second in zip(one, other, strict=True):
        assert (first is None) == (second is None)
        assert first is None or first == pytest.approx(second, rel=1e-9, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(comparisons(), st.sampled_from(MONOTONE), st.sampled_from(MONOTONE), st.randoms())
def test_monotone_maps_and_the_order_of_rows_change_no_comparison(case, f, g, random):
    truth, a, b = case
    order = list(range(len(truth)))
    random.shuffle(order)
    changed = delong.paired(truth[order], f(a)[order], g(b)[order])
    close(figures(changed), figures(delong.paired(truth, a, b)))
    other = delong.unpaired(truth[order], f(a)[order], truth[order], g(b)[order])
    plain = delong.unpaired(truth, a, truth, b)
    close([other.d, other.t, other.df, other.p], [plain.d, plain.t, plain.df, plain.p])
    assert partial_auc(truth[order], f(a)[order]).raw == pytest.approx(partial_auc(truth, a).raw)
    weights, mapped = (
        swap_weights(truth, a, b),
        swap_weights(truth[order], f(a)[order], g(b)[order]),
    )
    np.testing.assert_allclose(mapped, weights[order], atol=1e-15)


@settings(max_examples=25, deadline=None)
@given(comparisons(), st.sampled_from(MONOTONE))
def test_monotone_maps_do_not_change_the_p_of_the_permutation_test(case, f):
    truth, a, b = case
    plain = swap_test(swap_weights(truth, a, b)[None], repetitions=499)
    assert swap_test(swap_weights(truth, f(a), b)[None], repetitions=499) == plain
    assert 1 / 500 <= plain[0] <= 1


@settings(max_examples=60, deadline=None)
@given(comparisons())
def test_swapping_the_methods_negates_the_difference_and_keeps_p(case):
    truth, a, b = case
    found, swapped = delong.paired(truth, a, b), delong.paired(truth, b, a)
    assert swapped.d == pytest.approx(-found.d, abs=1e-15)
    if found.p is None:
        assert swapped.p is None
        return
    assert swapped.z == pytest.approx(-found.z, abs=1e-9)
    assert swapped.p == pytest.approx(found.p, abs=1e-9)
    assert swapped.interval == pytest.approx((-found.interval[1], -found.interval[0]), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(comparisons(), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_p_lies_between_0_and_1_and_intervals_contain_their_estimate(case, level):
    truth, a, b = case
    m, n = int(truth.sum()), int((~truth).sum())
    found = delong.paired(truth, a, b, level)
    for one in (found.a, found.b):
        assert 0 <= one.auc <= 1
        low, high = newcombe_interval(one.auc, m, n, level)
        assert 0 <= low <= one.auc <= high <= 1
        assert low < high
        if one.interval is not None:
            assert 0 <= one.interval[0] <= one.auc <= one.interval[1] <= 1
            if 0 < one.auc < 1:
                low, high = logit_interval(one.auc, math.sqrt(one.variance), 1.96)
                assert 0 <= low <= one.auc + 1e-12
                assert one.auc - 1e-12 <= high <= 1
    if found.p is not None:
        assert 0 <= found.p <= 1
        assert found.interval[0] <= found.d <= found.interval[1]
        assert found.variance >= 0
    if np.array_equal(a, b):
        assert found.d == 0
        assert found.p in (1, None)


@settings(max_examples=40, deadline=None)
@given(comparisons())
def test_readings_of_a_curve_are_shares(case):
    truth, a, _ = case
    part = partial_auc(truth, a)
    assert 0 <= part.raw <= 0.1 + 1e-12
    assert part.corrected is None or 0.5 - 1e-9 <= part.corrected <= 1
    fixed = sensitivity_at(truth, a, 0.9)
    assert 0 <= fixed.attainable <= fixed.interpolated + 1e-12 <= 1 + 1e-12
    youden = youden_point(truth, a)
    assert 1 - 1e-12 <= youden.sensitivity + youden.specificity <= 2
    assert math.isfinite(youden_threshold(truth, a))


@settings(max_examples=25, deadline=None)
@given(comparisons())
def test_probabilities_of_any_kind_have_finite_or_absent_figures(case):
    truth, a, b = case
    for p in ((a + 4) / 8, (b - b.min()) / max(1.0, float(np.ptp(b)))):
        found = recalibration(truth, p)
        for value in (found.slope, found.slope_error, found.intercept, found.in_the_large):
            assert value is None or math.isfinite(value)
        assert all(math.isfinite(x) for x in calibration_error(truth, p))
        assert np.isfinite(net_benefit(truth, p, [0.1, 0.9]).method).all()
        columns = np.column_stack([1 - p, p])
        mapped = logistic_map(truth.astype(np.int64), columns).apply(columns)
        assert np.isfinite(mapped).all()


@settings(max_examples=25, deadline=None)
@given(comparisons(), st.booleans())
def test_bootstraps_of_any_kind_are_finite(case, grouped):
    truth, a, b = case
    labels = truth.astype(np.int64)
    units = np.arange(len(labels)) // 2 if grouped else None
    scores = np.stack([a, b])
    columns = np.stack([-scores, scores], axis=2)
    drawn = bootstrap.auc_replicates(labels, columns, 1, units, repetitions=40)
    assert drawn.shape == (40, 2)
    assert ((drawn >= 0) & (drawn <= 1)).all()
    value = components(labels, columns, 1).auc
    low, high = bootstrap.percentile_interval(value[0], drawn[:, 0])
    assert 0 <= low <= value[0] <= high <= 1
    tested = bootstrap.difference_test(value[0] - value[1], drawn[:, 0] - drawn[:, 1])
    assert math.isfinite(tested.z)
    assert 0 <= tested.p <= 1
    found = rate_intervals(labels, (a > 0).astype(np.int64)[None], 2, 1, units, repetitions=40)
    assert np.isfinite(np.array(found)).all()
    assert (np.array(found.low) <= np.array(found.value)).all()
    assert (np.array(found.value) <= np.array(found.high)).all()
    # MCC alone may be negative.
    assert min(found.low[:-1]) >= 0
    assert max(found.high) <= 1 + 1e-12


def split(truth, a, b, grouped):
    """Two methods as a report compares them, with their scores between 0 and 1."""
    n = len(truth)
    groups = (np.arange(n) // 2).astype(str) if grouped else None
    part = TestPart(None, np.arange(n).astype(str), truth.astype(np.int64), groups)
    columns = {name: np.stack([-own, own], axis=1)[None] for name, own in (("a", a), ("b", b))}
    return SingleSplit(columns, part, 1, 0.95)


@settings(max_examples=30, deadline=None)
@given(comparisons(), st.sampled_from(MONOTONE), st.booleans(), st.randoms())
def test_the_comparison_of_a_report_is_antisymmetric_and_keeps_to_ranks(case, f, grouped, random):
    truth, a, b = case
    found = split(truth, a, b, grouped)
    (forward,), (backward,) = found.tested([("a", "b")]), found.tested([("b", "a")])
    assert backward.difference.d == pytest.approx(-forward.difference.d, abs=1e-12)
    assert backward.p == pytest.approx(forward.p, abs=1e-9)
    assert 0 <= forward.p <= 1
    low, high = forward.difference.interval(0.95)
    assert low <= forward.difference.d <= high
    back_low, back_high = backward.difference.interval(0.95)
    assert (back_low, back_high) == pytest.approx((-high, -low), abs=1e-9)
    for margin in (0.02, 0.2):
        assert 0 <= forward.difference.p_equivalence(margin) <= 1
        assert 0 <= forward.difference.p_beyond(margin) <= 1
    one = found.value("a")
    assert 0 <= one.low <= one.value <= one.high <= 1
    mapped = split(truth, f(a), b, grouped)
    assert mapped.value("a").low == pytest.approx(one.low, abs=1e-9)
    assert mapped.tested([("a", "b")])[0].p == pytest.approx(forward.p, abs=1e-9)
    if not grouped:
        order = list(range(len(truth)))
        random.shuffle(order)
        shuffled = split(truth[order], a[order], b[order], False)
        assert shuffled.difference("a", "b").d == pytest.approx(forward.difference.d, abs=1e-12)
        assert shuffled.difference("a", "b").se == pytest.approx(forward.difference.se, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(comparisons(), st.booleans(), st.sampled_from([0.02, 0.1]))
def test_the_words_of_a_verdict_are_those_of_its_numbers(case, grouped, margin):
    truth, a, b = case
    (pair,) = pair_tests(
        split(truth, a, b, grouped),
        [("a", "b")],
        margin=margin,
        alpha=0.05,
        n_cases=len(truth),
        prospects=False,
    )
    low, high = pair.difference.low, pair.difference.high
    ruling = ruled(pair)
    words = Words("a", "b")
    d = pair.difference.value
    if ruling.rule.startswith("better"):
        assert pair.superiority.p_holm < 0.05
        assert ruling.winner == ("a" if d > 0 else "b")
        assert low > 0 or high < 0
        assert heading(ruling, words).startswith(f"{ruling.winner} better")
    else:
        assert pair.superiority.p_holm >= 0.05
    beyond = ruling.rule == "better-beyond-margin"
    assert beyond == (low > margin or high < -margin) or pair.superiority.p_holm >= 0.05
    if "equivalent" in ruling.rule:
        assert pair.equivalence.p < 0.05
        assert -margin < d < margin
    if ruling.rule == "inconclusive":
        assert pair.equivalence.p >= 0.05
        assert min(pair.non_inferiority_a.p, pair.non_inferiority_b.p) >= 0.05
    told_in = sentence(ruling, words)
    told = [low, high] if ruling.rule == "inconclusive" else [d, low, high]
    assert all(signed(number) in told_in for number in told)


@settings(max_examples=25, deadline=None)
@given(comparisons(), st.booleans(), st.sampled_from(sorted(RATES)))
def test_the_bootstrap_of_a_difference_is_of_differences(case, grouped, measure):
    truth, a, b = case
    labels = truth.astype(np.int64)
    units = np.arange(len(labels)) // 2 if grouped else None
    decided = [(score > 0).astype(np.int64)[None] for score in (a, b)]
    column = RATES[measure]
    drawn = rate_replicates(labels, tuple(decided), 2, 1, column, units, repetitions=60)
    assert drawn.shape == (60,)
    assert (np.abs(drawn) <= 2).all()
    assert len(np.unique(drawn)) > 1
    probabilities = np.stack([np.stack([-x, x], axis=1) for x in (a, b)])
    each = measured(measure, labels, probabilities, np.array([0.5, 0.5]), 1, units)
    d, variance = each.contrast(np.array([1.0, -1.0]))
    assert variance >= 0
    plain = [getattr(rates(confusion(labels, x[0], 2), 1), Rates._fields[column]) for x in decided]
    assert d == pytest.approx(plain[0] - plain[1], abs=1e-12)
    low, high = limits(d, drawn, 0.95, 2.0, len(labels))
    assert low <= d <= high


def test_two_percent_of_positives_are_enough_for_every_figure():
    rng = np.random.default_rng(0)
    truth = np.arange(1000) < 20
    a, b = rng.normal(size=1000) + 2 * truth, rng.normal(size=1000) + truth
    found = delong.paired(truth, a, b)
    assert 0 < found.p < 0.05
    assert found.variance > 0
    assert 0 < partial_auc(truth, a).corrected < 1
    assert 0 < sensitivity_at(truth, a, 0.95).attainable < 1


@pytest.mark.parametrize("grouped", [False, True])
def test_seven_classes_one_of_five_cases_have_every_figure(grouped):
    rng = np.random.default_rng(1)
    labels = rng.permutation(np.repeat(np.arange(7), [200, 90, 60, 40, 30, 15, 5]))
    logits = rng.normal(size=(2, 440, 7))
    logits[:, np.arange(440), labels] += 1
    scores = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    units = np.arange(440) // 3 if grouped else None
    found = delong.plain_difference(components(labels, scores, None, units), *np.eye(2))
    assert found.variance > 0
    assert 0 < found.p <= 1
    assert found.a.interval[0] < found.a.auc < found.a.interval[1]
    order = rng.permutation(440)
    shuffled = components(labels[order], scores[:, order], None, units[order] if grouped else None)
    close(figures(delong.plain_difference(shuffled, *np.eye(2))), figures(found))
    one = hand_till_interval(labels, scores[0], units)
    assert 0 < one.low < one.value < one.high < 1
    decided = scores.argmax(axis=2)
    measures = rate_intervals(labels, decided, 7, None, units, repetitions=60)
    assert np.isfinite(np.array(measures)).all()
