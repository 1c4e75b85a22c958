"""DeLong's figures with nothing added, for means over runs."""

import numpy as np
from numpy.typing import NDArray

from reports.external.predicted import Predictions
from reports.statistics.auc import components
from reports.statistics.delong import PlainAuc, PlainDifference, plain, plain_difference

FloatArray = NDArray[np.float64]


class PlainFigures:
    """What DeLong's method says where every case is independent and the runs are what they are.

    With one run per model these are the figures of `reports.statistics.delong`; with several, the
    AUC is the mean over runs and the variance is that of this mean over samples of cases.

    Args:
        found: all predictions.
        level: of the intervals.
    """

    def __init__(self, found: Predictions, level: float) -> None:
        self._level = level
        scores = np.concatenate([model.test for model in found.models])
        self._components = components(found.test.labels, scores, found.positive)
        self._weights: dict[str, FloatArray] = {}
        start = 0
        for model in found.models:
            weights = np.zeros(len(scores))
            weights[start : start + len(model.seeds)] = 1 / len(model.seeds)
            self._weights[model.name] = weights
            start += len(model.seeds)

    def auc(self, model: str) -> PlainAuc:
        """AUC, variance and linear interval, cut at 0 and 1."""
        return plain(self._components, self._weights[model], self._level)

    def difference(self, a: str, b: str) -> PlainDifference:
        """AUC of a − AUC of b with its z test; z is 0 and p is 1 where the variance is 0."""
        weights = self._weights[a], self._weights[b]
        return plain_difference(self._components, *weights, self._level)
