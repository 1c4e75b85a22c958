"""Runs at other image sizes than the one that the verdicts are about, kept apart from those."""

from collections.abc import Iterable
from dataclasses import replace

from bench.protocol.record import Trial
from bench.protocol.study import Study
from bench.results.store import Store
from reports.loading.beside import runs_beside
from reports.loading.selection import DatasetRuns


def trials_at_other_sizes(study: Study, stored: Iterable[Trial]) -> list[Trial]:
    """The stored trials at the study's other sizes."""
    folds = set(range(study.folds)) if study.folds else {None}
    found = [
        trial
        for trial in stored
        if trial.size in study.other_sizes
        and trial.resample is None
        and not trial.repeat
        and trial.dataset in study.datasets
        and trial.method in study.methods
        and (trial.seed is None or trial.seed in study.seeds)
        and trial.fold in folds
        and trial.fraction == max(study.fractions)
    ]
    return sorted(found, key=lambda t: (t.dataset, t.method, t.size, t.fold or 0, t.seed or 0))


def with_other_sizes(
    data: DatasetRuns, store: Store, study: Study, trials: Iterable[Trial]
) -> DatasetRuns:
    """The same runs with those at other image sizes beside them.

    Those count that succeeded, with the study's tuning, on the same test cases, of methods that
    have a result at the study's size: with a seed where that has one. The others are failures.

    Args:
        data: the study's runs on one data set.
        store: the results folder.
        study: its current study.
        trials: as of `trials_at_other_sizes`.
    """
    found, failed = runs_beside(data, store, study, trials, lambda t: data.tests.get(t.fold))
    return replace(data, other_sizes=found, failed=failed)
