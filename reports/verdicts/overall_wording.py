"""What the answer over all data sets is called, its sentence, and what belongs to it always."""

from collections.abc import Sequence

from reports.evidence import DatasetEvidence, OverallRule, Pooled
from reports.formatting import p_clause, signed
from reports.verdicts.rules import limits

BEYOND = 6
"""With fewer data sets nothing is said beyond them: no signed-rank test of 5 can reach 0.05."""

HEADINGS: dict[OverallRule, str] = {
    "supported": "Supported",
    "refuted": "Refuted",
    "mixed": "Mixed",
    "not-substantiated": "Not substantiated",
    "no-verdict": "No verdict",
}


def overall_sentence(
    rule: OverallRule, pooled: Pooled | None, tally: str, margin: float, kind: str
) -> str:
    """The answer with its numbers; `tally` of the data sets ends it."""
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


def data_sets_by_verdict(
    deep: int, classical: int, equivalent: int, judged: int, counted: int
) -> str:
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


def caveats(datasets: Sequence[DatasetEvidence], n_real: int, n_judged: int) -> tuple[str, ...]:
    """What limits the answer, a sentence each."""
    found = []
    n_generated = len(datasets) - n_real
    if n_generated and not n_real:
        found.append(
            "All data sets are generated. They show what each method can find in images made for "
            "the purpose, and say nothing about medical images."
        )
    elif n_generated:
        found.append(
            f"Only real images count here ({n_real} of {len(datasets)} data sets); the generated "
            "data sets are shown beside them and say nothing about medical images."
        )
    if 0 < n_judged < BEYOND:
        found.append(f"Fewer than {BEYOND} data sets: no inference beyond these data sets.")
    silent = [
        data.card.name
        for data in datasets
        if not data.verdict.is_verdict and not (data.generated and n_real)
    ]
    idle = [
        data.card.name
        for data in datasets
        if data.comparison is not None
        and data.comparison.controls
        and not any(check.passed for check in data.comparison.controls)
        and not (data.generated and n_real)
    ]
    if idle:
        found.append(
            "Neither champion is shown to be better than a control, so that it is not shown that "
            f"anything was learnt: {', '.join(idle)}."
        )
    if silent:
        found.append(f"Without a verdict, and left out here: {', '.join(silent)}.")
    return tuple(found)
