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
from reports.formatting import p_clause, signed
from reports.statistics.pooling import random_effects
from reports.verdicts.rules import limits

BEYOND = 6
"""With fewer data sets nothing is said beyond them: no signed-rank test of 5 can reach 0.05."""


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
    tally = _tally(n_deep, n_classical, n_equivalent, len(judged), len(counted))
    return OverallVerdict(
        rule=rule,
        heading=_HEADINGS[rule],
        sentence=_overall_sentence(rule, pooled, tally, margin, kind),
        caveats=_caveats(datasets, len(real), len(judged)),
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
        p=comparisons[0][1].p if one else d.p(),
        p_equivalence=comparisons[0][1].p_equivalence if one else d.p_equivalence(margin),
        tau=found.tau,
        i_squared=found.i_squared,
        prediction_low=max(-1.0, found.prediction[0]) if found.prediction else None,
        prediction_high=min(1.0, found.prediction[1]) if found.prediction else None,
        datasets=tuple(name for name, _ in comparisons),
        weights=tuple(found.weights.tolist()),
        method=method,
    )


_HEADINGS: dict[OverallRule, str] = {
    "supported": "Supported",
    "refuted": "Refuted",
    "mixed": "Mixed",
    "not-substantiated": "Not substantiated",
    "no-verdict": "No verdict",
}


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


def _overall_sentence(
    rule: OverallRule, pooled: Pooled | None, tally: str, margin: float, kind: str
) -> str:
    if pooled is None:
        return f"No verdict could be given on any of the data sets. {tally}".strip()
    low, high = limits(pooled.effect)
    one = len(pooled.datasets) == 1
    effect = (
        f"{'ΔAUC' if one else 'pooled ΔAUC'} {signed(pooled.effect.value)} "
        f"[{signed(low)}, {signed(high)}]"
    )
    images = "generated images" if kind == "generated" else "these images"
    answer = {
        "supported": f"Deep learning is better than classical learning on {images}: {effect}.",
        "refuted": (
            f"Deep learning is worse than classical learning on {images}: {effect}."
            if high < 0
            else f"On {images} both are equivalent within ±δ = {margin:g}: {effect}, "
            f"{p_clause(pooled.p_equivalence, 'equivalence p')}."
        ),
        "mixed": f"The data sets contradict each other: {effect}.",
        "not-substantiated": (
            f"The pooled difference favours deep learning, {effect}, but too few data sets show "
            "it on their own."
            if low > 0
            else f"That deep learning is better is not shown: {effect}; any pooled difference "
            "between these limits is compatible with the data."
        ),
        "no-verdict": "",
    }[rule]
    return f"{answer} {tally}"


def _tally(deep: int, classical: int, equivalent: int, judged: int, counted: int) -> str:
    """How many data sets say what."""
    none = judged - deep - classical - equivalent
    parts = [
        f"{number} {words}"
        for number, words in (
            (deep, "deep better"),
            (classical, "classical better"),
            (equivalent, "equivalent"),
            (none, "no difference shown"),
            (counted - judged, "no verdict"),
        )
        if number
    ]
    sets = "data set" if counted == 1 else "data sets"
    return f"{counted} {sets}: {', '.join(parts)}." if parts else "There is no data set."


def _caveats(datasets: Sequence[DatasetEvidence], n_real: int, n_judged: int) -> tuple[str, ...]:
    caveats = []
    n_generated = len(datasets) - n_real
    if n_generated and not n_real:
        caveats.append(
            "All data sets are generated. They show what each method can find in images made for "
            "the purpose, and say nothing about medical images."
        )
    elif n_generated:
        caveats.append(
            f"Only real images count here ({n_real} of {len(datasets)} data sets); the generated "
            "data sets are shown beside them and say nothing about medical images."
        )
    if 0 < n_judged < BEYOND:
        caveats.append(f"Fewer than {BEYOND} data sets: no inference beyond these data sets.")
    silent = [
        found.card.name
        for found in datasets
        if not found.verdict.is_verdict and not (found.generated and n_real)
    ]
    idle = [
        found.card.name
        for found in datasets
        if found.comparison is not None
        and found.comparison.controls
        and not any(check.passed for check in found.comparison.controls)
        and not (found.generated and n_real)
    ]
    if idle:
        caveats.append(
            "Neither champion is shown to be better than a control, so that it is not shown that "
            f"anything was learnt: {', '.join(idle)}."
        )
    if silent:
        caveats.append(f"Without a verdict, and left out here: {', '.join(silent)}.")
    return tuple(caveats)
