"""Runs on bootstrap samples of the training part, kept apart from those on the part itself."""

from collections.abc import Iterable
from dataclasses import replace

from bench.protocol.record import Trial
from bench.protocol.study import Study
from bench.results.store import Store
from reports.evidence import MissingTrial
from reports.loading.beside import kinds_of, runs_beside
from reports.loading.selection import DatasetRuns


def resampled_trials(study: Study, stored: Iterable[Trial]) -> list[Trial]:
    """The stored trials on the study's samples, by method and sample; none with folds."""
    found = [
        trial
        for trial in stored
        if trial.resample is not None
        and not trial.on_other_images
        and trial.resample < study.resample
        and not study.folds
        and trial.fold is None
        and trial.dataset in study.datasets
        and trial.method in study.methods
        and trial.seed in (None, study.seeds[trial.resample % len(study.seeds)])
        and trial.fraction == max(study.fractions)
    ]
    return sorted(found, key=lambda trial: (trial.dataset, trial.method, trial.resample or 0))


def with_resampled(
    data: DatasetRuns, store: Store, study: Study, trials: Iterable[Trial]
) -> DatasetRuns:
    """The same runs with those on samples of the training part beside them.

    Those count that succeeded, with the study's tuning, on the same test cases, of methods that
    have a result with the training part itself: with a seed where that has one. Those that failed
    and those that are not there are listed with the others.

    Args:
        data: the study's runs on one data set.
        store: the results folder.
        study: its current study.
        trials: as of `resampled_trials`.
    """
    part = data.tests.get(None)
    if part is None or not study.resample or study.folds:
        return data
    own = [trial for trial in trials if trial.dataset == data.card.name]
    found, failed = runs_beside(data, store, study, own, lambda _: part)
    missing = (*data.missing, *_missing(data, study, own))
    return replace(data, resampled=found, failed=failed, missing=missing)


def _missing(data: DatasetRuns, study: Study, stored: Iterable[Trial]) -> Iterable[MissingTrial]:
    """Trials on samples that have no stored run, of methods that have a result without one."""
    there = {(trial.method, trial.seed is not None, trial.resample) for trial in stored}
    for method, seeded in sorted(kinds_of(data, study)):
        for i in range(study.resample):
            if (method, seeded, i) not in there:
                seed = study.seeds[i % len(study.seeds)] if seeded else None
                fraction = max(study.fractions)
                yield MissingTrial(data.card.name, method, seed, None, fraction, resample=i)
