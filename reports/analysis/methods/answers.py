"""What the runs of a method say of the test cases, as they are and recalibrated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reports.loading.selection import DatasetRuns, ScoredRun, TestPart, each_case_once, units_of
from reports.statistics.recalibrate import logistic_map

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Answer:
    """Probabilities of one run for the test cases of its fold, or of all folds of a training.

    Attributes:
        seed: of the run.
        labels: `(n,)`.
        probabilities: `(n, k)`.
        cases: `(n,)` number of each case, over all folds.
        repeat: which draw of the folds.
    """

    seed: int | None
    labels: IntArray
    probabilities: FloatArray
    cases: IntArray
    repeat: int = 0

    def told(self, positive: int | None) -> tuple[BoolArray, FloatArray]:
        """Whether it came true, and its probability: the positive or the most probable class."""
        if positive is not None:
            return self.labels == positive, self.probabilities[:, positive]
        named = self.probabilities.argmax(axis=1)
        return named == self.labels, self.probabilities.max(axis=1)


def stored_answers(data: DatasetRuns, runs: Sequence[ScoredRun]) -> list[Answer]:
    """Of every run, as stored."""
    numbers = case_numbers(each_case_once(data.tests.values()), data.tests)
    return [
        Answer(
            run.run.trial.seed,
            data.tests[run.part].labels,
            run.test,
            numbers[run.part],
            run.run.trial.repeat,
        )
        for run in runs
    ]


def recalibrated_answers(data: DatasetRuns, runs: Sequence[ScoredRun]) -> list[Answer]:
    """After a logistic map that was fitted on each run's validation part.

    It lacks the runs without validation cases, or with those of one class, of which the map would
    give every case the same probability.
    """
    return [
        replace(
            told,
            probabilities=logistic_map(run.validation_labels, run.validation).apply(run.test),
        )
        for told, run in zip(stored_answers(data, runs), runs, strict=True)
        if len(np.unique(run.validation_labels)) > 1
    ]


def by_training(told: Sequence[Answer]) -> list[Answer]:
    """The folds of each seed and draw put together: every case was tested once in each.

    Folds test different cases, so that a training on one split and one in folds say something of
    as many. Where folds are missing it has fewer.

    Args:
        told: of the runs; each stays as it is without folds.
    """
    found: dict[tuple[int | None, int], list[Answer]] = {}
    for answer in told:
        found.setdefault((answer.seed, answer.repeat), []).append(answer)
    return [
        replace(
            own[0],
            labels=np.concatenate([one.labels for one in own]),
            probabilities=np.concatenate([one.probabilities for one in own]),
            cases=np.concatenate([one.cases for one in own]),
        )
        for own in found.values()
    ]


def patients(data: DatasetRuns) -> IntArray | None:
    """`(n,)` patients of the cases of all folds as `0..u-1`; None where each case counts."""
    return units_of(each_case_once(data.tests.values()))


def whom(data: DatasetRuns) -> str:
    """What `patients` counts as one, for the name of a procedure: patients, or near-duplicates."""
    return next((part.unit_named for part in data.tests.values()), "patients")


def labels_of(data: DatasetRuns) -> IntArray:
    """`(n,)` of the cases of all folds."""
    return np.concatenate([part.labels for part in each_case_once(data.tests.values())])


def whole_seeds(told: Sequence[Answer], values: Sequence[FloatArray], n_cases: int) -> FloatArray:
    """`(s, n, ...)` one value per case of each seed that has every fold; s may be 0.

    Where the folds were drawn several times, each draw that a seed has is a row of its own, since
    every case is tested once in it.

    Args:
        told: of the runs.
        values: `(m, ...)` of each of them, in the order of its cases.
        n_cases: over all folds.
    """
    rows: dict[tuple[int | None, int], FloatArray] = {}
    seen: dict[tuple[int | None, int], BoolArray] = {}
    for answer, own in zip(told, values, strict=True):
        key = answer.seed, answer.repeat
        row = rows.setdefault(key, np.zeros((n_cases, *own.shape[1:]), dtype=own.dtype))
        row[answer.cases] = own
        seen.setdefault(key, np.zeros(n_cases, dtype=bool))[answer.cases] = True
    shape = values[0].shape[1:] if values else ()
    whole = [row for key, row in rows.items() if seen[key].all()]
    return np.stack(whole) if whole else np.zeros((0, n_cases, *shape))


def case_numbers(
    once: Sequence[TestPart], tests: Mapping[int | None, TestPart]
) -> dict[int | None, IntArray]:
    """Fold → `(n,)` numbers of its cases in `once`; a case has one number in all draws.

    Args:
        once: as of `reports.loading.selection.each_case_once`.
        tests: fold → its test cases; folds with a case that `once` lacks are left out.
    """
    if len(once) == 1 and list(tests.values()) == list(once):  # without folds
        return {fold: np.arange(len(part.case_ids)) for fold, part in tests.items()}
    ids = [part.case_ids for part in once]
    every = np.concatenate(ids) if ids else np.zeros(0, dtype=np.str_)
    order = np.argsort(every, kind="stable")
    return {
        fold: order[np.searchsorted(every, part.case_ids, sorter=order)].astype(np.int64)
        for fold, part in tests.items()
        if np.isin(part.case_ids, every).all()
    }
