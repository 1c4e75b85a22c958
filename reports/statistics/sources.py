"""The mean difference on the data sets at hand.

The question is about these images, so the mean is that of a fixed-effect model: weights by inverse
variance, and an error that comes from the test cases (and seeds) within the data sets only. A set
that agrees can only sharpen it. What may be expected of a further data set is another question
(`reports.statistics.pooling`).

Data sets of one source (the same photographs or patients) do not count as several. Their
differences are averaged first, by the same weights, and their errors are taken to be fully
correlated, so that the average is no better known than they are: its half width is the weighted
mean of theirs. Half widths of independent sources are then added in squares (Zou & Donner 2008,
Statistics in Medicine 27:1693), at whatever level is asked for; so few degrees of freedom and
skewed intervals of single data sets are kept, and the mean of one data set is that data set.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtri, stdtr, stdtrit

from reports.statistics.contrast import Difference

FloatArray = NDArray[np.float64]

SMALLEST_ERROR = 1e-4
"""A standard error below this counts as this, lest one data set take all the weight."""

_REFERENCE = 0.025  # tail at which half widths give the weights
_SMALLEST_TAIL = -300.0  # decimal logarithm


@dataclass(frozen=True, eq=False)
class Mean:
    """A weighted mean of differences, with the tests and intervals of a `Difference`.

    Attributes:
        d: the mean.
        weights: `(k,)` of the data sets, in the order given, summing to 1.
        sources: `(k,)` number of the source of each.
    """

    d: float
    weights: FloatArray
    sources: NDArray[np.int64]
    below: FloatArray
    above: FloatArray
    df: FloatArray

    @property
    def n_sources(self) -> int:
        """Independent sources."""
        return int(self.sources.max()) + 1

    @property
    def se(self) -> float:
        """Half the width of the 95 % interval over 1.96."""
        low, high = self.interval(0.95)
        return (high - low) / (2 * float(ndtri(0.975)))

    def interval(self, level: float) -> tuple[float, float]:
        """Interval of this level; its limits are those at which the tests below turn."""
        tail = (1 - level) / 2
        return self.d - self._half(self.below, tail), self.d + self._half(self.above, tail)

    def p(self) -> float:
        """Two-sided, of no difference."""
        above = self.p_above(0.0)
        return min(1.0, 2 * min(above, 1 - above))

    def p_above(self, bound: float) -> float:
        """One-sided, of a mean ≤ bound: small if it lies above."""
        distance = self.d - bound
        tail = self._tail(self.below if distance > 0 else self.above, abs(distance))
        return tail if distance > 0 else 1 - tail

    def p_below(self, bound: float) -> float:
        """One-sided, of a mean ≥ bound: small if it lies below."""
        distance = bound - self.d
        tail = self._tail(self.above if distance > 0 else self.below, abs(distance))
        return tail if distance > 0 else 1 - tail

    def p_equivalence(self, margin: float) -> float:
        """Two one-sided tests of |mean| ≥ margin: small if it lies within."""
        return max(self.p_above(-margin), self.p_below(margin))

    def p_beyond(self, margin: float) -> float:
        """Two-sided, of |mean| ≤ margin: below alpha where the interval lies beyond ±margin."""
        return min(1.0, 2 * min(self.p_above(margin), self.p_below(-margin)))

    def _half(self, errors: FloatArray, tail: float) -> float:
        reach = self.weights * errors * -stdtrit(self.df, tail)
        return math.hypot(*np.bincount(self.sources, weights=reach))  # no square overflows

    def _tail(self, errors: FloatArray, distance: float) -> float:
        """The tail at which the half width is this distance, 0.5 at 0."""
        if distance == 0:
            return 0.5
        if (self.df == self.df[0]).all():
            reach = np.bincount(self.sources, weights=self.weights * errors)
            return float(stdtr(self.df[0], -distance / math.sqrt(float(reach @ reach))))

        def excess(logarithm: float) -> float:
            return self._half(errors, 10**logarithm) - distance

        if excess(_SMALLEST_TAIL) <= 0:
            return 0.0
        return float(10 ** brentq(excess, _SMALLEST_TAIL, math.log10(0.5), xtol=1e-12))


def mean_over_sources(
    differences: Sequence[Difference], sources: Sequence[Hashable] | None = None
) -> Mean:
    """The mean difference over data sets, those of one source counted once.

    Args:
        differences: one per data set.
        sources: of each; None where every data set is a source of its own.

    Raises:
        ValueError: if there is no difference, one is not finite, or the numbers do not fit.

    >>> two = mean_over_sources([Difference(0.1, 0.015), Difference(0.1, 0.015)])
    >>> [round(limit, 3) for limit in two.interval(0.95)]
    [0.079, 0.121]
    >>> same = mean_over_sources([Difference(0.1, 0.015), Difference(0.1, 0.015)], ["x", "x"])
    >>> [round(limit, 3) for limit in same.interval(0.95)]
    [0.071, 0.129]
    """
    if not differences or (sources is not None and len(sources) != len(differences)):
        raise ValueError("a mean needs differences, each with its source")
    d = np.array([one.d for one in differences])
    below = np.maximum([one.error_below for one in differences], SMALLEST_ERROR)
    above = np.maximum([one.error_above for one in differences], SMALLEST_ERROR)
    df = np.array([one.df for one in differences])
    if not (np.isfinite(d) & np.isfinite(below) & np.isfinite(above)).all():
        raise ValueError("a mean needs finite differences and errors")
    numbers: dict[Hashable, int] = {}
    named = range(len(d)) if sources is None else sources
    source = np.array([numbers.setdefault(name, len(numbers)) for name in named])
    reach = np.sqrt((below**2 + above**2) / 2) * -stdtrit(df, _REFERENCE)
    precision = 1 / reach**2
    within = precision / np.bincount(source, weights=precision)[source]
    of_source = 1 / np.bincount(source, weights=within * reach) ** 2
    weights = within * (of_source / of_source.sum())[source]
    return Mean(float(weights @ d), weights, source, below, above, df)
