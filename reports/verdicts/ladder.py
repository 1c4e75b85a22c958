"""What may be concluded of one difference: the first rule that holds, from numbers alone.

The ladder goes from the strongest conclusion to the weakest. It knows nothing of methods, data sets
or words: what it decides is told elsewhere, with the intervals that belong to the tests.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from reports.statistics.contrast import TOO_FEW

Position = Literal["a", "b"]

LadderRule = Literal[
    "protocol-violated",
    "too-few-cases",
    "better-beyond-margin",
    "better-but-equivalent",
    "better",
    "equivalent",
    "not-worse",
    "inconclusive",
]

BETTER: tuple[LadderRule, ...] = ("better-beyond-margin", "better-but-equivalent", "better")
"""The rules that say that one of the two is better."""


class Tested(Protocol):
    """An estimated difference a − b, with intervals and tests that agree with each other."""

    @property
    def d(self) -> float:
        """The estimate."""
        ...

    def interval(self, level: float) -> tuple[float, float]:
        """Interval of this level."""
        ...


@dataclass(frozen=True)
class PValues:
    """Of one difference.

    Attributes:
        difference: two-sided, of no difference.
        equivalence: the larger of two one-sided ones, of |d| ≥ margin.
        beyond: two-sided, of |d| ≤ margin.
        a_not_worse, b_not_worse: one-sided, of d ≤ −margin and of d ≥ margin.
    """

    difference: float
    equivalence: float
    beyond: float
    a_not_worse: float
    b_not_worse: float


@dataclass(frozen=True)
class Decision:
    """What the ladder says.

    Attributes:
        rule: the first that holds.
        winner: the better one of the two, None where none is shown to be better.
        not_worse: those that are shown not to be worse by more than the margin. Of every rule with
            a verdict, so that none is left out in words.
        levels: of the intervals that the conclusion rests on: 1 − α for a difference, 1 − 2α for
            equivalence and for one-sided tests; both where both are spoken of.
        unadjusted: the rule that would hold without the correction for several data sets; where it
            is another one, an interval may say more than the verdict does, and words must say why.
    """

    rule: LadderRule
    winner: Position | None
    not_worse: tuple[Position, ...]
    levels: tuple[float, ...]
    unadjusted: LadderRule

    @property
    def is_verdict(self) -> bool:
        """Whether the difference was judged at all."""
        return self.rule not in ("protocol-violated", "too-few-cases")


def ladder(
    difference: Tested,
    raw: PValues,
    adjusted: PValues,
    *,
    margin: float,
    alpha: float,
    smallest: int | None = None,
    violated: bool = False,
) -> Decision:
    """The first rule that holds.

    A rule needs both its test and the interval that it is shown with, so that the two cannot
    contradict each other. One-sided non-inferiority is never corrected for several data sets, and
    has the same level wherever it is asked.

    Args:
        difference: a − b.
        raw: its p values.
        adjusted: those corrected for several data sets (Holm); the same as `raw` for one.
        margin: smallest difference that matters, δ.
        alpha: error rate.
        smallest: deciding test cases (patients, where known) of the smallest class; None where no
            single data set is judged.
        violated: whether an audit item is red.

    Raises:
        ValueError: if a corrected p value is below the raw one, the margin is not above 0, or alpha
            is not between 0 and 0.5.
    """
    _check(raw, adjusted, margin, alpha)
    if violated:
        return Decision("protocol-violated", None, (), (), "protocol-violated")
    if smallest is not None and smallest < TOO_FEW:
        return Decision("too-few-cases", None, (), (), "too-few-cases")
    rule, levels = _first(difference, adjusted, margin, alpha)
    unadjusted, _ = _first(difference, raw, margin, alpha)
    winner: Position | None = None
    if rule in BETTER:
        winner = "a" if difference.d > 0 else "b"
    able: tuple[tuple[Position, float], ...] = (("a", raw.a_not_worse), ("b", raw.b_not_worse))
    not_worse = tuple(side for side, p in able if p < alpha)
    return Decision(rule, winner, not_worse, levels, unadjusted)


def _first(
    difference: Tested, p: PValues, margin: float, alpha: float
) -> tuple[LadderRule, tuple[float, ...]]:
    two_sided, one_sided = 1 - alpha, 1 - 2 * alpha
    low, high = difference.interval(two_sided)
    lower, upper = difference.interval(one_sided)
    equivalent = p.equivalence < alpha and -margin < lower and upper < margin
    if p.difference < alpha and (low > 0 or high < 0):
        if p.beyond < alpha and (low > margin or high < -margin):
            return "better-beyond-margin", (two_sided,)
        if equivalent:
            return "better-but-equivalent", (two_sided, one_sided)
        return "better", (two_sided,)
    if equivalent:
        return "equivalent", (one_sided,)
    if min(p.a_not_worse, p.b_not_worse) < alpha:
        return "not-worse", (two_sided, one_sided)
    return "inconclusive", (two_sided,)


def _check(raw: PValues, adjusted: PValues, margin: float, alpha: float) -> None:
    if not margin > 0 or not 0 < alpha < 0.5:
        raise ValueError(
            f"a margin above 0 and an alpha between 0 and 0.5 are needed: {margin}, {alpha}"
        )
    pairs = (
        (raw.difference, adjusted.difference),
        (raw.equivalence, adjusted.equivalence),
        (raw.beyond, adjusted.beyond),
    )
    if any(corrected < own - 1e-12 for own, corrected in pairs):
        raise ValueError(f"a corrected p value is below the raw one: {raw}, {adjusted}")
