"""Runs on other images than those that the verdicts are about, kept apart: of other sizes, or with
other lesion masks."""

from collections.abc import Iterable
from dataclasses import replace

from bench.protocol.record import Trial
from bench.protocol.study import Study
from bench.results.store import Store
from reports.loading.beside import runs_beside
from reports.loading.selection import DatasetRuns


def trials_on_other_images(study: Study, stored: Iterable[Trial]) -> list[Trial]:
    """The stored trials at the study's other sizes and with its other masks."""
    folds = set(range(study.folds)) if study.folds else {None}
    found = [
        trial
        for trial in stored
        if trial.on_other_images
        and (trial.size in study.other_sizes if trial.size else trial.masks in study.other_masks)
        and trial.resample is None
        and not trial.repeat
        and trial.dataset in study.datasets
        and trial.method in study.methods
        and (trial.seed is None or trial.seed in study.seeds)
        and trial.fold in folds
        and trial.fraction == max(study.fractions)
    ]
    return sorted(found, key=_order)


def _order(trial: Trial) -> tuple[str, str, int, str, int, int]:
    return (
        trial.dataset,
        trial.method,
        trial.size,
        trial.masks,
        trial.fold or 0,
        trial.seed or 0,
    )


def with_other_images(
    data: DatasetRuns, store: Store, study: Study, trials: Iterable[Trial]
) -> DatasetRuns:
    """The same runs with those on other images beside them.

    Those count that succeeded, with the study's tuning, on the same test cases, of methods that
    have a result on the study's images: with a seed where that has one. The others are failures.

    Args:
        data: the study's runs on one data set.
        store: the results folder.
        study: its current study.
        trials: as of `trials_on_other_images`.
    """
    found, failed = runs_beside(data, store, study, trials, lambda t: data.tests.get(t.fold))
    return replace(data, other_images=found, failed=failed)
