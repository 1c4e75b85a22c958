"""The curves of one method on one data set, and what is read off them."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from reports.evidence import (
    ConfidenceBand,
    LowFalsePositives,
    OperatingPoint,
    PrecisionRecallCurve,
    RocCurve,
)
from reports.loading.selection import DatasetRuns, ScoredRun
from reports.statistics.curves import curves
from reports.statistics.fixed_specificity import attainable_sensitivity
from reports.statistics.partial import partial_areas, standardised
from reports.statistics.precision_recall import PrecisionRecall, precision_recall_of
from reports.statistics.roc import Path, path_of, roc_path, thinned, vertical_mean
from reports.statistics.roc_band import roc_band

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

VERTICES = 150
"""Of a champion's curve, drawn heavily."""

FEW_VERTICES = 60
"""Of any other method's curve."""

SPECIFIC = 0.9
"""Specificity from which the partial AUC counts."""

BAND = "Bayesian bootstrap of cases, pointwise"
BAND_BY_UNIT = "Bayesian bootstrap of {}, pointwise"


@dataclass(frozen=True)
class Discrimination:
    """How well a method tells the classes apart, as curves."""

    roc: RocCurve
    low_false_positives: LowFalsePositives
    precision_recall: PrecisionRecallCurve


@dataclass(frozen=True)
class _RunCurves:
    """One run, one question for each class that is looked for."""

    roc: Path
    partial_auc: float
    sensitivities: tuple[float, float]
    precision_recall: tuple[PrecisionRecall, ...]


def discrimination(
    data: DatasetRuns,
    runs: Sequence[ScoredRun],
    operating: OperatingPoint | None,
    *,
    is_champion: bool,
    level: float,
) -> Discrimination:
    """All curves of one method.

    Args:
        data: all runs of the data set.
        runs: the method's, at least one, each with cases of at least two classes.
        operating: where the method decides, or None.
        is_champion: whether the curves are drawn heavily, with a band.
        level: of the band.
    """
    vertices = VERTICES if is_champion else FEW_VERTICES
    positive = data.card.positive
    each = [_run_curves(data.tests[run.part].labels, run.test, positive) for run in runs]
    binary = positive is not None
    point, worth = None, None
    if operating is not None and binary:
        point = 1 - operating.specificity.value, operating.sensitivity.value
        if operating.precision is not None:
            worth = operating.sensitivity.value, operating.precision.value
    band = _band(data, runs, level) if is_champion else None
    raw = standardised(fmean(own.partial_auc for own in each), SPECIFIC, 1.0)
    return Discrimination(
        _roc(vertical_mean([own.roc for own in each]), vertices, band, point),
        LowFalsePositives(
            raw.raw,
            raw.corrected,
            *(fmean(own.sensitivities[i] for own in each) for i in range(2)),
        ),
        _precision_recall([own.precision_recall for own in each], vertices, binary, worth),
    )


def observer_roc(labels: IntArray, score: FloatArray, positive: int) -> RocCurve:
    """Curve of a single score, without thresholds, since it is no method's."""
    path = roc_path(labels == positive, score)
    return _roc(Path(path.fpr, path.tpr), VERTICES, None, None)


def _run_curves(labels: IntArray, probabilities: FloatArray, positive: int | None) -> _RunCurves:
    asked = np.unique(labels).tolist() if positive is None else [positive]
    paths, areas, found, precisions = [], [], [], []
    for label in asked:
        is_positive = labels == label
        curve = curves(is_positive, probabilities[:, label])
        m = int(np.count_nonzero(is_positive))
        paths.append(path_of(curve))
        areas.append(float(partial_areas(curve, SPECIFIC, 1.0)[0]))
        found.append([attainable_sensitivity(curve, specificity) for specificity in (0.9, 0.95)])
        precisions.append(precision_recall_of(curve, m, len(labels) - m))
    mean = vertical_mean(paths)
    at_90, at_95 = np.mean(found, axis=0).tolist()
    if positive is None:
        mean = Path(mean.fpr, mean.tpr)
    return _RunCurves(mean, fmean(areas), (at_90, at_95), tuple(precisions))


def _roc(
    path: Path, vertices: int, band: ConfidenceBand | None, operating: tuple[float, float] | None
) -> RocCurve:
    few = thinned(path, vertices)
    thresholds = () if few.thresholds is None else tuple(few.thresholds.tolist())
    return RocCurve(tuple(few.fpr.tolist()), tuple(few.tpr.tolist()), thresholds, band, operating)


def _band(data: DatasetRuns, runs: Sequence[ScoredRun], level: float) -> ConfidenceBand | None:
    """None with folds, whose test parts are those of different fitted methods."""
    part = data.tests.get(None)
    if part is None or any(run.run.trial.fold is not None for run in runs):
        return None
    positive = data.card.positive
    asked = np.unique(part.labels).tolist() if positive is None else [positive]
    scores = np.stack([run.test for run in runs])
    units = part.units
    found = roc_band(part.labels, scores, asked, units, level)
    clustered = units is not None and len(np.unique(units)) < len(units)
    fpr, low, high = (tuple(values.tolist()) for values in found)
    return ConfidenceBand(
        fpr, low, high, BAND_BY_UNIT.format(part.unit_named) if clustered else BAND
    )


def _precision_recall(
    each: Sequence[tuple[PrecisionRecall, ...]],
    vertices: int,
    binary: bool,
    operating: tuple[float, float] | None,
) -> PrecisionRecallCurve:
    """Mean over runs and questions, at the same recalls."""
    all_of_them = [own for run in each for own in run]
    positives = {len(own.precision) for own in all_of_them}
    stepped = len(positives) == 1 and max(positives) <= vertices
    count = max(positives) if stepped else vertices
    recall = np.arange(1, count + 1) / count
    found = [own.at(recall) for own in all_of_them]
    thresholds = np.mean([own for _, own in found], axis=0).tolist() if binary else []
    return PrecisionRecallCurve(
        tuple(recall.tolist()),
        tuple(np.mean([own for own, _ in found], axis=0).tolist()),
        tuple(thresholds),
        stepped,
        fmean(fmean(own.average for own in run) for run in each),
        operating,
    )
