"""What a method decides: by the rule fixed on validation, at any threshold, and beside another."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.analysis.methods.answers import (
    labels_of,
    patients,
    stored_answers,
    whole_seeds,
    whom,
)
from reports.evidence import (
    AtPrevalence,
    DecisionPair,
    Estimate,
    Instability,
    OperatingPoint,
    ThresholdCounts,
)
from reports.loading.selection import DatasetRuns, ScoredRun
from reports.statistics.decisions.class_recall import recalls
from reports.statistics.decisions.predictive_values import predictive_values
from reports.statistics.discordance import discordance
from reports.statistics.intervals import proportion
from reports.statistics.operating import Rates, confusion, decision_threshold, decisions, rates
from reports.statistics.rate_intervals import rate_intervals
from reports.statistics.trainings.instability import instability

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

YOUDEN = "Youden index on validation"
HALF = "0.5, as validation has no two classes"
ARGMAX = "most probable class"

WILSON = "Wilson"
BY_UNIT = "Clopper-Pearson with design effect of {}"
BOOTSTRAP = "Bayesian bootstrap"
BY_BAYES = "Bayes' theorem, limits of sensitivity and specificity combined (Zou and Donner)"
PROCEDURES = {
    "balanced_accuracy": "the recalls' intervals combined (Zou and Donner)",
    "mcc": "Bayesian bootstrap, stretched as balanced accuracy's",
}
"""Measures whose interval is not the plain bootstrap's; see `reports.statistics.rate_intervals`."""
OF_CLASSES = "Wilson for as many cases as have the variance of the mean over classes"
OF_CLASSES_BY_UNIT = "Clopper-Pearson for as many cases as have the variance between {}"
"""Of more than two classes; see `reports.statistics.macro_rates`."""

PREVALENCES = (0.01, 0.05, 0.1, 0.2, 0.5)
"""Those at which predictive values are stated, from screening to referral."""

THRESHOLDS = 110
"""Thresholds at which decisions are counted, besides the ends and the chosen one."""


def operating_point(data: DatasetRuns, runs: Sequence[ScoredRun], level: float) -> OperatingPoint:
    """Decisions by a rule fixed on validation.

    The folds of a seed are put together first: each case was tested once by each seed, and once
    more in every further draw of the folds, which counts as a further training.

    Args:
        data: all runs of the data set.
        runs: the method's, at least one.
        level: of the intervals.
    """
    positive, k = data.card.positive, len(data.card.class_names)
    by_seed = {_training(run): np.zeros((k, k)) for run in runs}
    decided = []
    for run in runs:
        decision = _decision(run, positive)
        decided.append(decision)
        by_seed[_training(run)] += confusion(data.tests[run.part].labels, decision, k)
    mean = Rates(
        *(
            fmean(values)
            for values in zip(*(rates(m, positive) for m in by_seed.values()), strict=True)
        )
    )
    measures: dict[str, Any] = {name: Estimate(value) for name, value in mean._asdict().items()}
    measures |= _with_intervals(data, runs, level)
    if positive is not None:
        measures |= _binary_rates(data, runs, decided, level)
    matrix = sum(by_seed.values()) / len(by_seed)
    return OperatingPoint(
        rule=_rule(runs, positive),
        thresholds=() if positive is None else tuple(_threshold(run, positive) for run in runs),
        **measures,
        class_recalls=_class_recalls(data, runs, level) if positive is None else (),
        confusion=tuple(tuple(row) for row in np.asarray(matrix).tolist()),
        at_prevalence=(
            ()
            if positive is None
            else _at_prevalences(measures["sensitivity"], measures["specificity"])
        ),
    )


def _rule(runs: Sequence[ScoredRun], positive: int | None) -> str:
    if positive is None:
        return ARGMAX
    chosen = any(len(np.unique(run.validation_labels)) > 1 for run in runs)
    return YOUDEN if chosen else HALF


def _at_prevalences(sensitivity: Estimate, specificity: Estimate) -> tuple[AtPrevalence, ...]:
    """PPV and NPV at the stated prevalences."""
    found = []
    for prevalence in PREVALENCES:
        values = predictive_values(
            sensitivity.value,
            _limits(sensitivity),
            specificity.value,
            _limits(specificity),
            prevalence,
        )
        ppv = Estimate(values.ppv, *values.ppv_limits, BY_BAYES)
        npv = Estimate(values.npv, *values.npv_limits, BY_BAYES)
        never = sensitivity.value == 0 and specificity.value == 1  # called positive
        always = sensitivity.value == 1 and specificity.value == 0
        found.append(AtPrevalence(prevalence, None if never else ppv, None if always else npv))
    return tuple(found)


def _limits(rate: Estimate) -> tuple[float, float]:
    """Of a rate; rounding may put the rate itself just outside."""
    low = rate.value if rate.low is None else min(rate.low, rate.value)
    high = rate.value if rate.high is None else max(rate.high, rate.value)
    return max(0.0, low), min(1.0, high)


