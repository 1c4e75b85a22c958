"""What is shown of one method on one data set, except its contrast with the other side."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bench.record import DatasetCard, MethodCard, Run
from bench.scoring import METRICS
from reports.evidence import (
    Cost,
    Estimate,
    LearningPoint,
    MethodEvidence,
    OperatingPoint,
    RocCurve,
    SeedScore,
    SideContrast,
)
from reports.selection import DatasetRuns, ScoredRun, TestPart
from reports.statistics.intervals import proportion
from reports.statistics.operating import Rates, confusion, rates, youden_threshold
from reports.statistics.roc import Band, Path, roc_path, thinned, vertical_mean

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

YOUDEN = "Youden index on validation"
ARGMAX = "most probable class"


def seed_score(run: ScoredRun, part: TestPart, card: DatasetCard, metric: str) -> SeedScore:
    """Primary metric of one run on test and on validation."""
    score = METRICS[metric]
    test = score(part.labels, run.test, card.positive)
    validation = score(run.validation_labels, run.validation, card.positive)
    return SeedScore(run.run.trial.seed, run.run.trial.fold, _known(test), _known(validation))


def mean_validation(scores: Sequence[SeedScore]) -> float | None:
    """Mean validation AUC over runs, or None where no run has one."""
    each = [score.validation for score in scores if score.validation is not None]
    return fmean(each) if each else None


def method_evidence(
    card: MethodCard,
    data: DatasetRuns,
    runs: Sequence[ScoredRun],
    scores: Sequence[SeedScore],
    *,
    level: float,
    auc: Estimate | None,
    per_class: dict[int, float],
    is_champion: bool,
    contrast: SideContrast | None,
    metric: str,
) -> MethodEvidence:
    """One method on one data set.

    Args:
        card: the method.
        data: all runs of the data set.
        runs: the method's successful runs with the largest fraction, in order.
        scores: of `runs`, in the same order.
        level: of the intervals.
        auc: mean over runs with interval.
        per_class: class → one-against-rest AUC.
        is_champion, contrast: of the comparison of sides.
        metric: name of the primary metric.
    """
    failures = tuple(f for f in data.failed if f.method == card.name)
    missing = tuple(m for m in data.missing if m.method == card.name)
    stored = [r for r in data.runs if r.method.name == card.name]
    status: Literal["ok", "partial", "failed"] = "partial" if failures or missing else "ok"
    k = len(data.card.class_names)
    both = [run for run, score in zip(runs, scores, strict=True) if score.test is not None]
    operating = _operating(data, runs, level) if both else None
    return MethodEvidence(
        name=card.name,
        family=card.family,
        summary=card.summary,
        distribution=card.distribution,
        version=card.version,
        status=status if runs else "failed",
        parameters=_parameters(stored[0].parameters) if stored else (),
        scores=tuple(scores),
        auc=auc,
        auc_sd=_sd_over_seeds(scores),
        auc_per_class=tuple(per_class.get(c) for c in range(k)) if k > 2 else (),
        validation_auc=mean_validation(scores),
        is_champion=is_champion,
        operating=operating,
        roc=_roc(data, both, operating) if both else None,
        cost=_cost([run.run for run in runs]) if runs else None,
        importance=_importance([run.run for run in runs]),
        training=_training([run.run for run in runs]),
        contrast=contrast,
        learning_curve=_learning_curve(card.name, data, metric),
        failures=tuple(failures),
        missing=missing,
    )


def reading_order(item: MethodEvidence) -> tuple[int, float, str]:
    """Deep, classical, hybrid, control; then best first, failed ones last."""
    family = ("deep", "classical", "hybrid", "control").index(item.family)
    return family, -item.auc.value if item.auc else math.inf, item.name


def observer_roc(labels: IntArray, score: FloatArray, positive: int) -> RocCurve:
    """Curve of a single score."""
    return _curve(vertical_mean([roc_path(labels == positive, score)]), single=True)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _parameters(parameters: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, value if isinstance(value, str) else json.dumps(value, default=str))
        for name, value in sorted(parameters.items())
    )


def _sd_over_seeds(scores: Sequence[SeedScore]) -> float | None:
    by_seed: dict[int | None, list[float]] = {}
    for score in scores:
        if score.test is not None:
            by_seed.setdefault(score.seed, []).append(score.test)
    means = [fmean(values) for values in by_seed.values()]
    return float(np.std(means, ddof=1)) if len(means) > 1 else None


def _operating(data: DatasetRuns, runs: Sequence[ScoredRun], level: float) -> OperatingPoint:
    """Decisions by a rule fixed on validation.

    The folds of a seed are put together first: each case was tested once by each seed.
    """
    positive, k = data.card.positive, len(data.card.class_names)
    thresholds = []
    decided: dict[int | None, list[IntArray]] = {}
    seeds = list(dict.fromkeys(run.run.trial.seed for run in runs))
    by_seed = {seed: np.zeros((k, k)) for seed in seeds}
    for run in runs:
        trial = run.run.trial
        if positive is None:
            decision = run.test.argmax(axis=1)
        else:
            found = run.validation_labels == positive
            threshold = youden_threshold(found, run.validation[:, positive])
            thresholds.append(threshold)
            decision = np.where(run.test[:, positive] >= threshold, positive, 1 - positive)
        decided.setdefault(trial.fold, []).append(decision)
        by_seed[trial.seed] += confusion(data.tests[trial.fold].labels, decision, k)
    each = [rates(matrix, positive) for matrix in by_seed.values()]
    mean = Rates(*(fmean(values) for values in zip(*each, strict=True)))
    plain = {name: Estimate(value) for name, value in mean._asdict().items()}
    if positive is not None:
        with_interval = _binary_rates(data, decided, positive, level)
    else:
        with_interval = {"precision": plain["precision"], "npv": plain["npv"]}
    measures: dict[str, Any] = {**plain, **with_interval}
    matrix = sum(by_seed.values()) / len(by_seed)
    return OperatingPoint(
        rule=ARGMAX if positive is None else YOUDEN,
        thresholds=tuple(thresholds),
        **measures,
        confusion=tuple(tuple(row) for row in np.asarray(matrix).tolist()),
    )


def _binary_rates(
    data: DatasetRuns, decided: dict[int | None, list[IntArray]], positive: int, level: float
) -> dict[str, Estimate | None]:
    """Accuracy, sensitivity, specificity, precision and NPV with Wilson intervals.

    Means over seeds, case by case; then each rate is a ratio of two sums over cases.
    """
    folds = list(decided)
    found = np.concatenate([data.tests[fold].labels for fold in folds]) == positive
    named = np.concatenate([(np.stack(decided[fold]) == positive).mean(axis=0) for fold in folds])
    units = None
    if all(data.tests[fold].groups is not None for fold in folds):
        groups = np.concatenate([np.asarray(data.tests[fold].groups) for fold in folds])
        units = np.unique(groups, return_inverse=True)[1].astype(np.int64)
    hit, rejected = np.where(found, named, 0.0), np.where(found, 0.0, 1 - named)
    pairs = {
        "accuracy": (hit + rejected, np.ones(len(found))),
        "sensitivity": (hit, found.astype(float)),
        "specificity": (rejected, (~found).astype(float)),
        "precision": (hit, named),
        "npv": (rejected, 1 - named),
    }
    clustered = units is not None and len(np.unique(units)) < len(units)
    name = "Clopper-Pearson with design effect of patients" if clustered else "Wilson"
    estimates: dict[str, Estimate | None] = {}
    for measure, (successes, trials) in pairs.items():
        interval = proportion(successes, trials, units, level)
        estimates[measure] = None if interval is None else Estimate(*interval, name)
    return estimates


def _roc(
    data: DatasetRuns, runs: Sequence[ScoredRun], operating: OperatingPoint | None
) -> RocCurve:
    each = [_run_path(data, run) for run in runs]
    curve = _curve(vertical_mean(each), single=len(each) == 1)
    if operating is None or data.card.positive is None:
        return curve
    point = 1 - operating.specificity.value, operating.sensitivity.value
    return replace(curve, operating=point)


def _run_path(data: DatasetRuns, run: ScoredRun) -> Path:
    """Curve of one run; the mean over the one-against-rest curves with more than two classes."""
    labels, positive = data.tests[run.run.trial.fold].labels, data.card.positive
    if positive is not None:
        return roc_path(labels == positive, run.test[:, positive])
    present = np.unique(labels)
    mean = vertical_mean([roc_path(labels == c, run.test[:, c]) for c in present])
    return Path(mean.fpr, mean.tpr)


def _curve(band: Band, *, single: bool) -> RocCurve:
    fpr, tpr, low, high = (tuple(values.tolist()) for values in thinned(band))
    return RocCurve(fpr, tpr) if single else RocCurve(fpr, tpr, low, high)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _cost(runs: Sequence[Run]) -> Cost:
    latencies = [
        run.predict_seconds / run.n_predicted
        for run in runs
        if run.predict_seconds is not None and run.n_predicted
    ]
    return Cost(
        fit_seconds=_mean([run.fit_seconds for run in runs]),
        predict_seconds=_mean([run.predict_seconds for run in runs]),
        latency_seconds=_mean(latencies),
        peak_memory=_mean([run.peak_memory for run in runs]),
        model_size=_mean([run.model_size for run in runs]),
        n_train=_mean([run.n_train for run in runs]),
        devices=tuple(sorted({run.environment.device for run in runs})),
        threads=tuple(sorted({run.environment.threads for run in runs})),
    )


def _importance(runs: Sequence[Run]) -> tuple[tuple[str, float], ...]:
    told = [run.importance for run in runs if run.importance]
    parts = dict.fromkeys(part for importance in told for part in importance)
    return tuple((part, fmean(each.get(part, 0.0) for each in told)) for part in parts)


def _training(runs: Sequence[Run]) -> tuple[tuple[float, ...], ...]:
    told = [run.fit_info.get("training_loss") for run in runs]
    return tuple(
        tuple(float(loss) for loss in losses)
        for losses in told
        if isinstance(losses, list | tuple)
        and len(losses) > 1
        and all(isinstance(loss, int | float) and math.isfinite(loss) for loss in losses)
    )


def _learning_curve(method: str, data: DatasetRuns, metric: str) -> tuple[LearningPoint, ...]:
    by_fraction: dict[float, list[ScoredRun]] = {}
    for run in data.scored:
        if run.run.trial.method == method:
            by_fraction.setdefault(run.run.trial.fraction, []).append(run)
    if len({run.trial.fraction for run in data.runs}) < 2:
        return ()
    points = []
    for fraction, runs in sorted(by_fraction.items()):
        scores = [seed_score(r, data.tests[r.run.trial.fold], data.card, metric) for r in runs]
        tests = [score.test for score in scores if score.test is not None]
        if tests:
            points.append(
                LearningPoint(
                    fraction,
                    _mean([r.run.n_train for r in runs]),
                    fmean(tests),
                    float(np.std(tests, ddof=1)) if len(tests) > 1 else None,
                )
            )
    return tuple(points)
