"""What may be concluded of a difference: the ladder of rules, on the tests that were made of it.

The words of a conclusion are written in `reports.verdicts.wording`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from reports.evidence import AuditItem, Estimate, HypothesisTest, PairTest, Rule
from reports.loading.selection import TestSize
from reports.statistics.contrast import TOO_FEW
from reports.verdicts.ladder import Decision, Position, PValues, ladder

__all__ = [
    "TOO_FEW",
    "Position",
    "Ruling",
    "Smallest",
    "adjusted_p",
    "conclude",
    "limits",
    "raw_p",
    "ruled",
    "side_beyond_margin",
]


class AllTests(Protocol):
    """Every test of a difference."""

    @property
    def superiority(self) -> HypothesisTest:
        """Two-sided, of no difference."""
        ...

    @property
    def margin_superiority(self) -> HypothesisTest:
        """Two-sided, of a difference within the margin."""
        ...

    @property
    def equivalence(self) -> HypothesisTest:
        """Two one-sided tests of a difference beyond the margin."""
        ...

    @property
    def non_inferiority_a(self) -> HypothesisTest:
        """One-sided, of a being worse by the margin."""
        ...

    @property
    def non_inferiority_b(self) -> HypothesisTest:
        """One-sided, of b being worse by the margin."""
        ...


@dataclass(frozen=True)
class Smallest:
    """The class of which a test part has the fewest cases, or the fewest patients.

    Attributes:
        number: cases, or patients that have one.
        name: of the class.
        unit: what is counted, for example "test patient".
    """

    number: int
    name: str
    unit: str = "test case"

    @classmethod
    def of(cls, size: TestSize) -> "Smallest":
        """That of a test part."""
        return cls(size.smallest, size.smallest_class, size.unit)


@dataclass(frozen=True)
class Ruling:
    """What the rules say of a pair.

    Attributes:
        decision: the first rule that holds, and what else is shown.
        pair: the difference with every test of it.
        violations: sentences of the red audit items, with "protocol-violated".
    """

    decision: Decision
    pair: PairTest
    violations: tuple[str, ...] = ()

    @property
    def rule(self) -> Rule:
        """The first that holds."""
        return self.decision.rule

    @property
    def winner(self) -> Position | None:
        """The better one, None where none is shown to be better."""
        return self.decision.winner

    @property
    def p(self) -> float | None:
        """Of the test that decided, corrected where several data sets are; None for no verdict."""
        if not self.decision.is_verdict:
            return None
        if self.rule == "equivalent":
            return self.pair.equivalence.p_holm
        if self.rule == "not-worse":
            tests = {"a": self.pair.non_inferiority_a, "b": self.pair.non_inferiority_b}
            return max(tests[side].p for side in self.decision.not_worse)
        return self.pair.superiority.p_holm


def conclude(pair: PairTest, smallest: Smallest, audit: Sequence[AuditItem]) -> Ruling:
    """The first rule that holds, those that withhold a verdict included.

    Args:
        pair: the difference with its corrected p values.
        smallest: the class of which there is least.
        audit: of the data set.
    """
    red = tuple(i.sentence for i in audit if i.colour == "red" and i.key != "cases")
    return Ruling(_decision(pair, smallest.number, violated=bool(red)), pair, red)


def ruled(pair: PairTest) -> Ruling:
    """The rules about differences, from the strongest conclusion to the weakest.

    Args:
        pair: the difference with its corrected p values.
    """
    return Ruling(_decision(pair), pair)


def raw_p(tests: AllTests) -> PValues:
    """The p values of a difference as they are."""
    return PValues(
        tests.superiority.p,
        tests.equivalence.p,
        tests.margin_superiority.p,
        tests.non_inferiority_a.p,
        tests.non_inferiority_b.p,
    )


def adjusted_p(tests: AllTests) -> PValues:
    """The same after Holm's correction, the one-sided ones of non-inferiority as they are."""
    return PValues(
        tests.superiority.p_holm,
        tests.equivalence.p_holm,
        tests.margin_superiority.p_holm,
        tests.non_inferiority_a.p,
        tests.non_inferiority_b.p,
    )


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


def _decision(pair: PairTest, smallest: int | None = None, *, violated: bool = False) -> Decision:
    return ladder(
        pair.estimated(),
        raw_p(pair),
        adjusted_p(pair),
        margin=pair.margin,
        alpha=pair.alpha,
        smallest=smallest,
        violated=violated,
    )
