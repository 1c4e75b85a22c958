"""What may be concluded of a difference: the first rule that holds, and what it rests on.

The words of a conclusion are written in `reports.verdicts.wording`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reports.evidence import AuditItem, Estimate, HypothesisTest, PairTest, Rule
from reports.loading.selection import TestSize

TOO_FEW = 10
"""Test cases in the smallest class below which no comparison is made; test patients that have a
case of it, where patients are known: a patient's images are no further cases."""

Position = Literal["a", "b"]


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

    @classmethod
    def of(cls, size: TestSize) -> "Smallest":
        """That of a test part."""
        return cls(size.smallest, size.smallest_class, size.groups is not None)


@dataclass(frozen=True)
class Ruling:
    """What the rules say of a pair.

    Attributes:
        rule: the first that holds.
        pair: the difference with every test of it.
        winner: the better one, or with "not-worse" the one that is not worse; else None.
        decided: the test that decided; None where no verdict is given.
        p: of that test, corrected but with "not-worse"; None where no verdict is given.
        violations: sentences of the red audit items, with "protocol-violated".
    """

    rule: Rule
    pair: PairTest
    winner: Position | None = None
    decided: HypothesisTest | None = None
    p: float | None = None
    violations: tuple[str, ...] = ()


def conclude(pair: PairTest, smallest: Smallest, audit: Sequence[AuditItem]) -> Ruling:
    """The first rule that holds, those that withhold a verdict included.

    Args:
        pair: the difference with its corrected p values.
        smallest: the class of which there is least.
        audit: of the data set.
    """
    red = tuple(i.sentence for i in audit if i.colour == "red" and i.key != "cases")
    if red:
        return Ruling("protocol-violated", pair, violations=red)
    if smallest.number < TOO_FEW:
        return Ruling("too-few-cases", pair)
    return ruled(pair)


def ruled(pair: PairTest) -> Ruling:
    """The rules about differences, from the strongest conclusion to the weakest.

    Args:
        pair: the difference with its corrected p values.
    """
    superiority, equivalence = pair.superiority, pair.equivalence
    different = superiority.p_holm < pair.alpha
    equivalent = equivalence.p_holm < pair.alpha
    if different:
        better: Position = "a" if pair.difference.value > 0 else "b"
        rule: Rule = "better"
        if side_beyond_margin(pair) is not None:
            rule = "better-beyond-margin"
        elif equivalent:
            rule = "better-but-equivalent"
        return Ruling(rule, pair, better, superiority, superiority.p_holm)
    if equivalent:
        return Ruling("equivalent", pair, None, equivalence, equivalence.p_holm)
    able: Position = "a" if pair.non_inferiority_a.p <= pair.non_inferiority_b.p else "b"
    not_worse = pair.non_inferiority_a if able == "a" else pair.non_inferiority_b
    if not_worse.p < pair.alpha:
        return Ruling("not-worse", pair, able, not_worse, not_worse.p)
    return Ruling("inconclusive", pair, None, superiority, superiority.p_holm)


def side_beyond_margin(pair: PairTest) -> Position | None:
    """Which of the two is better by more than the margin, if one is shown to be."""
    if pair.margin_superiority.p_holm >= pair.alpha:
        return None
    low, high = limits(pair.difference)
    return "a" if low > pair.margin else "b" if high < -pair.margin else None


def limits(estimate: Estimate) -> tuple[float, float]:
    """Both ends of an interval; the value itself where there is none."""
    low = estimate.value if estimate.low is None else estimate.low
    high = estimate.value if estimate.high is None else estimate.high
    return low, high
