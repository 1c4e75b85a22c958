"""Mean Dice of every method with other shares of the training part, and at other image sizes."""

from collections.abc import Mapping
from dataclasses import replace

from reports.analysis.pairs.candidates import Chosen
from reports.analysis.segmentation.comparison import SegmentationComparison
from reports.evidence.segmentation import DiceUnder


def by_condition(
    whole: SegmentationComparison, elsewhere: Mapping[int, SegmentationComparison]
) -> tuple[DiceUnder, ...]:
    """The methods with each share, then at each size; nothing of what there is a single one of.

    Args:
        whole: the runs at the size of the verdict, on all test cases.
        elsewhere: side of the images → the runs at it.
    """
    found = []
    shares = whole.study.fractions
    for share in shares if len(shares) > 1 else ():
        own = replace(whole, study=replace(whole.study, fractions=(share,)))
        found += _under(own, share, None)
    sides = {**elsewhere, int(whole.study.size or 0): whole} if elsewhere else {}
    for side, own in sorted(sides.items()):
        found += _under(own, max(shares), side)
    return tuple(found)


def _under(own: SegmentationComparison, share: float, side: int | None) -> list[DiceUnder]:
    found = []
    for name in own.family:
        dice = own.measure(Chosen(name), 0)
        if dice is not None:
            found.append(DiceUnder(name, share, side, own.cases.estimate(dice, 0.0, 1.0)))
    return found
