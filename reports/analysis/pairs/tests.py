"""From tested differences to the numbers that a verdict is given on."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from reports.analysis.pairs.paired import Paired, Tested
from reports.evidence import Estimate, PairTest
from reports.statistics.multiplicity import holm


def pair_tests(
    paired: Paired,
    names: Sequence[tuple[str, str]],
    *,
    margin: float,
    alpha: float,
    n_cases: int | None,
    n_candidates: Mapping[str, int] | None = None,
    prospects: bool = True,
) -> list[PairTest]:
    """Every test of the differences of some pairs, Holm's corrections still to be made.

    Args:
        paired: the AUCs.
        names: of two methods each, a and b.
        margin: smallest difference that matters.
        alpha: error rate; the intervals have level 1 - alpha.
        n_cases: test cases, None where it makes no sense to ask for more of them.
        n_candidates: method → among how many methods with several seeds it was chosen, 1 if
            missing.
        prospects: whether to say what could have been found, which takes far longer than the rest.
    """
    tested = paired.tested(names, n_candidates)
    found = []
    for (a, b), one in zip(names, tested, strict=True):
        pair = _pair_test(paired, a, b, one, margin, alpha)
        if prospects:
            detectable, more = _prospects(paired, pair, one, n_cases, n_candidates)
            pair = replace(pair, minimum_detectable=detectable, additional_cases=more)
        found.append(pair)
    return found


def _pair_test(
    paired: Paired, a: str, b: str, tested: Tested, margin: float, alpha: float
) -> PairTest:
    d = tested.difference
    equivalence, beyond, not_worse = (
        d.p_equivalence(margin),
        d.p_beyond(margin),
        d.p_above(-margin),
    )
    return PairTest(
        a=a,
        b=b,
        auc_a=paired.auc(a),
        auc_b=paired.auc(b),
        difference=estimate(tested, 1 - alpha),
        se=d.se,
        se_cases=d.se_cases,
        se_seeds=d.se_seeds,
        df=None if math.isinf(d.df) else float(d.df),
        test=tested.test,
        p=tested.p,
        p_holm=tested.p,
        p_equivalence=equivalence,
        p_equivalence_holm=equivalence,
        p_margin=beyond,
        p_margin_holm=beyond,
        p_a_not_worse=not_worse,
        p_a_not_worse_holm=not_worse,
        p_b_not_worse=d.mirrored().p_above(-margin),
        margin=margin,
        alpha=alpha,
        minimum_detectable=None,
        additional_cases=None,
    )


def _prospects(
    paired: Paired,
    pair: PairTest,
    tested: Tested,
    n_cases: int | None,
    n_candidates: Mapping[str, int] | None,
) -> tuple[float | None, int | None]:
    """The smallest detectable difference in the direction seen, and how many more cases to get."""
    model = paired.model(pair.a, pair.b, n_candidates)
    if model is None:
        return tested.difference.minimum_detectable(pair.alpha), None
    if pair.se_cases == 0:  # the same ranks: nothing is known of how they would differ
        return None, None
    better, worse = pair.auc_a.value, pair.auc_b.value
    if better < worse:
        model, better, worse = model.mirrored(), worse, better
    detectable = model.minimum_detectable(worse)
    if n_cases is None:
        return detectable, None
    times = model.cases_needed(better, worse, pair.margin)
    return detectable, None if times is None else math.ceil((times - 1) * n_cases)


def corrected(pairs: Sequence[PairTest]) -> list[PairTest]:
    """The same pairs with Holm's corrections over all of them."""
    if len(pairs) < 2:
        return list(pairs)
    adjusted = zip(
        holm([pair.p for pair in pairs]),
        holm([pair.p_equivalence for pair in pairs]),
        holm([pair.p_margin for pair in pairs]),
        holm([pair.p_a_not_worse for pair in pairs]),
        strict=True,
    )
    return [
        replace(
            pair, p_holm=p, p_equivalence_holm=within, p_margin_holm=beyond, p_a_not_worse_holm=able
        )
        for pair, (p, within, beyond, able) in zip(pairs, adjusted, strict=True)
    ]


def estimate(tested: Tested, level: float) -> Estimate:
    """A difference with its interval, which ends at ±1."""
    low, high = tested.difference.interval(level)
    return Estimate(tested.difference.d, max(-1.0, low), min(1.0, high), tested.test)
