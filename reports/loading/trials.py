"""Which trials belong to a study, in which order, and which of them failed or are missing."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import product

from bench.protocol.record import Run, Status, Trial
from bench.protocol.study import Study
from reports.evidence import FailedRun, MissingTrial

OTHER_CASES = "Its test cases are not those of the other methods."
"""Why a run with predictions does not count."""


def trials_of_study(study: Study, stored: Iterable[Trial]) -> tuple[set[Trial], set[Trial]]:
    """The stored trials that belong to the study, and the others."""
    folds = set(range(study.folds)) if study.folds else {None}
    ours: set[Trial] = set()
    others: set[Trial] = set()
    for trial in stored:
        if trial.resample is not None or trial.on_other_images:
            continue
        belongs = (
            trial.dataset in study.datasets
            and trial.method in study.methods
            and (trial.seed is None or trial.seed in study.seeds)
            and trial.fold in folds
            and trial.repeat < study.repeats
            and trial.fraction in study.fractions
        )
        (ours if belongs else others).add(trial)
    return ours, others


def trial_order(trial: Trial) -> tuple[str, float, int, int, int, int]:
    """By method, fraction, draw of the folds, fold, seed and sample; none of these comes first."""
    return (
        trial.method,
        trial.fraction,
        trial.repeat,
        -1 if trial.fold is None else trial.fold,
        -1 if trial.seed is None else trial.seed,
        -1 if trial.resample is None else trial.resample,
    )


def failure_order(failure: FailedRun) -> tuple[str, float, int, int, int, int]:
    """As the trials are sorted."""
    return trial_order(
        Trial(
            failure.dataset,
            failure.method,
            failure.seed,
            failure.fold,
            failure.fraction,
            failure.resample,
            failure.repeat,
        )
    )


def failed_run(run: Run, status: Status, error: str) -> FailedRun:
    """A stored run that has no predictions that count."""
    trial = run.trial
    return FailedRun(
        dataset=trial.dataset,
        method=trial.method,
        family=run.method.family,
        seed=trial.seed,
        fold=trial.fold,
        fraction=trial.fraction,
        status=status,
        error=error,
        traceback=run.traceback,
        repeat=trial.repeat,
        resample=trial.resample,
        size=trial.size,
        masks=trial.masks,
    )


def one_kind(runs: list[Run]) -> list[Run]:
    """Of a method that was run with and without seeds, the kind that was run last."""
    alike: dict[tuple[str, float], list[Run]] = defaultdict(list)
    for run in runs:
        alike[run.trial.method, run.trial.fraction].append(run)
    kept = []
    for own in alike.values():
        seeded = max(own, key=lambda run: run.started).trial.seed is not None
        kept += [run for run in own if (run.trial.seed is not None) == seeded]
    return kept


def missing_trials(study: Study, dataset: str, stored: list[Trial]) -> Iterable[MissingTrial]:
    """Those of the study that are not stored; samples of the training part apart."""
    there = set(stored)
    for method in study.methods:
        own = [trial for trial in stored if trial.method == method]
        for fraction in study.fractions:
            seeded = any(t.seed is not None for t in own if t.fraction == fraction)
            seeds = study.seeds if seeded else (None,)
            folds = range(study.folds) if study.folds else (None,)
            for repeat, fold, seed in product(range(study.repeats), folds, seeds):
                if Trial(dataset, method, seed, fold, fraction, None, repeat) not in there:
                    yield MissingTrial(dataset, method, seed, fold, fraction, repeat)
