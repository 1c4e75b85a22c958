"""Runs beside those that the verdict rests on, brought into the order of its test cases."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from bench.protocol.record import Run, Trial
from bench.protocol.study import Study
from bench.results.store import Store
from reports.evidence import FailedRun
from reports.loading.selection import DatasetRuns, ScoredRun, TestPart
from reports.loading.trials import OTHER_CASES, failed_run, failure_order

Kind = tuple[str, bool]
"""A method, and whether it has a seed."""


def kinds_of(data: DatasetRuns, study: Study) -> set[Kind]:
    """The methods that have a result with the largest fraction, which all runs beside have.

    On a smaller one a method without randomness has seeds, which draw what it is trained on.
    """
    trials = [run.run.trial for run in data.scored]
    return {_kind(trial) for trial in trials if trial.fraction == max(study.fractions)}


def runs_beside(
    data: DatasetRuns,
    store: Store,
    study: Study,
    trials: Iterable[Trial],
    part_of: Callable[[Trial], TestPart | None],
) -> tuple[tuple[ScoredRun, ...], tuple[FailedRun, ...]]:
    """Those that succeeded, and all failures of the data set with the others among them.

    Those count that have the study's tuning and are of methods with a result with the largest
    fraction: with a seed where that has one.

    Args:
        data: the study's runs on one data set.
        store: the results folder.
        study: its current study.
        trials: which to look at; those on other data sets are passed over.
        part_of: the test cases that a trial must have been asked about.
    """
    kinds = kinds_of(data, study)
    found, failed = [], list(data.failed)
    for trial in trials:
        if trial.dataset != data.card.name or _kind(trial) not in kinds:
            continue
        run, part = store.run(trial), part_of(trial)
        if run is None or part is None or run.tune != (study.tune if run.tunable else 0):
            continue
        scored = _on_cases(run, part)
        if scored is not None:
            found.append(scored)
        elif run.predictions is None:
            failed.append(failed_run(run, run.status, run.error))
        else:
            failed.append(failed_run(run, "failed", OTHER_CASES))
    return tuple(found), tuple(sorted(failed, key=failure_order))


def _kind(trial: Trial) -> Kind:
    return trial.method, trial.seed is not None


def _on_cases(run: Run, part: TestPart) -> ScoredRun | None:
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
