"""One measure of every run on one data set, and the difference of any two sets of runs."""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports.evidence import Measure
from reports.measures import Measured, measured, threshold_of
from reports.paired import FEW_CASES, CrossValidated, SingleSplit, class_sizes
from reports.selection import ScoredRun, TestPart
from reports.sides import Contest
from reports.statistics.contrast import Difference, degrees_of_freedom
from reports.statistics.crossvalidation import corrected

FloatArray = NDArray[np.float64]

Rows = Sequence[int]
"""Rows of a board: the runs of one method."""

_ZERO = 1e-9  # a standard error below this is rounding


@dataclass(frozen=True, eq=False)
class Board:
    """A measure of all runs.

    Attributes:
        methods, seeds, folds: `(v,)` of each run.
        test, validation: `(v,)` values, NaN where a part has cases of one class only.
        contrast: weights `(v,)` → Σ weights · test and its variance due to cases; None with folds.
        cases_df: degrees of freedom of that variance.
        test_to_train: test cases per training case, with folds.
        paired: what the primary comparison is made with, where the measure is the AUC of all test
            cases: two methods with all of their runs get the difference that it gives.
    """

    methods: tuple[str, ...]
    seeds: tuple[int | None, ...]
    folds: tuple[int | None, ...]
    test: FloatArray
    validation: FloatArray
    contrast: Callable[[FloatArray], tuple[float, float]] | None
    cases_df: float
    test_to_train: float
    paired: SingleSplit | None = None

    def rows(self, methods: Collection[str], seed: int | None) -> dict[str, list[int]]:
        """Method → its runs with this seed (None for all); runs without a seed count always."""
        found: dict[str, list[int]] = {}
        for row, (method, own) in enumerate(zip(self.methods, self.seeds, strict=True)):
            if method in methods and (seed is None or own is None or own == seed):
                found.setdefault(method, []).append(row)
        return found

    def difference(self, a: Sequence[Rows], b: Sequence[Rows]) -> Difference | None:
        """Mean over the methods a of their means over runs, minus the same of b.

        Returns:
            None where two sets of folds have fewer than two in common.
        """
        if self.contrast is None:
            return self._over_folds(a, b)
        one, other = self._whole(a), self._whole(b)
        if self.paired is not None and one and other:
            return self.paired.difference(one, other)
        weights = np.zeros(len(self.test))
        seeds = []
        for methods, sign in ((a, 1.0), (b, -1.0)):
            for rows in methods:
                weights[list(rows)] = sign / (len(methods) * len(rows))
                spread = float(self.test[list(rows)].var(ddof=1)) if len(rows) > 1 else 0.0
                seeds.append((spread / len(rows) / len(methods) ** 2, len(rows)))
        d, variance = self.contrast(weights)
        se_cases = math.sqrt(variance)
        if se_cases < _ZERO:
            se_cases = 0.0
        df = degrees_of_freedom(se_cases, self.cases_df, tuple(seeds))
        return Difference(d, se_cases, math.sqrt(sum(part for part, _ in seeds)), df)

    def _whole(self, side: Sequence[Rows]) -> str | None:
        """The method of the side, if it is one method with all of its runs."""
        if len(side) != 1:
            return None
        name = self.methods[side[0][0]]
        return name if len(side[0]) == self.methods.count(name) else None

    def _over_folds(self, a: Sequence[Rows], b: Sequence[Rows]) -> Difference | None:
        each = []
        for fold in sorted({fold or 0 for fold in self.folds}):
            means = []
            for methods in (a, b):
                own = [[r for r in rows if (self.folds[r] or 0) == fold] for rows in methods]
                if all(own):
                    means.append(float(np.mean([self.test[rows].mean() for rows in own])))
            if len(means) == 2 and not math.isnan(sum(means)):
                each.append(means[0] - means[1])
        return corrected(each, self.test_to_train) if len(each) > 1 else None


def board(contest: Contest, measure: Measure, without: Collection[str]) -> Board | None:
    """A measure of all runs with the study's largest fraction, on the test cases that are left.

    Args:
        contest: the data set's runs.
        measure: which.
        without: ids of test cases that are left out.

    Returns:
        None where test has cases of one class only.
    """
    positive = contest.data.card.positive
    runs = [
        (run, score)
        for name, own in contest.runs.items()
        for run, score in zip(own, contest.scores[name], strict=True)
        if score.test is not None
    ]
    if not runs or contest.paired is None:
        return None
    kept = {fold: _left(part, without) for fold, part in contest.data.tests.items()}
    thresholds = np.array(
        [threshold_of(run.validation_labels, run.validation, positive) for run, _ in runs]
    )
    test = np.full(len(runs), np.nan)
    contrast, cases_df, paired = None, math.inf, None
    for fold, part in contest.data.tests.items():
        rows = [i for i, (run, _) in enumerate(runs) if run.run.trial.fold == fold]
        labels = part.labels[kept[fold]]
        if not rows or np.count_nonzero(np.bincount(labels)) < 2:
            continue
        units = None if part.groups is None else part.units
        if units is not None:
            units = np.unique(units[kept[fold]], return_inverse=True)[1].astype(np.int64)
        if measure == "auc" and not without and isinstance(contest.paired, SingleSplit):
            paired = contest.paired
            known = paired.components  # of the same runs in the same order
            found = Measured(known.auc, known.contrast)
        else:
            probabilities = np.stack([runs[i][0].test[kept[fold]] for i in rows])
            found = measured(measure, labels, probabilities, thresholds[rows], positive, units)
        test[rows] = found.value
        if fold is None:
            contrast = found.contrast
            smallest = min(class_sizes(labels, units))
            cases_df = smallest - 1 if 1 < smallest < FEW_CASES else math.inf
    if np.isnan(test).all():
        return None
    return Board(
        methods=tuple(run.run.trial.method for run, _ in runs),
        seeds=tuple(run.run.trial.seed for run, _ in runs),
        folds=tuple(run.run.trial.fold for run, _ in runs),
        test=test,
        validation=np.array(
            [
                _validation(measure, run, score.validation, threshold, positive)
                for (run, score), threshold in zip(runs, thresholds, strict=True)
            ]
        ),
        contrast=contrast,
        cases_df=cases_df,
        test_to_train=(
            contest.paired.test_to_train if isinstance(contest.paired, CrossValidated) else 0.0
        ),
        paired=paired,
    )


def _left(part: TestPart, without: Collection[str]) -> NDArray[np.bool_]:
    if not without:
        return np.ones(len(part.case_ids), dtype=bool)
    return ~np.isin(part.case_ids, list(without))


def _validation(
    measure: Measure,
    run: ScoredRun,
    auc: float | None,
    threshold: float,
    positive: int | None,
) -> float:
    if auc is None:
        return float("nan")
    if measure == "auc":
        return auc
    found = measured(
        measure,
        run.validation_labels,
        run.validation[None],
        np.array([threshold]),
        positive,
        None,
    )
    return float(found.value[0])
