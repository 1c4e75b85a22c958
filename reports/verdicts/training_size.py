"""From how many training images on does a side lead?"""

from dataclasses import replace
from statistics import fmean

from reports.analysis.pairs.dataset_comparison import Contest
from reports.analysis.pairs.tests import corrected
from reports.evidence import TrainingSize
from reports.verdicts.rules import SIDES, ruled


def by_training_size(contest: Contest) -> tuple[TrainingSize, ...]:
    """The sides compared once for each share of the training part, smallest first.

    All shares are judged on the same test part. Where a study has a single share there is nothing
    to compare it with.
    """
    if len(contest.study.fractions) < 2:
        return ()
    found = []
    for share in contest.study.fractions:
        own = contest  # which is of the largest share
        if share < max(contest.study.fractions):
            own = Contest(contest.data, replace(contest.study, fractions=(share,)))
        deep, classical = own.champion("deep"), own.champion("classical")
        if own.obstacle or deep is None or classical is None:
            continue
        pair = own.pair(deep, classical, prospects=False)
        known = [run.run.n_train for run in own.runs[deep.name] if run.run.n_train is not None]
        found.append((share, fmean(known) if known else None, pair))
    judged = corrected([pair for _, _, pair in found])
    sizes = []
    for (share, n_train, _), pair in zip(found, judged, strict=True):
        ruling = ruled(pair, *SIDES)
        better = ruling.rule.startswith("better")
        ahead = SIDES[ruling.winner == "b"] if better and ruling.winner else None
        sizes.append(TrainingSize(share, n_train, pair, ruling.rule, ahead))
    return tuple(sizes)
