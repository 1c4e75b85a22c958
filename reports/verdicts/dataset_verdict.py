"""The verdict on one data set: deep against classical."""

from collections.abc import Sequence

from reports.evidence import SIDES, AuditItem, PrimaryComparison, Side, Verdict
from reports.verdicts.rules import Position, Ruling, Smallest, conclude, limits
from reports.verdicts.wording import Words, heading, sentence


def decide(
    comparison: PrimaryComparison | None, obstacle: str, audit: Sequence[AuditItem], margin: float
) -> Verdict:
    """The verdict on one data set.

    Args:
        comparison: the primary comparison with its corrected p values, or None.
        obstacle: why there is none, "" where there is one.
        audit: of the data set.
        margin: the study's.
    """
    if comparison is None:
        return Verdict(
            "side-missing", None, "No verdict", obstacle, None, None, None, None, margin, None, None
        )
    patients = comparison.n_groups is not None
    smallest = Smallest(comparison.n_smallest, comparison.smallest_class, patients)
    ruling = conclude(comparison.pair, smallest, audit)
    return as_verdict(ruling, Words(*SIDES, patients=patients), smallest)


def as_verdict(ruling: Ruling, words: Words, smallest: Smallest) -> Verdict:
    """The verdict on deep (a) against classical (b)."""
    pair = ruling.pair
    low, high = limits(pair.difference)
    sides: dict[Position | None, Side | None] = {"a": SIDES[0], "b": SIDES[1], None: None}
    return Verdict(
        rule=ruling.rule,
        winner=sides[ruling.winner],
        heading=heading(ruling, words),
        sentence=sentence(ruling, words, smallest),
        d=pair.difference.value,
        low=low,
        high=high,
        p=ruling.p,
        margin=pair.margin,
        minimum_detectable=pair.minimum_detectable,
        additional_cases=pair.additional_cases,
    )
