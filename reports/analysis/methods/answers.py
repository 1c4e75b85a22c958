"""What the runs of a method say of the test cases, as they are and recalibrated."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reports.loading.selection import DatasetRuns, ScoredRun, units_of
from reports.statistics.recalibrate import logistic_map

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Answer:
    """Probabilities of one run for the test cases of its fold.

    Attributes:
        seed: of the run.
        labels: `(n,)`.
        probabilities: `(n, k)`.
        cases: `(n,)` number of each case, over all folds.
    """

    seed: int | None
    labels: IntArray
    probabilities: FloatArray
    cases: IntArray

    def told(self, positive: int | None) -> tuple[BoolArray, FloatArray]:
        """Whether it came true, and its probability: the positive or the most probable class."""
        if positive is not None:
            return self.labels == positive, self.probabilities[:, positive]
        named = self.probabilities.argmax(axis=1)
        return named == self.labels, self.probabilities.max(axis=1)


def stored_answers(data: DatasetRuns, runs: Sequence[ScoredRun]) -> list[Answer]:
    """Of every run, as stored."""
    starts = _starts(data)
    told = []
    for run in runs:
        fold = run.run.trial.fold
        labels = data.tests[fold].labels
        cases = starts[fold] + np.arange(len(labels))
        told.append(Answer(run.run.trial.seed, labels, run.test, cases))
    return told


def recalibrated_answers(data: DatasetRuns, runs: Sequence[ScoredRun]) -> list[Answer]:
    """After a logistic map that was fitted on each run's validation part.

    It lacks the runs without validation cases.
    """
    return [
        replace(
            told,
            probabilities=logistic_map(run.validation_labels, run.validation).apply(run.test),
        )
        for told, run in zip(stored_answers(data, runs), runs, strict=True)
        if len(run.validation_labels)
    ]


def patients(data: DatasetRuns) -> IntArray | None:
    """`(n,)` patients of the cases of all folds as `0..u-1`; None where each case counts."""
    return units_of(list(data.tests.values()))


def whom(data: DatasetRuns) -> str:
    """What `patients` counts as one, for the name of a procedure: patients, or near-duplicates."""
    return next((part.unit_named for part in data.tests.values()), "patients")


def labels_of(data: DatasetRuns) -> IntArray:
    """`(n,)` of the cases of all folds."""
    return np.concatenate([part.labels for part in data.tests.values()])


def whole_seeds(told: Sequence[Answer], values: Sequence[FloatArray], n_cases: int) -> FloatArray:
    """`(s, n, ...)` one value per case of each seed that has every fold; s may be 0.

    Args:
        told: of the runs.
        values: `(m, ...)` of each of them, in the order of its cases.
        n_cases: over all folds.
    """
    rows: dict[int | None, FloatArray] = {}
    seen: dict[int | None, BoolArray] = {}
    for answer, own in zip(told, values, strict=True):
        row = rows.setdefault(answer.seed, np.zeros((n_cases, *own.shape[1:])))
        row[answer.cases] = own
        seen.setdefault(answer.seed, np.zeros(n_cases, dtype=bool))[answer.cases] = True
    shape = values[0].shape[1:] if values else ()
    whole = [row for seed, row in rows.items() if seen[seed].all()]
    return np.stack(whole) if whole else np.zeros((0, n_cases, *shape))


def _starts(data: DatasetRuns) -> dict[int | None, int]:
    """Number of the first case of each fold."""
    starts, count = {}, 0
    for fold, part in data.tests.items():
        starts[fold] = count
        count += len(part.labels)
    return starts
