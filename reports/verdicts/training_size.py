"""From how many training images on does a side lead?"""

from dataclasses import replace
from statistics import fmean

from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.evidence import TrainingSize
from reports.verdicts.leading import best_pair, leading


def by_training_size(compared: DatasetComparison) -> tuple[TrainingSize, ...]:
    """The sides compared once for each share of the training part, smallest first.

    All shares are judged on the same test part. Where a study has a single share there is nothing
    to compare it with.
    """
    if len(compared.study.fractions) < 2:
        return ()
    found = []
    for share in compared.study.fractions:
        own = compared  # which is of the largest share
        if share < max(compared.study.fractions):
            own = DatasetComparison(compared.data, replace(compared.study, fractions=(share,)))
        pair = best_pair(own)
        if pair is None:
            continue
        runs = own.candidates.runs[pair.pair.a]
        known = [run.run.n_train for run in runs if run.run.n_train is not None]
        found.append((share, fmean(known) if known else None, pair))
    judged = leading([pair for _, _, pair in found])
    return tuple(
        TrainingSize(share, n_train, *told)
        for (share, n_train, _), told in zip(found, judged, strict=True)
    )
