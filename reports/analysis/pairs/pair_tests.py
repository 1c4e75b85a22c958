"""From tested differences to the numbers that a verdict is given on."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

from reports.analysis.pairs.paired import IDENTICAL, Paired, Tested
from reports.evidence import Estimate, HypothesisTest, PairTest, Posterior
from reports.evidence.pair import largest_difference
from reports.statistics.multiplicity import holm
from reports.statistics.posterior import posterior
from reports.statistics.sample_size import cases_for_difference, cases_for_interval

_TESTS = tuple(f.name for f in fields(PairTest) if f.type is HypothesisTest)


def pair_tests(
    paired: Paired,
    names: Sequence[tuple[str, str]],
    *,
    margin: float,
    alpha: float,
    n_cases: int | None,
    n_candidates: Mapping[str, int] | None = None,
    prospects: bool = True,
    classes: int = 2,
) -> list[PairTest]:
    """Every test of the differences of some pairs, Holm's corrections still to be made.

    Args:
        paired: the measure of all methods.
        names: of two methods each, a and b.
        margin: smallest difference that matters.
        alpha: error rate; the intervals have level 1 - alpha.
        n_cases: test cases, None where it makes no sense to ask for more of them.
        n_candidates: method → among how many methods with several seeds it was chosen, 1 if
            missing.
        prospects: whether to say what could have been found, which takes far longer than the rest.
        classes: of the data set, on which the largest difference of some measures depends.
    """
    largest = largest_difference(paired.measure, classes)
    tested = paired.tested(names, n_candidates)
    found = []
    for (a, b), one in zip(names, tested, strict=True):
        pair = _pair_test(paired, a, b, one, margin, alpha, largest)
        if prospects:
            pair = _with_prospects(paired, pair, one, n_cases, n_candidates, largest)
        found.append(pair)
    return found


def _pair_test(
    paired: Paired, a: str, b: str, tested: Tested, margin: float, alpha: float, largest: float
) -> PairTest:
    d = tested.difference

    def test(p: float, level: float) -> HypothesisTest:
        low, high = d.interval(level)
        return HypothesisTest(p, p, max(-largest, low), min(largest, high), level)

    superiority = test(tested.p, 1 - alpha)
    return PairTest(
        a=a,
        b=b,
        measure=paired.measure,
        value_a=paired.value(a),
        value_b=paired.value(b),
        difference=Estimate(d.d, superiority.low, superiority.high, tested.test),
        se=d.se,
        se_cases=d.se_cases,
        se_seeds=d.se_seeds,
        df=None if math.isinf(d.df) else float(d.df),
        test=tested.test,
        superiority=superiority,
        margin_superiority=test(d.p_beyond(margin), 1 - alpha),
        equivalence=test(d.p_equivalence(margin), 1 - 2 * alpha),
        non_inferiority_a=test(d.p_above(-margin), 1 - 2 * alpha),
        non_inferiority_b=test(d.mirrored().p_above(-margin), 1 - 2 * alpha),
        posterior=Posterior(*posterior(d, margin)),
        margin=margin,
        alpha=alpha,
        minimum_detectable=None,
        cases_for_difference=None,
        cases_for_interval=None,
        stretch_below=d.stretch_below,
        stretch_above=d.stretch_above,
        seeds_below=d.seeds_below,
        seeds_above=d.seeds_above,
        resamples=tested.resamples,
    )


def _with_prospects(
    paired: Paired,
    pair: PairTest,
    tested: Tested,
    n_cases: int | None,
    n_candidates: Mapping[str, int] | None,
    largest: float,
) -> PairTest:
    """With the smallest |d| that is detectable whichever is better, and how many cases δ takes."""
    model = paired.model(pair.a, pair.b, n_candidates)
    if model is None or tested.test.startswith(IDENTICAL):
        least = tested.difference.minimum_detectable(pair.alpha)
        possible = least is not None and least <= largest
        return replace(pair, minimum_detectable=least if possible else None)
    worse = min(pair.value_a.value, pair.value_b.value)
    if pair.value_a.value < pair.value_b.value:
        model = model.mirrored()
    each = [way.minimum_detectable(worse) for way in model.either_way()]
    found = [least for least in each if least is not None]
    pair = replace(pair, minimum_detectable=max(found) if len(found) == len(each) else None)
    if n_cases is None or not 0 < worse < 1 or not pair.margin < 1:
        return pair
    to_find = cases_for_difference(model, worse, pair.margin)
    as_narrow = cases_for_interval(model, worse, pair.margin)
    return replace(
        pair,
        cases_for_difference=None if to_find is None else math.ceil(to_find * n_cases),
        cases_for_interval=None if as_narrow is None else math.ceil(as_narrow * n_cases),
    )


def corrected(pairs: Sequence[PairTest]) -> list[PairTest]:
    """The same pairs with Holm's corrections over all of them."""
    if len(pairs) < 2:
        return list(pairs)
    adjusted = []
    for name in _TESTS:
        tests: list[HypothesisTest] = [getattr(pair, name) for pair in pairs]
        holm_p = holm([test.p for test in tests])
        adjusted.append([replace(t, p_holm=p) for t, p in zip(tests, holm_p, strict=True)])
    return [
        replace(pair, **dict(zip(_TESTS, tests, strict=True)))
        for pair, tests in zip(pairs, zip(*adjusted, strict=True), strict=True)
    ]


def estimate(tested: Tested, level: float) -> Estimate:
    """A difference with its interval, which ends at ±1."""
    low, high = tested.difference.interval(level)
    return Estimate(tested.difference.d, max(-1.0, low), min(1.0, high), tested.test)
