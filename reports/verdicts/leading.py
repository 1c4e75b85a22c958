"""Which side leads in each of several comparisons that are corrected together."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.analysis.pairs.pair_tests import corrected
from reports.evidence import SIDES, PairTest, PrimaryComparison, Rule, Side
from reports.evidence.primary import standing
from reports.verdicts.rules import ruled


@dataclass(frozen=True)
class BestPair:
    """The best deep against the best classical model.

    Attributes:
        pair: every test of their difference.
        stands_for_deep, stands_for_classical: see `reports.evidence.primary.standing`.
    """

    pair: PairTest
    stands_for_deep: str
    stands_for_classical: str

    @classmethod
    def of(cls, primary: PrimaryComparison) -> "BestPair":
        """That of a comparison."""
        return cls(primary.pair, primary.stands_for_deep, primary.stands_for_classical)


Led = tuple[PairTest, Rule, Side | None, str, str]
"""A pair, the rule that holds, the better side, and the models that stand for either."""


def best_pair(compared: DatasetComparison) -> BestPair | None:
    """The best deep against the best classical model; None where they cannot be compared."""
    deep, classical = (compared.candidates.champion(side) for side in SIDES)
    if compared.obstacle or deep is None or classical is None:
        return None
    pair = compared.pair(deep, classical, prospects=False)
    return BestPair(pair, *(standing(one.name, one.times) for one in (deep, classical)))


def leading(pairs: Sequence[BestPair]) -> list[Led]:
    """Each pair with Holm's corrections over all, the rule that holds, and the better side."""
    found = []
    for pair, own in zip(corrected([one.pair for one in pairs]), pairs, strict=True):
        ruling = ruled(pair)
        better = ruling.rule.startswith("better")
        ahead = SIDES[ruling.winner == "b"] if better and ruling.winner else None
        found.append((pair, ruling.rule, ahead, own.stands_for_deep, own.stands_for_classical))
    return found
