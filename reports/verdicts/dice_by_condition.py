"""With how many training images, and at which image sizes, does a side segment better?"""

from collections.abc import Mapping
from dataclasses import replace

from reports.analysis.segmentation.comparison import SegmentationComparison
from reports.evidence import ImageSize, PrimaryComparison, TrainingSize
from reports.verdicts.leading import BestPair, led


def dice_by_training_size(
    compared: SegmentationComparison, decided: PrimaryComparison
) -> tuple[TrainingSize, ...]:
    """The sides compared once for each share of the training part, smallest first.

    Shares that the verdict is not about are not corrected (`reports.verdicts.leading`). () where
    the study has a single share.

    Args:
        compared: what can be compared with the largest share.
        decided: the comparison of the verdict, corrected.
    """
    if len(compared.study.fractions) < 2:
        return ()
    found = []
    for share in compared.study.fractions:
        own = replace(compared, study=replace(compared.study, fractions=(share,)))
        primary = decided if share == max(compared.study.fractions) else own.primary()
        if primary is not None:
            found.append(TrainingSize(share, primary.n_train, *led(BestPair.of(primary))))
    return tuple(found)


def dice_by_image_size(
    compared: Mapping[int, SegmentationComparison], size: int | None, decided: PrimaryComparison
) -> tuple[ImageSize, ...]:
    """The sides compared once for each size of the study, on the same test part.

    Sizes that the verdict is not about are not corrected (`reports.verdicts.leading`).

    Args:
        compared: side of the images → what can be compared at it, smallest first; empty where the
            study has a single size.
        size: that the verdict is about.
        decided: the comparison of the verdict, corrected.
    """
    primary = {side: decided if side == size else own.primary() for side, own in compared.items()}
    return tuple(
        ImageSize(side, *led(BestPair.of(one))) for side, one in primary.items() if one is not None
    )
