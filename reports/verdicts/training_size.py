"""From how many training images on does a side lead?"""

from dataclasses import replace
from statistics import fmean

from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.evidence import PrimaryComparison, TrainingSize
from reports.verdicts.leading import BestPair, best_pair, led


def by_training_size(
    compared: DatasetComparison, decided: PrimaryComparison
) -> tuple[TrainingSize, ...]:
    """The sides compared once for each share of the training part, smallest first.

    All shares are judged on the same test part, those that the verdict is not about without a
    correction (`reports.verdicts.leading.over_datasets`). Where a study has a single share there is
    nothing to compare it with.

    Args:
        compared: the two sides with the largest share.
        decided: the comparison of the verdict, corrected.
    """
    if len(compared.study.fractions) < 2:
        return ()
    found = []
    for share in compared.study.fractions:
        own = compared  # which is of the largest share
        pair: BestPair | None = BestPair.of(decided)
        if share < max(compared.study.fractions):
            own = DatasetComparison(compared.data, replace(compared.study, fractions=(share,)))
            pair = best_pair(own)
        if pair is None:
            continue
        runs = own.candidates.runs[pair.pair.a]
        known = [run.run.n_train for run in runs if run.run.n_train is not None]
        found.append(TrainingSize(share, fmean(known) if known else None, *led(pair)))
    return tuple(found)
