"""AUCs of methods over folds, and differences of two of them."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from bench.protocol.scoring import Measure, binary_auc
from bench.protocol.scoring import auc as score_auc
from reports.analysis.pairs.paired import Tested
from reports.evidence import Estimate
from reports.loading.selection import ScoredRun, TestPart
from reports.statistics.crossvalidation import corrected, corrected_difference


class CrossValidated:
    """One AUC per fold, each the mean over seeds; errors by Nadeau and Bengio's correction.

    Args:
        runs: successful runs.
        parts: fold → its test cases.
        positive: of two classes the one to be found, else None.
        level: of the intervals.
    """

    measure: Measure = "auc"

    def __init__(
        self,
        runs: Sequence[ScoredRun],
        parts: dict[int | None, TestPart],
        positive: int | None,
        level: float,
    ) -> None:
        self.level = level
        self._by_fold: dict[str, dict[int, float]] = {}
        self._runs, self._parts = tuple(runs), parts
        collected: dict[str, dict[int, list[float]]] = {}
        for run in runs:
            fold = run.run.trial.fold or 0
            value = score_auc(parts[run.run.trial.fold].labels, run.test, positive)
            if not math.isnan(value):
                collected.setdefault(run.run.trial.method, {}).setdefault(fold, []).append(value)
        for method, folds in collected.items():
            self._by_fold[method] = {fold: float(np.mean(v)) for fold, v in sorted(folds.items())}
        self.test_to_train = _test_to_train(runs, parts)

    def value(self, method: str) -> Estimate:
        """Mean over folds with its corrected interval; none with a single fold."""
        each = list(self._by_fold[method].values())
        if len(each) < 2:
            return Estimate(each[0])
        mean = corrected(each, self.test_to_train)
        if mean.se == 0:
            return Estimate(mean.d, 0.0, 1.0, "none: the same in every fold")
        low, high = mean.interval(self.level)
        return Estimate(
            mean.d, max(0.0, low), min(1.0, high), "corrected t over folds (Nadeau and Bengio)"
        )

    def per_class(self, method: str) -> dict[int, float]:
        """Class → one-against-rest AUC, mean over folds and seeds in which it is present."""
        each: dict[int, list[float]] = {}
        for run in self._runs:
            if run.run.trial.method == method:
                labels = self._parts[run.run.trial.fold].labels
                for label in np.unique(labels).tolist():
                    value = binary_auc(labels == label, run.test[:, label])
                    each.setdefault(label, []).append(value)
        return {label: float(np.mean(values)) for label, values in sorted(each.items())}

    def tested(
        self,
        pairs: Sequence[tuple[str, str]],
        n_candidates: Mapping[str, int] | None = None,  # noqa: ARG002
    ) -> list[Tested]:
        """Corrected t test over the folds that both methods have; `n_candidates` plays no part.

        Raises:
            ValueError: if two methods have fewer than two folds in common.
        """
        found = []
        for a, b in pairs:
            folds = [fold for fold in self._by_fold[a] if fold in self._by_fold[b]]
            each = [self._by_fold[a][fold] - self._by_fold[b][fold] for fold in folds]
            difference = corrected_difference(each, self.test_to_train)
            name = "corrected t over folds (Nadeau and Bengio)"
            found.append(Tested(difference, difference.p(), name))
        return found

    def model(self, a: str, b: str, n_candidates: Mapping[str, int] | None = None) -> None:
        """None: the errors of folds do not follow from the cases."""

    def comparable(self, a: str, b: str) -> bool:
        """Whether two methods have at least two folds in common."""
        both = set(self._by_fold.get(a, {})) & set(self._by_fold.get(b, {}))
        return len(both) >= 2


def _test_to_train(runs: Sequence[ScoredRun], parts: dict[int | None, TestPart]) -> float:
    """Test cases per training case, mean over runs; from the number of folds where not recorded."""
    each = [len(run.test) / run.run.n_train for run in runs if run.run.n_train]
    return float(np.mean(each)) if each else 1 / max(1, len(parts) - 1)
