"""From a tested difference to the numbers that a verdict is given on."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from reports.evidence import Estimate, PairTest
from reports.paired import Tested
from reports.statistics.multiplicity import holm


def pair_test(
    a: str,
    b: str,
    auc_a: Estimate,
    auc_b: Estimate,
    tested: Tested,
    *,
    margin: float,
    alpha: float,
    n_cases: int | None,
) -> PairTest:
    """Every test of a difference, Holm's corrections still to be made.

    Args:
        a, b: names of the methods.
        auc_a, auc_b: their AUCs.
        tested: AUC of a − AUC of b.
        margin: smallest difference that matters.
        alpha: error rate; the interval has level 1 - alpha.
        n_cases: test cases, None where it makes no sense to ask for more of them.
    """
    d = tested.difference
    equivalence, beyond, not_worse = (
        d.p_equivalence(margin),
        d.p_beyond(margin),
        d.p_above(-margin),
    )
    return PairTest(
        a=a,
        b=b,
        auc_a=auc_a,
        auc_b=auc_b,
        difference=estimate(tested, 1 - alpha),
        se=d.se,
        se_cases=d.se_cases,
        se_seeds=d.se_seeds,
        df=None if np.isinf(d.df) else float(d.df),
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
        minimum_detectable=d.minimum_detectable(alpha),
        additional_cases=None if n_cases is None else d.cases_needed(n_cases, margin, alpha),
    )


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