def rates_elsewhere(
    data: DatasetRuns, runs: Sequence[ScoredRun], level: float
) -> tuple[Estimate | None, Estimate | None]:
    """Sensitivity and specificity by the rule fixed on validation; of many classes their means.

    On cases of one class alone None for what needs another: of two classes sensitivity or
    specificity, of many specificity.

    Args:
        data: all runs, on any cases.
        runs: the method's, at least one.
        level: of the intervals.
    """
    positive = data.card.positive
    if positive is None and len(np.unique(labels_of(data))) == 1:
        return next((one for one in _class_recalls(data, runs, level) if one), None), None
    if positive is None:
        found: Mapping[str, Estimate | None] = _with_intervals(data, runs, level)
    else:
        found = _binary_rates(data, runs, [_decision(run, positive) for run in runs], level)
    return found.get("sensitivity"), found.get("specificity")


def threshold_counts(data: DatasetRuns, runs: Sequence[ScoredRun]) -> ThresholdCounts | None:
    """Decisions on test at any threshold; None for more than two classes.

    Seeds that lack a fold are left out; None where all do.
    """
    positive = data.card.positive
    if positive is None:
        return None
    labels, stacked = _stacked(data, runs, lambda run: run.test[:, positive])
    if not len(stacked):
        return None
    found = labels == positive
    chosen = fmean(_threshold(run, positive) for run in runs)
    thresholds = _some_thresholds(found, stacked, chosen)
    counts = [[_at_or_above(own[side], thresholds) for own in stacked] for side in (found, ~found)]
    true, false = (tuple(np.mean(own, axis=0).tolist()) for own in counts)
    return ThresholdCounts(tuple(thresholds.tolist()), true, false, chosen)


def case_instability(
    data: DatasetRuns, runs: Sequence[ScoredRun], method: str
) -> Instability | None:
    """How much single cases depend on the training.

    Between its trainings on samples of the training part where there are several, since these show
    the luck of training images and seeds alike; else between whole seeds (and draws of the folds).
    None with fewer than two of both.
    """
    again = [run for run in data.resampled if run.run.trial.method == method]
    if len(again) > 1:
        decided = np.stack([_decision(run, data.card.positive) for run in again])
        if decided.shape[1]:
            found = instability(np.stack([run.test for run in again]), decided)
            assert found.changed is not None  # decisions were given
            return Instability(found.trainings, found.mean, found.q90, found.changed, True)
    _, said = _stacked(data, runs, lambda run: run.test)
    _, decided = _stacked(data, runs, lambda run: _decision(run, data.card.positive))
    if len(said) < 2 or not said.shape[1]:
        return None
    found = instability(said, decided)
    assert found.changed is not None  # decisions were given
    return Instability(found.trainings, found.mean, found.q90, found.changed)


def decision_pair(
    data: DatasetRuns,
    names: tuple[str, str],
    runs: tuple[Sequence[ScoredRun], Sequence[ScoredRun]],
    level: float,
) -> DecisionPair | None:
    """Two methods' decisions on the same cases; None where one has no seed with every fold."""
    (a, b), (runs_a, runs_b) = names, runs
    positive = data.card.positive
    labels, decided_a = _stacked(data, runs_a, lambda run: _decision(run, positive))
    _, decided_b = _stacked(data, runs_b, lambda run: _decision(run, positive))
    if not len(decided_a) or not len(decided_b):
        return None
    unit = next(iter(data.tests.values())).unit
    found = discordance(decided_a == labels, decided_b == labels, patients(data), level, unit)
    gap = found.accuracy_a - found.accuracy_b
    return DecisionPair(
        a=a,
        b=b,
        accuracy_a=found.accuracy_a,
        accuracy_b=found.accuracy_b,
        difference=Estimate(gap, found.low, found.high, "Bonett and Price"),
        only_a=found.only_a,
        only_b=found.only_b,
        p=found.p,
        test=found.test,
        ahead=None if abs(gap) < 1e-12 else a if gap > 0 else b,
        claim_false=found.claim_false,
    )


def _threshold(run: ScoredRun, positive: int | None) -> float:
    return decision_threshold(run.validation_labels, run.validation, positive)


def _decision(run: ScoredRun, positive: int | None) -> IntArray:
    """`(n,)` classes that a run decides for on test."""
    threshold = np.array([_threshold(run, positive)])
    return np.asarray(decisions(run.test[None], threshold, positive)[0])


def _training(run: ScoredRun) -> tuple[int | None, int]:
    """Whose folds test every case once: the seed, and the draw of the folds."""
    return run.run.trial.seed, run.run.trial.repeat


