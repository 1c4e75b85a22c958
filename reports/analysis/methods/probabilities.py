"""What one method's probabilities are worth, before and after the same recalibration."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from reports.evidence import Calibration, Estimate, Probabilities, ReliabilityBin
from reports.loading.selection import DatasetRuns, ScoredRun
from reports.statistics.calibration import (
    CalibrationError,
    binned,
    calibration_error,
    recalibration,
)
from reports.statistics.decision_curve import DecisionCurve, net_benefit
from reports.statistics.intervals import proportion
from reports.statistics.losses import brier_losses, log_losses
from reports.statistics.recalibrate import logistic_map

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

ACT_AT = np.arange(1, 100) / 100
"""Probabilities at which decision curves are known."""

BINS, PER_BIN = 10, 10
"""Of a reliability diagram: at most so many bins, with at least so many cases in each."""

BARS = 20
"""Parts of 0..1 in which probabilities are counted."""


@dataclass(frozen=True, eq=False)
class _Answer:
    """Probabilities of one run for the test cases of its fold.

    Attributes:
        labels: `(n,)`.
        probabilities: `(n, k)`.
        cases: `(n,)` number of each case, over all folds.
    """

    labels: IntArray
    probabilities: FloatArray
    cases: IntArray

    def told(self, positive: int | None) -> tuple[BoolArray, FloatArray]:
        """Whether it came true, and its probability: the positive or the most probable class."""
        if positive is not None:
            return self.labels == positive, self.probabilities[:, positive]
        named = self.probabilities.argmax(axis=1)
        return named == self.labels, self.probabilities.max(axis=1)


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
    starts, units = _cases(data)
    stored, mapped = [], []
    for run in runs:
        fold = run.run.trial.fold
        labels = data.tests[fold].labels
        cases = starts[fold] + np.arange(len(labels))
        stored.append(_Answer(labels, run.test, cases))
        if len(run.validation_labels):
            map_ = logistic_map(run.validation_labels, run.validation)
            mapped.append(_Answer(labels, map_.apply(run.test), cases))
    positive = data.card.positive
    before, curve = _calibration(stored, positive, units, drawn, level)
    after = None
    if len(mapped) == len(stored):
        after, _ = _calibration(mapped, positive, units, drawn, level)
    return Probabilities(
        of="most probable class" if positive is None else "positive class",
        stored=before,
        recalibrated=after,
        act_at=() if curve is None else tuple(curve.thresholds.tolist()),
        act_on_all=() if curve is None else tuple(curve.everybody.tolist()),
    )


def _cases(data: DatasetRuns) -> tuple[dict[int | None, int], IntArray | None]:
    """Number of the first case of each fold, and the patients of all cases or None."""
    starts, count = {}, 0
    for fold, part in data.tests.items():
        starts[fold] = count
        count += len(part.labels)
    groups = [part.groups for part in data.tests.values() if part.groups is not None]
    if len(groups) < len(data.tests):
        return starts, None
    return starts, np.unique(np.concatenate(groups), return_inverse=True)[1].astype(np.int64)


def _calibration(
    answers: Sequence[_Answer],
    positive: int | None,
    units: IntArray | None,
    drawn: bool,
    level: float,
) -> tuple[Calibration, DecisionCurve | None]:
    """Means over runs, and the decision curve where there is one."""
    told = [answer.told(positive) for answer in answers]
    fits = [
        recalibration(truth, said, None if units is None else _renumbered(units[answer.cases]))
        for answer, (truth, said) in zip(answers, told, strict=True)
    ]
    errors = [calibration_error(truth, said) for truth, said in told]
    plug_in, perfect, _, debiased = CalibrationError(*np.mean(errors, axis=0).tolist())
    curve = None
    if drawn and positive is not None:
        curves = [net_benefit(truth, said, ACT_AT) for truth, said in told]
        curve = DecisionCurve(
            ACT_AT, *(np.mean([own[i] for own in curves], axis=0) for i in (1, 2))
        )
    found = Calibration(
        brier=fmean(
            float(brier_losses(one.labels, one.probabilities, positive).mean()) for one in answers
        ),
        log_loss=fmean(float(log_losses(one.labels, one.probabilities).mean()) for one in answers),
        slope=_pooled([(fit.slope, fit.slope_error) for fit in fits], level),
        intercept=_pooled([(fit.in_the_large, fit.in_the_large_error) for fit in fits], level),
        calibration_error=debiased,
        calibration_error_plug_in=plug_in,
        calibration_error_if_perfect=perfect,
        bins=_bins(answers, told, units, level) if drawn else (),
        net_benefit=() if curve is None else tuple(curve.method.tolist()),
        shares=_shares(answers, positive) if drawn else (),
    )
    return found, curve


def _pooled(found: Sequence[tuple[float | None, float | None]], level: float) -> Estimate | None:
    """Mean over the runs that have one; its error is that of one run and that between runs.

    The cases of all runs are the same, so that the mean is hardly surer of them than one run.
    """
    known = [
        (value, error)
        for value, error in found
        if value is not None and error is not None and math.isfinite(value + error)
    ]
    if not known:
        return None
    values, errors = np.array(known).T
    between = values.var(ddof=1) / len(values) if len(values) > 1 else 0.0
    half = float(stats.norm.ppf((1 + level) / 2)) * math.sqrt(np.mean(errors**2) + between)
    mean = float(values.mean())
    return Estimate(mean, mean - half, mean + half, "Wald")


def _bins(
    answers: Sequence[_Answer],
    told: Sequence[tuple[BoolArray, FloatArray]],
    units: IntArray | None,
    level: float,
) -> tuple[ReliabilityBin, ...]:
    """Bins of the probabilities of all runs together, a case weighing 1 over all of them."""
    truth = np.concatenate([own for own, _ in told])
    said = np.concatenate([own for _, own in told])
    cases = np.concatenate([answer.cases for answer in answers])
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


def _shares(answers: Sequence[_Answer], positive: int | None) -> tuple[tuple[float, ...], ...]:
    labels = np.concatenate([answer.labels for answer in answers])
    k = answers[0].probabilities.shape[1]
    said = np.concatenate(
        [
            answer.probabilities[np.arange(len(answer.labels)), answer.labels]
            if positive is None
            else answer.probabilities[:, positive]
            for answer in answers
        ]
    )
    bar = np.minimum((said * BARS).astype(np.int64), BARS - 1)
    counts = np.bincount(labels * BARS + bar, minlength=k * BARS).reshape(k, BARS)
    total = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return tuple(tuple(row) for row in (counts / total).tolist())


def _renumbered(units: IntArray) -> IntArray:
    return np.unique(units, return_inverse=True)[1].astype(np.int64)
