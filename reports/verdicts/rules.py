"""What may be concluded on one data set: the first rule that holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reports.evidence import AuditItem, Comparison, Estimate, PairTest, Rule, Side, Verdict
from reports.formatting import count, p_clause, plural, score, signed

TOO_FEW = 10
"""Test cases in the smallest class below which no comparison is made; test patients that have a
case of it, where patients are known: a patient's images are no further cases."""

MANY = 1_000_000
"""More cases than this are not counted out."""

Position = Literal["a", "b"]

SIDES: tuple[Side, Side] = ("deep", "classical")


@dataclass(frozen=True)
class Smallest:
    """The class of which a test part has the fewest cases, or the fewest patients.

    Attributes:
        number: cases, or patients that have one.
        name: of the class.
        patients: whether patients are counted.
    """

    number: int
    name: str
    patients: bool = False

    def __str__(self) -> str:
        """For example "9 test patients of “malignant”"."""
        unit = "test patient" if self.patients else "test case"
        return f"{plural(self.number, unit)} of “{self.name}”"


@dataclass(frozen=True)
class Ruling:
    """What the rules about differences say of a pair.

    Attributes:
        rule: the first that holds.
        winner: the better one, or with "not-worse" the one that is not worse; else None.
        heading, sentence: the conclusion in a few words, and the rest of it.
        p: of the test that decided, None for no verdict.
    """

    rule: Rule
    winner: Position | None
    heading: str
    sentence: str
    p: float | None


def decide(
    comparison: Comparison | None, obstacle: str, audit: Sequence[AuditItem], margin: float
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
    smallest = Smallest(
        comparison.n_smallest, comparison.smallest_class, comparison.n_groups is not None
    )
    return as_verdict(comparison.pair, conclude(comparison.pair, SIDES, smallest, audit))


def conclude(
    pair: PairTest,
    names: tuple[str, str],
    smallest: Smallest,
    audit: Sequence[AuditItem],
    superiority: str = "Holm p",
) -> Ruling:
    """The first rule that holds, those that withhold a verdict included.

    Args:
        pair: the difference with its corrected p values.
        names: what the two are called.
        smallest: the class of which there is least.
        audit: of the data set.
        superiority: what the corrected p of no difference is called.
    """
    red = [item for item in audit if item.colour == "red" and item.key != "cases"]
    if red:
        sentence = f"The protocol was violated: {' '.join(item.sentence for item in red)}"
        return Ruling("protocol-violated", None, "No verdict", sentence, None)
    if smallest.number < TOO_FEW:
        sentence = _too_few(pair, smallest)
        return Ruling("too-few-cases", None, "No verdict", sentence, None)
    return ruled(pair, *names, superiority, patients=smallest.patients)


def as_verdict(pair: PairTest, found: Ruling) -> Verdict:
    """The verdict on deep (a) against classical (b)."""
    low, high = limits(pair.difference)
    sides: dict[Position | None, Side | None] = {"a": SIDES[0], "b": SIDES[1], None: None}
    return Verdict(
        rule=found.rule,
        winner=sides[found.winner],
        heading=found.heading,
        sentence=found.sentence,
        d=pair.difference.value,
        low=low,
        high=high,
        p=found.p,
        margin=pair.margin,
        minimum_detectable=pair.minimum_detectable,
        additional_cases=pair.additional_cases,
    )


def ruled(
    c: PairTest,
    a: str,
    b: str,
    superiority: str = "Holm p",
    *,
    patients: bool = False,
    symbol: str = "ΔAUC",
) -> Ruling:
    """The rules about differences, from the strongest conclusion to the weakest.

    Args:
        c: the difference with its corrected p values.
        a, b: what the two are called: "deep" and "classical", or names of methods.
        superiority: what the corrected p of no difference is called.
        patients: whether the cases are of known patients.
        symbol: what the difference is called.
    """
    difference = f"{symbol} {signed(c.difference.value)}"
    p_holm = p_clause(c.p_holm, superiority)
    better: Position = "a" if c.difference.value > 0 else "b"
    different = c.p_holm < c.alpha
    equivalent = c.p_equivalence_holm < c.alpha
    low, high = limits(c.difference)
    with_limits = f"{difference} [{signed(low)}, {signed(high)}]"
    beyond = (low > c.margin or high < -c.margin) and c.p_margin_holm < c.alpha
    delta = f"δ = {c.margin:g}"
    name = a if better == "a" else b
    title = name.capitalize() if name in SIDES else name
    if different and beyond:
        heading = f"{title} better, by more than the margin"
        return Ruling(
            "better-beyond-margin", better, heading, f"{with_limits}, {p_holm}.", c.p_holm
        )
    if different and equivalent:
        heading = f"{title} better, but equivalent within ±δ"
        sentence = (
            f"{with_limits}, {p_holm}; the difference is real and too small to matter: it lies "
            f"within ±{delta} ({p_clause(c.p_equivalence_holm, superiority)})."
        )
        return Ruling("better-but-equivalent", better, heading, sentence, c.p_holm)
    if different:
        sentence = f"{with_limits}, {p_holm}; a difference smaller than {delta} is not excluded."
        return Ruling("better", better, f"{title} better", sentence, c.p_holm)
    if equivalent:
        p = p_clause(c.p_equivalence_holm, superiority)
        sentence = f"{with_limits}; it lies within ±{delta} ({p})."
        heading = "Equivalent within ±δ"
        return Ruling("equivalent", None, heading, sentence, c.p_equivalence_holm)
    candidates: tuple[tuple[float, Position], ...] = (
        (c.p_a_not_worse, "a"),
        (c.p_b_not_worse, "b"),
    )
    p_not_worse, able = min(candidates)
    if p_not_worse < c.alpha:
        name = a if able == "a" else b
        heading = f"No difference shown; {name} is not worse by more than δ"
        p = p_clause(p_not_worse, "one-sided p")
        sentence = (
            f"{with_limits}, {p_holm}; that {name} is worse by {delta} or more is excluded ({p}, "
            f"not corrected), that it is better is not shown."
        )
        return Ruling("not-worse", able, heading, sentence, p_not_worse)
    sentence = (
        f"{difference}, {p_holm}. The data are compatible with {signed(low)} to {signed(high)}"
        f"{_needed(c, patients)}"
    )
    heading = "No difference shown (inconclusive)"
    return Ruling("inconclusive", None, heading, sentence, c.p_holm)


def limits(estimate: Estimate) -> tuple[float, float]:
    """Both ends of an interval; the value itself where there is none."""
    low = estimate.value if estimate.low is None else estimate.low
    high = estimate.value if estimate.high is None else estimate.high
    return low, high


def _too_few(c: PairTest, smallest: Smallest) -> str:
    sentence = f"{smallest} cannot support a comparison (at least {TOO_FEW} are needed)"
    if c.minimum_detectable is not None:
        return f"{sentence}; the smallest detectable difference is {score(c.minimum_detectable)}."
    if c.se_cases > 0:
        return f"{sentence}; not even an AUC of 1 would be found better."
    return f"{sentence}."


def _needed(c: PairTest, patients: bool) -> str:
    if c.additional_cases is None:
        if c.se_cases > 0 and c.se_seeds > 0:
            return "; more test cases alone would not settle it, since the seeds vary too much."
        return "."
    whose = ", of further patients," if patients else ""
    if c.additional_cases > MANY:
        return f"; more than {count(MANY)} more cases{whose} would be needed to settle it."
    cases = "case" if c.additional_cases == 1 else "cases"
    needed = f"about {count(c.additional_cases)} more {cases}{whose}"
    return f"; {needed} would be needed to settle it."
