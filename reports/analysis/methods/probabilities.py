"""What one method's probabilities are worth, before and after the same recalibration."""

from collections.abc import Sequence
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from reports.analysis.methods.answers import (
    Answer,
    by_training,
    labels_of,
    patients,
    recalibrated_answers,
    stored_answers,
    whom,
)
from reports.analysis.methods.calibration_curve import brier, expected, smooth
from reports.evidence import Calibration, Estimate, Probabilities, ReliabilityBin
from reports.loading.selection import DatasetRuns, ScoredRun
from reports.statistics.calibration import (
    CalibrationError,
    binned,
    calibration_error,
)
from reports.statistics.contrast import Difference
from reports.statistics.decision_curve import DecisionCurve, net_benefit
from reports.statistics.intervals import proportion
from reports.statistics.losses import log_losses
from reports.statistics.probabilities.recalibrated_trainings import Training, recalibrated

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

ACT_AT = np.arange(1, 100) / 100
"""Probabilities at which decision curves are known."""

BINS, PER_BIN = 10, 10
"""Of a reliability diagram: at most so many bins, with at least so many cases in each."""

WALD = "Wald"
"""Name of the procedure for slope and intercept."""

BARS = 20
"""Parts of 0..1 in which probabilities are counted."""


def probabilities(
    data: DatasetRuns, runs: Sequence[ScoredRun], *, drawn: bool, level: float
) -> Probabilities:
    """The probabilities of one method.

    Args:
        data: all runs of the data set.
        runs: the method's, at least one.
        drawn: whether figures show it, which asks for more.
        level: of the intervals.
    """
    stored, mapped = stored_answers(data, runs), recalibrated_answers(data, runs)
    units, n_cases = patients(data), len(labels_of(data))
    positive = data.card.positive
    named = whom(data)
    before, curve = _calibration(
        by_training(stored), positive, units, n_cases, drawn=drawn, level=level, named=named
    )
    after = None
    if len(mapped) == len(stored):
        after, _ = _calibration(
            by_training(mapped), positive, units, n_cases, drawn=drawn, level=level, named=named
        )
    return Probabilities(
        of="most probable class" if positive is None else "positive class",
        stored=before,
        recalibrated=after,
        act_at=() if curve is None else tuple(curve.thresholds.tolist()),
        act_on_all=() if curve is None else tuple(curve.everybody.tolist()),
    )


def recalibration_line(
    told: Sequence[Answer], positive: int | None, units: IntArray | None, level: float
) -> tuple[Estimate | None, Estimate | None]:
    """Slope, and intercept with the slope held at 1, means over trainings; None where unknown.

    Args:
        told: of the trainings, from `reports.analysis.methods.answers.by_training`.
        positive: as of `Answer.told`.
        units: `(n,)` patients of all cases, or None.
        level: of the intervals.
    """
    trainings = [
        Training(*answer.told(positive), answer.cases if units is None else units[answer.cases])
        for answer in told
    ]
    slope, intercept = recalibrated(trainings, clustered=units is not None)
    return _estimate(slope, level), _estimate(intercept, level)


def _estimate(found: Difference | None, level: float) -> Estimate | None:
    return None if found is None else Estimate(found.d, *found.interval(level), WALD)


def _calibration(
    told: Sequence[Answer],
    positive: int | None,
    units: IntArray | None,
    n_cases: int,
    *,
    drawn: bool,
    level: float,
    named: str,
) -> tuple[Calibration, DecisionCurve | None]:
    """Means over trainings, and the decision curve where there is one."""
    both = [answer.told(positive) for answer in told]
    slope, intercept = recalibration_line(told, positive, units, level)
    errors = [calibration_error(truth, said) for truth, said in both]
    plug_in, perfect, _, debiased = CalibrationError(*np.mean(errors, axis=0).tolist())
    curve = None
    if drawn and positive is not None:
        curves = [net_benefit(truth, said, ACT_AT) for truth, said in both]
        curve = DecisionCurve(
            ACT_AT, *(np.mean([own[i] for own in curves], axis=0) for i in (1, 2))
        )
    line, (ici, e50, e90) = smooth(told, positive, units, level, drawn=drawn)
    found = Calibration(
        brier=brier(told, positive, units, n_cases, level, named),
        log_loss=fmean(float(log_losses(one.labels, one.probabilities).mean()) for one in told),
        observed_to_expected=expected(told, positive, units, level),
        slope=slope,
        intercept=intercept,
        calibration_error=debiased,
        calibration_error_plug_in=plug_in,
        calibration_error_if_perfect=perfect,
        ici=ici,
        e50=e50,
        e90=e90,
        smooth=line,
        bins=_bins(told, both, units, level) if drawn else (),
        net_benefit=() if curve is None else tuple(curve.method.tolist()),
        shares=_shares(told, positive) if drawn else (),
    )
    return found, curve


def _bins(
    told: Sequence[Answer],
    both: Sequence[tuple[BoolArray, FloatArray]],
    units: IntArray | None,
    level: float,
) -> tuple[ReliabilityBin, ...]:
    """Bins of the probabilities of all runs together, a case weighing 1 over all of them."""
    truth = np.concatenate([own for own, _ in both])
    said = np.concatenate([own for _, own in both])
    cases = np.concatenate([answer.cases for answer in told])
    weight = 1 / np.bincount(cases)[cases]
    where = binned(truth, said, max(1, min(BINS, len(np.unique(cases)) // PER_BIN)))
    found = []
    for number in range(int(where.max()) + 1):
        own = where == number
        trials = np.bincount(cases[own], weights=weight[own]).astype(np.float64)
        hits = np.bincount(cases[own], weights=weight[own] * truth[own]).astype(np.float64)
        there = np.flatnonzero(trials)
        interval = proportion(
            hits[there], trials[there], None if units is None else units[there], level
        )
        if interval is not None:
            mean = float(np.average(said[own], weights=weight[own]))
            found.append(ReliabilityBin(mean, *interval, float(trials.sum())))
    return tuple(found)


def _shares(told: Sequence[Answer], positive: int | None) -> tuple[tuple[float, ...], ...]:
    labels = np.concatenate([answer.labels for answer in told])
    k = told[0].probabilities.shape[1]
    said = np.concatenate(
        [
            answer.probabilities[np.arange(len(answer.labels)), answer.labels]
            if positive is None
            else answer.probabilities[:, positive]
            for answer in told
        ]
    )
    bar = np.minimum((said * BARS).astype(np.int64), BARS - 1)
    counts = np.bincount(labels * BARS + bar, minlength=k * BARS).reshape(k, BARS)
    total = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return tuple(tuple(row) for row in (counts / total).tolist())
