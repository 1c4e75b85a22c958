"""Runs at other image sizes than the one that the verdicts are about, kept apart from those."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from bench.protocol.record import Run, Trial
from bench.protocol.study import Study
from bench.results.store import Store
from reports.loading.selection import DatasetRuns, ScoredRun, TestPart
from reports.loading.trials import OTHER_CASES, failed_run, failure_order


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
    kinds = {(run.run.trial.method, run.run.trial.seed is not None) for run in data.scored}
    found, failed = [], [*data.failed]
    for trial in trials:
        if trial.dataset != data.card.name or (trial.method, trial.seed is not None) not in kinds:
            continue
        run, part = store.run(trial), data.tests.get(trial.fold)
        if run is None or part is None or run.tune != (study.tune if run.tunable else 0):
            continue
        scored = on_cases(run, part)
        if scored is not None:
            found.append(scored)
        elif run.predictions is None:
            failed.append(failed_run(run, run.status, run.error))
        else:
            failed.append(failed_run(run, "failed", OTHER_CASES))
    return replace(data, other_sizes=tuple(found), failed=tuple(sorted(failed, key=failure_order)))


def on_cases(run: Run, part: TestPart) -> ScoredRun | None:
    """A run in the order of these test cases; None without predictions, or with other cases."""
    if run.predictions is None:
        return None
    test, validation = run.predictions.part("test"), run.predictions.part("val")
    order = np.argsort(test.case_ids, kind="stable")
    if not (
        np.array_equal(test.case_ids[order], part.case_ids)
        and np.array_equal(test.labels[order], part.labels)
    ):
        return None
    return ScoredRun(
        replace(run, predictions=None),
        validation.labels,
        validation.probabilities,
        test.probabilities[order],
        validation.case_ids,
    )
