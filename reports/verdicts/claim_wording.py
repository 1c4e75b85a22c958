"""What the verdict on a claim is called, and the sentence that answers it over the data sets."""

from reports.analysis.measures.measures import symbol
from reports.evidence import ClaimOnDataset, MeanDifference, Outcome
from reports.formatting import interval, p_clause, plural, signed
from reports.verdicts.claims import Question
from reports.verdicts.overall_rule import BEYOND
from reports.verdicts.rules import limits
from reports.verdicts.wording import alpha_of, of_level

HEADINGS: dict[Outcome, str] = {
    "supported": "Supported",
    "refuted": "Refuted",
    "mixed": "Mixed",
    "not-substantiated": "Not substantiated",
    "not-tested": "Not tested",
}

Judged = tuple[ClaimOnDataset, ...]
"""A claim on every data set."""


def answer(mean: MeanDifference, counted: Judged, question: Question) -> str:
    """The mean difference with its numbers, and how many data sets say what."""
    low, high = limits(mean.effect)
    alpha = alpha_of(mean.superiority)
    what = symbol(question.measure)
    if len(mean.datasets) > 1:
        what = f"mean {what}"
    d = f"{what[0].upper()}{what[1:]} {signed(mean.effect.value)}"
    one_sided = of_level(mean.equivalence, mean.margin)
    if question.direction == "non-inferiority":
        below = mean.equivalence.low
        where = "lies above" if below > -question.margin else "does not lie above"
        p = p_clause(mean.non_inferiority_a.p, "one-sided p", alpha)
        return f"{d}, {one_sided}, which {where} −δ = −{question.margin:g} ({p}). {tally(counted)}"
    effect = f"{d} {interval(low, high, -mean.margin)}, {p_clause(mean.superiority.p, 'p', alpha)}"
    tost = p_clause(mean.equivalence.p, "TOST p", alpha)
    return f"{effect}; {one_sided}, {tost}. {tally(counted)}"


def tally(counted: Judged, untested: str = "not tested", used: int | None = None) -> str:
    """How many data sets say what, and how far that goes.

    Args:
        counted: the data sets.
        untested: what is said of those that were not tested on their own.
        used: how many the pooled answer rests on, None for those that were tested.
    """
    words: dict[Outcome, str] = {
        "supported": "supported",
        "refuted": "refuted",
        "not-substantiated": "not substantiated",
        "not-tested": untested,
    }
    parts = [
        f"{n} {word}"
        for outcome, word in words.items()
        if (n := sum(one.outcome == outcome for one in counted))
    ]
    text = f"{plural(len(counted), 'data set')}: {', '.join(parts)}."
    if all(one.generated for one in counted):
        text += " All are generated and say nothing about medical images."
    if used is None:
        used = sum(one.outcome != "not-tested" for one in counted)
    if 0 < used < BEYOND:
        text += f" Fewer than {BEYOND} data sets: no inference beyond them."
    return text


def untested(each: Judged) -> str:
    """Why a claim is tested nowhere, in one line."""
    if not each:
        return "None of its data sets is in this study."
    reasons = list(dict.fromkeys(one.sentence for one in each))
    if len(reasons) == 1:
        return reasons[0]
    return " ".join(
        f"{', '.join(one.dataset for one in each if one.sentence == reason)}: {reason}"
        for reason in reasons
    )
