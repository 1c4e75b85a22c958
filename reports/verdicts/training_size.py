"""From how many training images on does a side lead?"""

from dataclasses import replace
from statistics import fmean

from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.analysis.pairs.pair_tests import corrected
from reports.evidence import SIDES, TrainingSize
from reports.verdicts.rules import ruled


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
        deep, classical = (own.candidates.champion(side) for side in SIDES)
        if own.obstacle or deep is None or classical is None:
            continue
        pair = own.pair(deep, classical, prospects=False)
        known = [
            run.run.n_train for run in own.candidates.runs[deep.name] if run.run.n_train is not None
        ]
        found.append((share, fmean(known) if known else None, pair))
    judged = corrected([pair for _, _, pair in found])
    sizes = []
    for (share, n_train, _), pair in zip(found, judged, strict=True):
        ruling = ruled(pair)
        better = ruling.rule.startswith("better")
        ahead = SIDES[ruling.winner == "b"] if better and ruling.winner else None
        sizes.append(TrainingSize(share, n_train, pair, ruling.rule, ahead))
    return tuple(sizes)
