"""The answer over all data sets: the ladder on their mean, and whether the sets contradict it.

"Deep learning is better" is the claim; a is deep, b is classical. A set that agrees with the answer
never weakens it: the mean has the error of these data sets only (`reports.statistics.sources`), and
no set needs to be significant by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reports.verdicts.ladder import BETTER, Decision

OverallDecisionRule = Literal[
    "supported",
    "classical-better",
    "no-advantage",
    "mixed",
    "not-substantiated",
    "self-check",
    "no-verdict",
]

BEYOND = 6
"""Independent sources from which on something is said of a further data set."""


@dataclass(frozen=True)
class OverallDecision:
    """The answer.

    Attributes:
        rule: which one holds.
        mean: what the ladder says of the mean; None without any verdict, and where all data sets
            are generated.
        contradiction: why it is "mixed": "sides" where deep is better on one data set and classical
            on another, "beyond-margin" where the mean is equivalent and a set is not; else "".
        further: whether there are enough independent sources for a sentence on a further data set.
    """

    rule: OverallDecisionRule
    mean: Decision | None
    contradiction: Literal["", "sides", "beyond-margin"] = ""
    further: bool = False


def overall_decision(
    mean: Decision | None,
    sets: Sequence[Decision],
    *,
    equivalent: bool,
    n_sources: int,
) -> OverallDecision:
    """The answer over real data sets.

    Args:
        mean: the ladder's decision on the mean difference, None where no data set has a verdict.
        sets: that on every data set; those without a verdict play no part.
        equivalent: whether the mean is shown to lie within ±margin, whatever else is shown.
        n_sources: independent sources among the data sets with a verdict.
    """
    judged = [one for one in sets if one.is_verdict]
    if mean is None or not mean.is_verdict or not judged:
        return OverallDecision("no-verdict", None)
    winners = {one.winner for one in judged if one.rule in BETTER}
    beyond = any(one.rule == "better-beyond-margin" for one in judged)
    further = n_sources >= BEYOND
    if {"a", "b"} <= winners:
        return OverallDecision("mixed", mean, "sides", further)
    if equivalent and beyond:
        return OverallDecision("mixed", mean, "beyond-margin", further)
    return OverallDecision(_of_mean(mean, winners), mean, "", further)


def _of_mean(mean: Decision, winners: set[Literal["a", "b"] | None]) -> OverallDecisionRule:
    if mean.rule in BETTER:
        against = "b" if mean.winner == "a" else "a"
        if against in winners:
            # the mean is within the margin all the same
            return "no-advantage" if mean.rule == "better-but-equivalent" else "not-substantiated"
        return "supported" if mean.winner == "a" else "classical-better"
    if mean.rule == "equivalent":
        return "no-advantage"
    return "not-substantiated"


def self_check(found: Sequence[bool]) -> OverallDecision:
    """The answer where all data sets are generated: nothing is said of medical images.

    Args:
        found: of each data set with a known answer, whether the verdict is that answer.
    """
    return OverallDecision("self-check" if found else "no-verdict", None)
