"""At which image sizes does a side lead?"""

from dataclasses import replace

from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.evidence import ImageSize
from reports.verdicts.leading import best_pair, leading


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
        pair = best_pair(own)
        if pair is not None:
            found.append((side, pair))
    judged = leading([pair for _, pair in found])
    return tuple(ImageSize(side, *told) for (side, _), told in zip(found, judged, strict=True))
