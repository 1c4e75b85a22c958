"""Which side leads in each of several comparisons that are corrected together."""

from collections.abc import Sequence

from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.analysis.pairs.pair_tests import corrected
from reports.evidence import SIDES, PairTest, Rule, Side
from reports.verdicts.rules import ruled


def best_pair(compared: DatasetComparison) -> PairTest | None:
    """The best deep against the best classical model; None where they cannot be compared."""
    deep, classical = (compared.candidates.champion(side) for side in SIDES)
    if compared.obstacle or deep is None or classical is None:
        return None
    return compared.pair(deep, classical, prospects=False)


def leading(pairs: Sequence[PairTest]) -> list[tuple[PairTest, Rule, Side | None]]:
    """Each pair with Holm's corrections over all, the rule that holds, and the better side."""
    found = []
    for pair in corrected(pairs):
        ruling = ruled(pair)
        better = ruling.rule.startswith("better")
        ahead = SIDES[ruling.winner == "b"] if better and ruling.winner else None
        found.append((pair, ruling.rule, ahead))
    return found
