"""One difference over several data sets: random effects."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import stdtrit

from reports.statistics.contrast import Difference

FloatArray = NDArray[np.float64]

SMALLEST_ERROR = 1e-4
"""A standard error below this counts as this, lest one data set take all the weight."""


@dataclass(frozen=True, eq=False)
class RandomEffects:
    """A pool of differences.

    Attributes:
        difference: the pooled one, with its t distribution.
        tau: standard deviation between data sets.
        i_squared: share of the variation that is not chance.
        weights: `(k,)`, summing to 1.
        prediction: limits for a further data set, or None with fewer than three.
    """

    difference: Difference
    tau: float
    i_squared: float
    weights: FloatArray
    prediction: tuple[float, float] | None


def random_effects(effects: ArrayLike, errors: ArrayLike, level: float) -> RandomEffects:
    """Random-effects pool with a small-sample error.

    The variance between data sets is Paule & Mandel's (1982); the standard error is Hartung &
    Knapp's (2001) with k − 1 degrees of freedom, never below the usual one (Röver et al. 2015,
    BMC Medical Research Methodology 15:99); the prediction interval is Higgins et al.'s (2009) with
    k − 2. One data set stands for itself.

    Args:
        effects, errors: `(k,)` differences and their standard errors.
        level: of the prediction interval.

    Raises:
        ValueError: if there is no effect, or one or its error is not finite.
    """
    d = np.asarray(effects, dtype=float)
    variances = np.maximum(np.asarray(errors, dtype=float), SMALLEST_ERROR) ** 2
    k = len(d)
    if k == 0 or len(variances) != k or not (np.isfinite(d) & np.isfinite(variances)).all():
        raise ValueError("a pool needs finite effects, each with its standard error")
    if k == 1:
        return RandomEffects(
            Difference(float(d[0]), math.sqrt(variances[0])), 0.0, 0.0, np.ones(1), None
        )
    tau2 = _paule_mandel(d, variances)
    weights = 1 / (variances + tau2)
    mean = float(weights @ d / weights.sum())
    scale = max(1.0, _heterogeneity(d, variances, tau2) / (k - 1))
    error = math.sqrt(scale / weights.sum())
    q = _heterogeneity(d, variances, 0.0)
    prediction = None
    if k >= 3:
        half = float(stdtrit(k - 2, (1 + level) / 2)) * math.sqrt(tau2 + error**2)
        prediction = mean - half, mean + half
    return RandomEffects(
        Difference(mean, error, df=k - 1),
        math.sqrt(tau2),
        max(0.0, 1 - (k - 1) / q) if q > 0 else 0.0,
        weights / weights.sum(),
        prediction,
    )


def _heterogeneity(d: FloatArray, variances: FloatArray, tau2: float) -> float:
    """Weighted sum of squares about the weighted mean (Cochran's Q where tau2 = 0)."""
    weights = 1 / (variances + tau2)
    return float(weights @ (d - weights @ d / weights.sum()) ** 2)


def _paule_mandel(d: FloatArray, variances: FloatArray) -> float:
    """The variance between data sets at which the sum of squares is what is expected, k − 1."""

    def excess(tau2: float) -> float:
        return _heterogeneity(d, variances, tau2) - (len(d) - 1)

    if excess(0.0) <= 0:
        return 0.0
    # Each term is at most (range of d)² / tau2, so this bound is beyond the root.
    upper = len(d) * float(np.ptp(d)) ** 2 / (len(d) - 1)
    return float(brentq(excess, 0.0, upper, xtol=1e-15))
