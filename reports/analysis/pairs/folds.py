"""AUCs of methods over folds, and differences of two of them."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.protocol.scoring import Measure, binary_auc
from reports.analysis.pairs.paired import DRAWS, OVERLAPPING, SEEDS, Tested, procedure
from reports.evidence import Estimate
from reports.loading.selection import ScoredRun, TestPart, each_case_once, units_of
from reports.statistics.auc_interval import LOGIT
from reports.statistics.fold_auc import Fold, FoldDifference, fold_difference

FloatArray = NDArray[np.float64]

FOLDS = "influence-curve error of the fold-averaged AUC (LeDell et al. 2015)"
"""Name of the procedure for an AUC over folds, and for a difference of two; more follows."""

LEAST = 2
"""At least so many cases (patients) of each class in every fold; an AUC of fewer has no error."""

ByFold = Mapping[int, str]
"""Fold → the method that stands for a side there."""


@dataclass(frozen=True, eq=False)
class CrossValidated:
    """The mean of the folds' AUCs, with the error that follows from the influence of every case.

    Attributes:
        runs: successful runs on parts with at least two classes.
        parts: fold → its test cases, the folds of each draw after those of the one before.
        positive: of two classes the one to be found, else None.
        level: of the intervals.
        stands: names that mean another method in another fold; any other name is a method and
            means itself in every fold.
    """

    runs: tuple[ScoredRun, ...]
    parts: Mapping[int | None, TestPart]
    positive: int | None
    level: float
    stands: tuple[tuple[str, ByFold], ...] = ()

    @property
    def measure(self) -> Measure:
        """The AUC."""
        return "auc"

    def standing(self, stands: Mapping[str, ByFold]) -> "CrossValidated":
        """The same, with names that mean the method that was chosen in each fold."""
        return replace(self, stands=tuple(stands.items()))

    def of_seed(self, seed: int | None) -> "CrossValidated":
        """The runs with this seed (None for all) and those without one."""
        kept = (r for r in self.runs if seed is None or r.run.trial.seed in (None, seed))
        return replace(self, runs=tuple(kept))

    def value(self, method: str) -> Estimate:
        """Mean over folds with its interval."""
        scores = self._scores(method)
        if all((np.ptp(each, axis=1) == 0).all() for each in scores.values()):
            return Estimate(0.5, 0.5, 0.5, "none: all scores are equal")
        found = self._difference(scores, scores)
        name = found.a.procedure
        if name == LOGIT:
            name = self._procedure(f"{FOLDS} on the logit scale", scores)
        return Estimate(found.auc_a, found.a.low, found.a.high, name)

    def per_class(self, method: str) -> dict[int, float]:
        """Class → one-against-rest AUC, mean over folds and seeds in which it is present."""
        each: dict[int, list[float]] = {}
        for run in self.runs:
            if run.run.trial.method == method:
                labels = self.parts[run.part].labels
                for label in np.unique(labels).tolist():
                    value = binary_auc(labels == label, run.test[:, label])
                    each.setdefault(label, []).append(value)
        return {label: float(np.mean(values)) for label, values in sorted(each.items())}

    def tested(
        self,
        pairs: Sequence[tuple[str, str]],
        n_candidates: Mapping[str, int] | None = None,  # noqa: ARG002
    ) -> list[Tested]:
        """Over the folds that both have; `n_candidates` plays no part.

        Raises:
            ValueError: if two have fewer than two folds in common.
        """
        found = []
        for a, b in pairs:
            if not self.comparable(a, b):
                raise ValueError(f"{a} and {b} have fewer than two folds in common")
            both = self._scores(a), self._scores(b)
            one = self._difference(*both)
            few = one.p > one.difference.p()
            name = f"{FOLDS} and swap permutation, the larger p" if few else FOLDS
            name = procedure(self._procedure(name, *both), one.difference)
            found.append(Tested(one.difference, one.p, name))
        return found

    def _procedure(self, base: str, *scores: Mapping[int, FloatArray]) -> str:
        """Its name with what adds to the error: overlapping training parts, seeds and draws."""
        told = [base, OVERLAPPING]
        if any(np.ptp(each, axis=0).any() for own in scores for each in own.values()):
            told.append(SEEDS)
        if len({self.parts[fold].repeat for fold in scores[0]}) > 1:
            told.append(DRAWS)
        return ", ".join(told)

    def model(self, a: str, b: str, n_candidates: Mapping[str, int] | None = None) -> None:
        """None: what could be found follows from the error of the difference itself."""

    def comparable(self, a: str, b: str) -> bool:
        """Whether two have at least two folds in common."""
        return len(set(self._scores(a)) & set(self._scores(b))) >= 2

    @property
    def test_to_train(self) -> float:
        """Test cases per training case, mean over runs; by the number of folds if not recorded."""
        each = [len(run.test) / run.run.n_train for run in self.runs if run.run.n_train]
        return float(np.mean(each)) if each else 1 / max(1, len(self.parts) - 1)

    def _scores(self, name: str) -> dict[int, FloatArray]:
        """Fold → `(seeds, n, k)` of the method that the name means there."""
        meant = dict(self.stands).get(name)
        found: dict[int, list[FloatArray]] = {}
        for run in self.runs:
            fold = run.part or 0
            if run.run.trial.method == (name if meant is None else meant.get(fold)):
                found.setdefault(fold, []).append(run.test)
        return {fold: np.stack(each) for fold, each in sorted(found.items())}

    def _difference(
        self, a: Mapping[int, FloatArray], b: Mapping[int, FloatArray]
    ) -> FoldDifference:
        units, clustered = _units(self.parts)
        folds = [
            Fold(self.parts[fold].labels, a[fold], b[fold], units[fold], self.parts[fold].repeat)
            for fold in _whole_draws([fold for fold in a if fold in b], self.parts)
        ]
        return fold_difference(folds, self.positive, self.level, clustered=clustered)


def thin_fold(
    parts: Mapping[int | None, TestPart],
    class_names: Sequence[str],
    left_out: Collection[str] = (),
) -> str:
    """Why a fold has too few cases (patients) of a class, one sentence, or "" if none has.

    Args:
        parts: fold → its test cases.
        class_names: in the order of labels.
        left_out: names of classes that need none.
    """
    for _, part in sorted(parts.items(), key=lambda item: item[0] or 0):
        who, units = "case" if part.groups is None else "patient", part.units
        for label, name in enumerate(class_names):
            if name in left_out:
                continue
            own = part.labels == label
            n = int(own.sum()) if units is None else len(np.unique(units[own]))
            if n < LEAST:
                draw = f" of draw {part.repeat + 1}" if part.repeat else ""
                return (
                    f"Fold {(part.fold or 0) + 1}{draw} has {n or 'no'} test "
                    f"{who}{'' if n == 1 else 's'} of “{name}” that count"
                    f"{'s' if n == 1 else ''}; every fold needs at least {LEAST} of each class. "
                    "Near twins of images of training or validation do not count, and near twins "
                    "of each other count as one."
                )
    return ""


def _units(
    parts: Mapping[int | None, TestPart],
) -> tuple[dict[int, NDArray[np.int64]], bool]:
    """Fold → `(n,)` numbers of its patients (cases), and whether a patient has several cases."""
    numbers = units_of(list(parts.values()))
    known = numbers is not None
    if numbers is None:
        ids = np.concatenate([part.case_ids for part in parts.values()])
        numbers = np.unique(ids, return_inverse=True)[1].astype(np.int64)
    ends = np.cumsum([len(part.labels) for part in parts.values()])[:-1]
    own = np.split(numbers, ends)
    found = {fold or 0: each for fold, each in zip(parts, own, strict=True)}
    n_cases = sum(len(part.labels) for part in each_case_once(parts.values()))
    return found, known and int(numbers.max()) + 1 < n_cases


def _whole_draws(folds: Sequence[int], parts: Mapping[int | None, TestPart]) -> list[int]:
    """The folds of those draws that have the most of them: the mean over draws is of alike ones."""
    count = Counter(parts[fold].repeat for fold in folds)
    return [fold for fold in folds if count[parts[fold].repeat] == max(count.values())]
