"""DeLong's figures with nothing added, for means over runs."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from reports.external.predictions import Predictions
from reports.statistics.auc import components
from reports.statistics.delong import PlainAuc, PlainDifference

FloatArray = NDArray[np.float64]

_ROUNDING = 1e-30  # a variance below this is the rounding of midranks


class PlainFigures:
    """What DeLong's method says where every case is independent and the runs are what they are.

    With one run per model these are the figures of `reports.statistics.delong`; with several, the
    AUC is the mean over runs and the variance is that of this mean over samples of cases.

    Args:
        found: all predictions.
        level: of the intervals.
    """

    def __init__(self, found: Predictions, level: float) -> None:
        self._z = float(stats.norm.ppf((1 + level) / 2))
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
        value, variance = self._contrast(self._weights[model])
        if variance is None:
            return PlainAuc(value, None, None)
        half = self._z * math.sqrt(variance)
        return PlainAuc(value, variance, (max(0.0, value - half), min(1.0, value + half)))

    def difference(self, a: str, b: str) -> PlainDifference:
        """AUC of a − AUC of b with its z test; z is 0 and p is 1 where the variance is 0."""
        one, other = self.auc(a), self.auc(b)
        d, variance = self._contrast(self._weights[a] - self._weights[b])
        if variance is None or one.variance is None or other.variance is None:
            return PlainDifference(one, other, None, d, None, None, None, None, None)
        half = self._z * math.sqrt(variance)
        z = d / math.sqrt(variance) if variance > 0 else 0.0
        return PlainDifference(
            a=one,
            b=other,
            covariance=(one.variance + other.variance - variance) / 2,
            d=d,
            variance=variance,
            interval=(d - half, d + half),
            z=z,
            p=min(1.0, 2 * float(stats.norm.sf(abs(z)))),
            p_greater=float(stats.norm.sf(z)),
        )

    def _contrast(self, weights: FloatArray) -> tuple[float, float | None]:
        value, variance = self._components.contrast(weights)
        if not self._components.estimable:
            return value, None
        return value, variance if variance > _ROUNDING else 0.0