def _stacked(data: DatasetRuns, runs: Sequence[ScoredRun], said: Any) -> tuple[IntArray, Any]:
    """Labels `(n,)` of all cases, and `(s, n)` what each seed that has every fold said of them."""
    labels = labels_of(data)
    return labels, whole_seeds(stored_answers(data, runs), [said(r) for r in runs], len(labels))


def _with_intervals(
    data: DatasetRuns, runs: Sequence[ScoredRun], level: float
) -> dict[str, Estimate]:
    """Every measure with its interval; {} where a seed lacks a fold."""
    positive, k = data.card.positive, len(data.card.class_names)
    labels, decided = _stacked(data, runs, lambda run: _decision(run, positive))
    if len(decided) < len({_training(run) for run in runs}):
        return {}
    units = patients(data)
    found = rate_intervals(labels, decided, k, positive, units, level)
    names = {name: PROCEDURES.get(name, BOOTSTRAP) for name in Rates._fields}
    if k > 2 and len(np.unique(labels)) > 1:
        clustered = units is not None and len(np.unique(units)) < len(units)
        mean = OF_CLASSES_BY_UNIT.format(whom(data)) if clustered else OF_CLASSES
        names = dict.fromkeys(Rates._fields, mean)
        names["accuracy"] = BY_UNIT.format(whom(data)) if clustered else WILSON
    return {
        name: Estimate(value, low, high, names[name])
        for name, value, low, high in zip(Rates._fields, *found, strict=True)
    }


def _class_recalls(
    data: DatasetRuns, runs: Sequence[ScoredRun], level: float
) -> tuple[Estimate | None, ...]:
    """Of every class; () where no seed has every fold."""
    labels, decided = _stacked(data, runs, lambda run: _decision(run, None))
    if not len(decided):
        return ()
    units = patients(data)
    clustered = units is not None and len(np.unique(units)) < len(units)
    name = BY_UNIT.format(whom(data)) if clustered else WILSON
    found = {
        one.label: Estimate(one.recall, one.low, one.high, name)
        for one in recalls(labels, decided, units, level)
    }
    return tuple(found.get(label) for label in range(len(data.card.class_names)))


def _binary_rates(
    data: DatasetRuns, runs: Sequence[ScoredRun], decided: Sequence[IntArray], level: float
) -> dict[str, Estimate | None]:
    """Accuracy, sensitivity, specificity, precision and NPV with Wilson intervals.

    Means over seeds, case by case; then each rate is a ratio of two sums over cases.
    """
    labels, units = labels_of(data), patients(data)
    named, asked = np.zeros(len(labels)), np.zeros(len(labels))
    for answer, decision in zip(stored_answers(data, runs), decided, strict=True):
        named[answer.cases] += decision == data.card.positive
        asked[answer.cases] += 1
    seen = asked > 0
    found, named = labels[seen] == data.card.positive, named[seen] / asked[seen]
    if units is not None:
        units = np.unique(units[seen], return_inverse=True)[1].astype(np.int64)
    hit, rejected = np.where(found, named, 0.0), np.where(found, 0.0, 1 - named)
    pairs = {
        "accuracy": (hit + rejected, np.ones(len(found))),
        "sensitivity": (hit, found.astype(float)),
        "specificity": (rejected, (~found).astype(float)),
        "precision": (hit, named),
        "npv": (rejected, 1 - named),
    }
    clustered = units is not None and len(np.unique(units)) < len(units)
    name = BY_UNIT.format(whom(data)) if clustered else WILSON
    estimates: dict[str, Estimate | None] = {}
    for measure, (successes, trials) in pairs.items():
        interval = proportion(successes, trials, units, level)
        estimates[measure] = None if interval is None else Estimate(*interval, name)
    return estimates


def _some_thresholds(found: NDArray[np.bool_], scores: FloatArray, chosen: float) -> FloatArray:
    """Descending, from where none is positive to where all are; evenly along the ROC curve."""
    values, group = np.unique(scores, return_inverse=True)
    if len(values) > THRESHOLDS:
        truth = np.tile(found, len(scores))
        share = np.where(truth, 1 / truth.sum(), 1 / (~truth).sum())
        along = np.cumsum(np.bincount(group.ravel(), weights=share))
        wanted = np.linspace(along[0], along[-1], THRESHOLDS)
        values = values[np.minimum(np.searchsorted(along, wanted), len(values) - 1)]
    # any number between two scores will do, so one that can be read is taken
    rounded = [float(f"{value:.4g}") for value in values.tolist()]
    top = 1.0 if scores.max() < 1 else float(np.nextafter(1.0, 2.0))
    return np.unique([top, *(value for value in rounded if value < top), chosen, 0.0])[::-1]


def _at_or_above(scores: FloatArray, thresholds: FloatArray) -> IntArray:
    found = len(scores) - np.searchsorted(np.sort(scores), thresholds, side="left")
    return np.asarray(found, dtype=np.int64)
