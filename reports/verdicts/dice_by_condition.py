"""With how many training images, and at which image sizes, does a side segment better?"""

from collections.abc import Mapping
from dataclasses import replace

from reports.analysis.segmentation.comparison import SegmentationComparison
from reports.evidence import ImageSize, TrainingSize
from reports.verdicts.leading import BestPair, leading


def dice_by_training_size(compared: SegmentationComparison) -> tuple[TrainingSize, ...]:
    """The sides compared once for each share of the training part, smallest first.

    () where the study has a single share.
    """
    if len(compared.study.fractions) < 2:
        return ()
    found = []
    for share in compared.study.fractions:
        own = replace(compared, study=replace(compared.study, fractions=(share,)))
        primary = own.primary()
        if primary is not None:
            found.append((share, primary.n_train, BestPair.of(primary)))
    judged = leading([pair for _, _, pair in found])
    return tuple(
        TrainingSize(share, n_train, *told)
        for (share, n_train, _), told in zip(found, judged, strict=True)
    )


def dice_by_image_size(compared: Mapping[int, SegmentationComparison]) -> tuple[ImageSize, ...]:
    """The sides compared once for each size of the study, on the same test part.

    Args:
        compared: side of the images → what can be compared at it, smallest first; empty where the
            study has a single size.
    """
    primary = {side: own.primary() for side, own in compared.items()}
    found = [(side, BestPair.of(one)) for side, one in primary.items() if one is not None]
    judged = leading([pair for _, pair in found])
    return tuple(ImageSize(side, *told) for (side, _), told in zip(found, judged, strict=True))
