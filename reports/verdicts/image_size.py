"""At which image sizes does a side lead?"""

from dataclasses import replace

from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.analysis.pairs.pair_tests import corrected
from reports.evidence import SIDES, ImageSize
from reports.verdicts.rules import ruled


def by_image_size(compared: DatasetComparison) -> tuple[ImageSize, ...]:
    """The sides compared once for each size of the study, smallest first, on the same test part.

    () where the study has a single size.
    """
    found = []
    for side in compared.study.sizes:
        own = compared
        if side != compared.study.size:
            runs = tuple(r for r in compared.data.other_sizes if r.run.trial.size == side)
            data = replace(compared.data, scored=runs, resampled=(), other_sizes=())
            own = DatasetComparison(data, compared.study)
        deep, classical = (own.candidates.champion(each) for each in SIDES)
        if own.obstacle or deep is None or classical is None:
            continue
        found.append((side, own.pair(deep, classical, prospects=False)))
    sizes = []
    judged = corrected([pair for _, pair in found])
    for (side, _), pair in zip(found, judged, strict=True):
        ruling = ruled(pair)
        better = ruling.rule.startswith("better")
        ahead = SIDES[ruling.winner == "b"] if better and ruling.winner else None
        sizes.append(ImageSize(side, pair, ruling.rule, ahead))
    return tuple(sizes)
