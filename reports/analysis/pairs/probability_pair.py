"""The probabilities of two methods on the same cases: whose are nearer the truth, worth more."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reports.analysis.methods.answers import (
    Answer,
    labels_of,
    patients,
    recalibrated_answers,
    stored_answers,
    whole_seeds,
    whom,
)
from reports.analysis.methods.probabilities import ACT_AT
from reports.analysis.pairs.paired import SEEDS, procedure
from reports.evidence import BenefitDifference, BrierDifference, Estimate, ProbabilityPair
from reports.evidence.pair import largest_difference
from reports.loading.selection import DatasetRuns, ScoredRun
from reports.statistics.decision_curve import benefit_difference
from reports.statistics.losses import brier_losses
from reports.statistics.probabilities.calibration_intervals import mean_difference

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

TEST = "paired t test of the cases"


def probability_pair(
    data: DatasetRuns,
    names: tuple[str, str],
    runs: tuple[Sequence[ScoredRun], Sequence[ScoredRun]],
    level: float,
) -> ProbabilityPair | None:
    """Two methods' probabilities as they are and recalibrated alike.

    Args:
        data: all runs of the data set.
        names: of a and b.
        runs: theirs.
        level: of the intervals.

    Returns:
        None where one has no seed with every fold, or there are fewer than two cases (patients).
    """
    stored = [stored_answers(data, own) for own in runs]
    mapped = [recalibrated_answers(data, own) for own in runs]
    as_given = _differences(data, stored, level)
    if as_given is None:
        return None
    after = None
    if all(len(own) == len(given) for own, given in zip(mapped, stored, strict=True)):
        after = _differences(data, mapped, level)
    return ProbabilityPair(
        a=names[0],
        b=names[1],
        brier=as_given[0],
        brier_recalibrated=None if after is None else after[0],
        benefit=as_given[1],
        benefit_recalibrated=None if after is None else after[1],
    )


def _differences(
    data: DatasetRuns, told: Sequence[list[Answer]], level: float
) -> tuple[BrierDifference, BenefitDifference | None] | None:
    labels, units, positive = labels_of(data), patients(data), data.card.positive
    n_units = len(labels) if units is None else len(np.unique(units))
    losses = [
        whole_seeds(
            own,
            [brier_losses(one.labels, one.probabilities, positive) for one in own],
            len(labels),
        )
        for own in told
    ]
    if n_units < 2 or not all(len(own) for own in losses):
        return None
    # less is better: d is above 0 where a loses less
    found = mean_difference(losses[1], losses[0], units)
    low, high = found.interval(level)
    most = largest_difference("brier", len(data.card.class_names))
    test = TEST if units is None else f"paired t test of the {whom(data)}"
    test = procedure(test, found, SEEDS if found.se_seeds > 0 else "")
    brier = BrierDifference(
        Estimate(found.d, max(-most, low), min(most, high), test),
        found.p(),
    )
    if positive is None:
        return brier, None
    a, b = (
        whole_seeds(own, [one.probabilities[:, positive] for one in own], len(labels))
        for own in told
    )
    worth = benefit_difference(labels == positive, a, b, ACT_AT, units, level)
    return brier, BenefitDifference(*(tuple(values.tolist()) for values in worth))
