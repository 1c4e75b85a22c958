"""Which side leads in each of several comparisons beside that of the verdict."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.analysis.pairs.pair_tests import corrected
from reports.evidence import (
    SIDES,
    DatasetEvidence,
    ImageSize,
    MaskComparison,
    PairTest,
    PrimaryComparison,
    Rule,
    Side,
    TrainingSize,
)
from reports.evidence.primary import standing
from reports.verdicts.rules import ruled

Row = TypeVar("Row", TrainingSize, ImageSize, MaskComparison)


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


def led(own: BestPair) -> Led:
    """The rule that holds of a pair with the p values that it has, and the better side."""
    ruling = ruled(own.pair)
    better = ruling.rule.startswith("better")
    ahead = SIDES[ruling.winner == "b"] if better and ruling.winner else None
    return own.pair, ruling.rule, ahead, own.stands_for_deep, own.stands_for_classical


def over_datasets(datasets: Sequence[DatasetEvidence]) -> list[DatasetEvidence]:
    """The same with Holm's corrections of what is shown by training size, image size and masks.

    One row of each is the comparison of the verdict, corrected over the data sets: it keeps those p
    values, so that nothing is called shown there that the verdict does not call so, nor the other
    way round. The other rows of all data sets are a family of their own, since a row that was
    corrected within its data set alone would look surer than the verdict for that reason only. Real
    and generated data sets are apart, as for the verdicts.
    """
    found = list(datasets)
    for generated in (False, True):
        places = [i for i, one in enumerate(datasets) if one.generated is generated]
        own = [datasets[i] for i in places]
        sizes = _corrected(own, [one.sizes for one in own])
        image_sizes = _corrected(own, [one.image_sizes for one in own])
        masks = _corrected(own, [one.masks for one in own])
        for row, i in enumerate(places):
            found[i] = replace(
                found[i], sizes=sizes[row], image_sizes=image_sizes[row], masks=masks[row]
            )
    return found


def _corrected(
    datasets: Sequence[DatasetEvidence], rows: Sequence[tuple[Row, ...]]
) -> list[tuple[Row, ...]]:
    """The rows of every data set with corrections over all but those of the verdicts."""
    verdicts = [None if one.comparison is None else one.comparison.pair for one in datasets]
    family = [
        (i, j)
        for i, own in enumerate(rows)
        for j, row in enumerate(own)
        if row.pair is not verdicts[i]
    ]
    pairs = corrected([rows[i][j].pair for i, j in family])
    found = [list(own) for own in rows]
    for (i, j), pair in zip(family, pairs, strict=True):
        row = rows[i][j]
        best = BestPair(pair, row.stands_for_deep, row.stands_for_classical)
        _, rule, ahead, *_ = led(best)
        found[i][j] = replace(row, pair=pair, rule=rule, ahead=ahead)
    return [tuple(own) for own in found]
