"""The answer to the claim, over all data sets of the study."""

from collections.abc import Sequence
from typing import Literal

from scipy import stats

from reports.evidence import (
    DatasetEvidence,
    Estimate,
    OverallRule,
    OverallVerdict,
    PairTest,
    Pooled,
)
from reports.statistics.pooling import random_effects
from reports.verdicts.overall_wording import (
    HEADINGS,
    caveats,
    data_sets_by_verdict,
    overall_sentence,
)
from reports.verdicts.rules import limits


def overall(datasets: Sequence[DatasetEvidence], *, margin: float, alpha: float) -> OverallVerdict:
    """The answer to the claim that deep learning is better, over the data sets.

    Real data sets only, where there are any: generated ones say nothing of medical images.

    Args:
        datasets: of the study.
        margin, alpha: the study's.
    """
    real = [found for found in datasets if not found.generated]
    counted = real or list(datasets)
    kind: Literal["real", "generated", "none"] = (
        "none" if not counted else "real" if real else "generated"
    )
    judged = [found for found in counted if found.verdict.is_verdict]
    better = [found.verdict.winner for found in judged if found.verdict.rule.startswith("better")]
    n_deep, n_classical = better.count("deep"), better.count("classical")
    n_equivalent = sum(found.verdict.rule == "equivalent" for found in judged)
    pooled = pool(
        [(f.card.name, f.comparison.pair) for f in judged if f.comparison],
        margin=margin,
        alpha=alpha,
    )
    rule = _overall_rule(pooled, n_deep, n_classical, len(judged), alpha)
    tally = data_sets_by_verdict(n_deep, n_classical, n_equivalent, len(judged), len(counted))
    return OverallVerdict(
        rule=rule,
        heading=HEADINGS[rule],
        sentence=overall_sentence(rule, pooled, tally, margin, kind),
        caveats=caveats(datasets, len(real), len(judged)),
        pooled=pooled,
        pooled_over=kind,
        deep_better=n_deep,
        classical_better=n_classical,
        equivalent=n_equivalent,
        no_difference=len(judged) - n_deep - n_classical - n_equivalent,
        no_verdict=len(counted) - len(judged),
        counted=len(counted),
    )


def pool(
    comparisons: Sequence[tuple[str, PairTest]], *, margin: float, alpha: float
) -> Pooled | None:
    """Random-effects pool of the differences on data sets of these names, or None without any."""
    if not comparisons:
        return None
    # Half widths, so that the few degrees of freedom of some data sets count as well.
    z = float(stats.norm.ppf(1 - alpha / 2))
    errors = [
        (high - low) / (2 * z) for low, high in (limits(c.difference) for _, c in comparisons)
    ]
    found = random_effects([c.difference.value for _, c in comparisons], errors, 1 - alpha)
    d = found.difference
    low, high = d.interval(1 - alpha)
    one = len(comparisons) == 1
    method = (
        "one data set, nothing pooled"
        if one
        else "random effects (Paule-Mandel), Hartung-Knapp interval"
    )
    if one:
        low, high = limits(comparisons[0][1].difference)
    return Pooled(
        effect=Estimate(d.d, max(-1.0, low), min(1.0, high), method),
        p=comparisons[0][1].superiority.p if one else d.p(),
        p_equivalence=comparisons[0][1].equivalence.p if one else d.p_equivalence(margin),
        tau=found.tau,
        i_squared=found.i_squared,
        prediction_low=max(-1.0, found.prediction[0]) if found.prediction else None,
        prediction_high=min(1.0, found.prediction[1]) if found.prediction else None,
        datasets=tuple(name for name, _ in comparisons),
        weights=tuple(found.weights.tolist()),
        method=method,
    )


def _overall_rule(
    pooled: Pooled | None, deep: int, classical: int, judged: int, alpha: float
) -> OverallRule:
    if pooled is None:
        return "no-verdict"
    low, high = limits(pooled.effect)
    if low > 0 and 2 * deep > judged and classical == 0:
        return "supported"
    if high < 0 or pooled.p_equivalence < alpha:
        return "refuted"
    if deep and classical:
        return "mixed"
    return "not-substantiated"
