"""What is shown of one method on one data set, except its contrast with the other side."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any, Literal

import numpy as np

from bench.protocol.cards import DatasetCard, MethodCard
from bench.protocol.record import Run, WeightsUsed
from bench.protocol.scoring import METRICS
from bench.protocol.study import Study
from reports.analysis.methods.decisions import case_instability, operating_point, threshold_counts
from reports.analysis.methods.discrimination import discrimination
from reports.analysis.methods.energy import energy_per_1000, fit_energy, source
from reports.analysis.methods.probabilities import probabilities
from reports.analysis.methods.rungs import (
    has_mask,
    input_sizes,
    lacked_weights,
    step,
    untold_weights,
)
from reports.analysis.methods.tuning import as_text, standard_error, tuning
from reports.evidence import (
    Cost,
    Estimate,
    LearningPoint,
    MaskPoint,
    MethodEvidence,
    ResolutionPoint,
    SeedScore,
    SideContrast,
)
from reports.loading.selection import DatasetRuns, ScoredRun, TestPart


def seed_score(run: ScoredRun, part: TestPart, card: DatasetCard, metric: str) -> SeedScore:
    """Primary metric of one run on test and on validation."""
    score = METRICS[metric]
    test = score(part.labels, run.test, card.positive)
    validation = score(run.validation_labels, run.validation, card.positive)
    trial = run.run.trial
    return SeedScore(trial.seed, trial.fold, _known(test), _known(validation), trial.repeat)


def has_one_seed(method: MethodEvidence) -> bool:
    """Whether nobody knows how much depends on the seed of a method that has one."""
    return len(method.seeds) == 1 and method.seeds != (None,)


def mean_validation(scores: Sequence[SeedScore]) -> float | None:
    """Mean validation AUC over runs, or None where no run has one."""
    each = [score.validation for score in scores if score.validation is not None]
    return fmean(each) if each else None


@dataclass(frozen=True)
class Standing:
    """What the comparison of all methods on a data set says of one of them.

    Attributes:
        auc: mean over runs with interval.
        per_class: class → one-against-rest AUC.
        is_champion, contrast: of the comparison of sides.
        drawn: whether the figures of probabilities show it.
    """

    auc: Estimate | None
    per_class: dict[int, float]
    is_champion: bool
    contrast: SideContrast | None
    drawn: bool


def method_evidence(
    card: MethodCard,
    data: DatasetRuns,
    runs: Sequence[ScoredRun],
    scores: Sequence[SeedScore],
    standing: Standing,
    study: Study,
) -> MethodEvidence:
    """One method on one data set.

    Args:
        card: the method.
        data: all runs of the data set.
        runs: the method's successful runs with the largest fraction, in order.
        scores: of `runs`, in the same order.
        standing: among the others.
        study: alpha and metric.
    """
    level = 1 - study.alpha
    k = len(data.card.class_names)
    both = [run for run, score in zip(runs, scores, strict=True) if score.test is not None]
    probable = bool(both) and all(map(_has_probabilities, both))
    operating = operating_point(data, runs, level) if both else None
    curves = None
    if both:
        curves = discrimination(
            data, both, operating, is_champion=standing.is_champion, level=level
        )
    stored = [run.run for run in runs]
    return replace(
        without_scores(card, data, stored, scores, is_champion=standing.is_champion),
        auc=standing.auc,
        auc_sd=_sd_over_seeds(scores),
        auc_per_class=tuple(standing.per_class.get(c) for c in range(k)) if k > 2 else (),
        validation_auc=mean_validation(scores),
        operating=operating,
        roc=None if curves is None else curves.roc,
        low_false_positives=None if curves is None else curves.low_false_positives,
        precision_recall=None if curves is None else curves.precision_recall,
        thresholds=threshold_counts(data, both) if both else None,
        probabilities=probabilities(data, both, drawn=standing.drawn, level=level)
        if probable
        else None,
        instability=case_instability(data, both, card.name) if probable else None,
        contrast=standing.contrast,
        learning_curve=_learning_curve(card.name, data, study.metric),
        tuning=tuning(stored, standard_error(runs, data.card.positive)),
        resolution_curve=_resolution_curve(card.name, runs, data, study),
        mask_points=_mask_points(card.name, runs, data, study),
    )


def without_scores(
    card: MethodCard,
    data: DatasetRuns,
    runs: Sequence[Run],
    scores: Sequence[SeedScore],
    *,
    is_champion: bool,
) -> MethodEvidence:
    """What is shown of a method whatever its task is: its runs, and nothing that they scored.

    Args:
        card: the method.
        data: all runs of the data set.
        runs: the method's successful runs with the largest fraction, in order.
        scores: of `runs`, in the same order, by the study's metric.
        is_champion: whether it is the best of its side.
    """
    failures = tuple(f for f in data.failed if f.method == card.name)
    missing = tuple(m for m in data.missing if m.method == card.name)
    stored = [r for r in data.runs if r.method.name == card.name]
    status: Literal["ok", "partial", "failed"] = "partial" if failures or missing else "ok"
    return MethodEvidence(
        name=card.name,
        family=card.family,
        summary=card.summary,
        distribution=card.distribution,
        version=card.version,
        status=status if runs else "failed",
        parameters=_parameters(stored[0].parameters) if stored else (),
        scores=tuple(scores),
        auc=None,
        auc_sd=None,
        auc_per_class=(),
        validation_auc=None,
        is_champion=is_champion,
        operating=None,
        roc=None,
        low_false_positives=None,
        precision_recall=None,
        thresholds=None,
        probabilities=None,
        instability=None,
        cost=_cost(runs) if runs else None,
        importance=_importance(runs),
        importance_errors=_each_once(run.importance_error for run in runs),
        explanation_errors=_each_once(run.explanation_error for run in runs),
        weights=weights_used(stored),
        training=_training(runs),
        contrast=None,
        learning_curve=(),
        failures=failures,
        missing=missing,
        rung=step(card, stored, mask=has_mask(data.card)),
        lacked_weights=lacked_weights(card, stored),
        untold_weights=untold_weights(card, stored),
        input_sizes=input_sizes(stored),
    )


def _has_probabilities(run: ScoredRun) -> bool:
    """Whether scores are probabilities of the classes: in 0..1, and 1 together.

    Those of a file of predictions need not be.
    """
    return all(
        bool((scores >= 0).all()) and bool(np.allclose(scores.sum(axis=-1), 1, atol=1e-3))
        for scores in (run.test, run.validation)
    )


def reading_order(item: MethodEvidence) -> tuple[int, float, str]:
    """Deep, classical, hybrid, control; then best first, failed ones last."""
    family = ("deep", "classical", "hybrid", "control").index(item.family)
    return family, -item.auc.value if item.auc else math.inf, item.name


def weights_used(runs: Iterable[Run]) -> tuple[tuple[WeightsUsed, ...], ...]:
    """The weights that successful runs started from, each set once; () of a run that names none.

    Two sets are the same if their files are, wherever these came from.
    """
    sets: dict[tuple[tuple[str, str], ...], tuple[WeightsUsed, ...]] = {}
    for run in runs:
        if run.status == "ok":
            key = tuple(sorted((weights.name, weights.digest) for weights in run.weights))
            sets.setdefault(key, run.weights)
    return tuple(sets[key] for key in sorted(sets))


def _each_once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _parameters(parameters: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, as_text(value)) for name, value in sorted(parameters.items()))


def _sd_over_seeds(scores: Sequence[SeedScore]) -> float | None:
    by_seed: dict[int | None, list[float]] = {}
    for score in scores:
        if score.test is not None:
            by_seed.setdefault(score.seed, []).append(score.test)
    means = [fmean(values) for values in by_seed.values()]
    return float(np.std(means, ddof=1)) if len(means) > 1 else None


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
        parameters=_mean([_told(run.fit_info, "parameters") for run in runs]),
        features=_mean([_told(run.fit_info, "features") for run in runs]),
        n_train=_mean([run.n_train for run in runs]),
        devices=tuple(sorted({run.environment.device for run in runs})),
        threads=tuple(sorted({run.environment.threads for run in runs})),
        fit_energy=_mean([fit_energy(run) for run in runs]),
        energy_per_1000=_mean([energy_per_1000(run) for run in runs]),
        energy_source=source(runs),
    )


def _told(info: Any, name: str) -> float | None:
    """A number that a fitted estimator or a step of it tells, parts added up; None without."""
    if not isinstance(info, dict):
        return None
    own = info.get(name)
    if isinstance(own, dict) and own and all(_is_count(part) for part in own.values()):
        return float(sum(own.values()))
    if isinstance(own, int) and _is_count(own):
        return float(own)
    found = [_told(step, name) for step in info.values()]
    known = [value for value in found if value is not None]
    return sum(known) if known else None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


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
        if found := _mean_auc(runs, data, metric):
            n_train = _mean([r.run.n_train for r in runs])
            points.append(LearningPoint(fraction, n_train, *found))
    return tuple(points)


def _resolution_curve(
    method: str, runs: Sequence[ScoredRun], data: DatasetRuns, study: Study
) -> tuple[ResolutionPoint, ...]:
    """By image size; `runs` are those at the study's own."""
    beside = [run for run in data.other_images if run.run.trial.method == method]
    there = {
        side: [run for run in beside if run.run.trial.size == side] for side in study.other_sizes
    }
    points = ((side, _mean_auc(there.get(side, runs), data, study.metric)) for side in study.sizes)
    return tuple(ResolutionPoint(side, *auc) for side, auc in points if auc is not None)


def _mask_points(
    method: str, runs: Sequence[ScoredRun], data: DatasetRuns, study: Study
) -> tuple[MaskPoint, ...]:
    """By the source of lesion masks; `runs` are those with the data set's own."""
    beside = [run for run in data.other_images if run.run.trial.method == method]
    there = {
        one: [run for run in beside if run.run.trial.masks == one] for one in study.other_masks
    }
    points = ((one, _mean_auc(there.get(one, runs), data, study.metric)) for one in study.masks)
    return tuple(MaskPoint(one, *auc) for one, auc in points if auc is not None)


def _mean_auc(
    runs: Sequence[ScoredRun], data: DatasetRuns, metric: str
) -> tuple[float, float | None] | None:
    """Mean over runs and its standard deviation; None without a run that has an AUC."""
    scores = [seed_score(run, data.tests[run.part], data.card, metric) for run in runs]
    tests = [score.test for score in scores if score.test is not None]
    if not tests:
        return None
    return fmean(tests), float(np.std(tests, ddof=1)) if len(tests) > 1 else None
