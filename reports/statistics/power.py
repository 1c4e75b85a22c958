"""What a paired test of two AUCs could show: power, smallest detectable difference, cases needed.

`TestModel` draws pairs of estimates (beta distributed, with the binormal covariance that belongs to
the two true AUCs) and asks at each of them what the test of the report would say: with the error
that belongs to that pair, its few degrees of freedom, the limits that follow from the intervals of
the two AUCs, the least error that so many cases leave however much the methods agree
(`zero_discordance`), and the error of the seeds, which is drawn too. So it knows that a better
method nearer to 1 has a smaller error, and where the test is cautious.
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import betaincinv, chdtri, expit, logit, ndtr, ndtri, stdtrit

from reports.statistics.auc_interval import auc_interval
from reports.statistics.binormal import covariance, score_correlation, variance
from reports.statistics.contrast import POWER, cases_df, satterthwaite
from reports.statistics.zero_discordance import least_error

FloatArray = NDArray[np.float64]


class Seeds(NamedTuple):
    """The seeds of a method.

    Attributes:
        variance: of its mean over seeds, beyond what is due to the cases.
        runs: how many seeds there are.
        noise: what the cases add to the test's estimate of that variance, since every seed errs on
            cases of its own: as a share of the variance due to cases.
    """

    variance: float = 0.0
    runs: int = 1
    noise: float = 0.0


ASSUMED_AUC = 0.85
"""Of the worse method, where nothing is known."""

ASSUMED_CORRELATION = 0.5
"""Of two methods' scores within a class, where nothing is known."""

_HIGHEST = 1 - 1e-4  # an AUC of 1 has no error that could be planned with
_NOTHING = 1e-12  # of a variance: what rounding leaves of the 0 that a single patient says
_EDGE = 1e-9  # estimates are kept this far from 0 and 1
_DRAWS = 1024
_PRECISION = 1e-4  # of the smallest detectable difference
_STEPS = np.linspace(0.0, 1.0, 16)[1:] ** 2  # of the largest difference, to look for the first
_DEVIATES = np.linspace(-3.6, 3.6, 49)  # where a beta distribution is worked out
_LOGITS = np.arange(-5.0, 14.1, 0.75)  # where the interval of an AUC is worked out


@dataclass(frozen=True)
class TestModel:
    """The test of a difference of two AUCs, a − b, on cases like those at hand.

    Attributes:
        positive, negative: cases of each class; of more than two classes the smallest against the
            others, since `inflation` sets the size of the errors right.
        counts: cases of each class, or patients that have one, as the test counts them.
        level: of the interval, 1 − alpha.
        correlation: of the two methods' scores within a class.
        inflation: factor of all binormal variances, for example `binormal.inflation`.
        clustered: whether `counts` are of patients with several cases.
        seeds: of a and of b.
        widening: factors of their seeds' errors; see `contrast.widening`.
    """

    __test__ = False  # not a test of pytest's, whatever its name says

    positive: float
    negative: float
    counts: tuple[float, ...]
    level: float = 0.95
    correlation: float = ASSUMED_CORRELATION
    inflation: float = 1.0
    clustered: bool = False
    seeds: tuple[Seeds, Seeds] = (Seeds(), Seeds())
    widening: tuple[float, float] = (1.0, 1.0)

    def fitted(
        self,
        auc_a: float,
        auc_b: float,
        own: tuple[float, float],
        shared: float,
        seeds: tuple[Seeds, Seeds] = (Seeds(), Seeds()),
    ) -> "TestModel":
        """With the size of the errors and the correlation that were found.

        The seeds' standard deviation is made unbiased. That of so few seeds is too small on
        average, so that what could have been seen would seem more than it is: with three seeds that
        make up half of the error a difference said to be found in 80 % was found in 65.

        Args:
            auc_a, auc_b: estimates.
            own: their estimated variances due to cases.
            shared: their estimated covariance due to cases.
            seeds: as estimated, their variances with the noise.
        """
        first, second = (
            Seeds(max(0.0, each.variance * _unbiased(each.runs) ** 2 - each.noise * v), *each[1:])
            for each, v in zip(seeds, own, strict=True)
        )
        self = replace(self, seeds=(first, second))
        a, b = (min(max(auc, 1 - _HIGHEST), _HIGHEST) for auc in (auc_a, auc_b))
        expected = float(variance(np.array([a, b]), self.positive, self.negative).sum())
        factor = sum(own) / expected
        if min(own) <= 0 or factor < _NOTHING:
            return self
        correlation = score_correlation(a, b, self.positive, self.negative, shared / factor)
        return replace(self, inflation=factor, correlation=correlation)

    def power(self, auc_a: float, auc_b: float) -> float:
        """Probability that the difference of these true AUCs is shown."""
        return self._drawn(auc_a, auc_b).shown(self.level)

    def equivalence(self, auc_a: float, auc_b: float, margin: float) -> float:
        """Probability that the difference is shown to lie within ±margin."""
        return self._drawn(auc_a, auc_b).within(self.level, margin)

    def minimum_detectable(self, worse: float, wanted: float = POWER) -> float | None:
        """Smallest true difference that is shown with the wanted power where a is better.

        Args:
            worse: AUC of b.
            wanted: above alpha and below 1.

        Returns:
            None where not even an AUC of 1 would do.

        Raises:
            ValueError: if an argument is out of range.

        >>> round(TestModel(200, 200, (200, 200)).minimum_detectable(0.85), 3)
        0.051
        """
        if not 1 - self.level < wanted < 1:
            raise ValueError(f"a power between {1 - self.level} and 1 is needed, not {wanted}")
        worse = max(worse, 1 - _HIGHEST)
        if _HIGHEST - worse < _PRECISION:
            return None

        def lacking(d: float) -> float:
            return wanted - self.power(worse + d, worse)

        found = 0.0
        # Upwards, since power may fall again where the better AUC is almost 1.
        for better in worse + (_HIGHEST - worse) * _STEPS:
            if lacking(better - worse) <= 0:
                return float(brentq(lacking, found, better - worse, xtol=_PRECISION))
            found = better - worse
        return None

    def mirrored(self) -> "TestModel":
        """The test of b − a."""
        return replace(self, seeds=self.seeds[::-1], widening=self.widening[::-1])

    def either_way(self) -> tuple["TestModel", ...]:
        """The tests of a − b and of b − a; one where they are the same.

        Seeds that chose a champion widen the interval on one side only, so that what shows that
        the champion is better need not show that it is worse.
        """
        other = self.mirrored()
        return (self,) if other == self else (self, other)

    def half_width(self, auc_a: float, auc_b: float) -> float:
        """Mean distance between the difference and the further limit of its interval."""
        return self._drawn(auc_a, auc_b).reach(self.level)

    def times(self, factor: float) -> "TestModel":
        """The same test on so many times the cases."""
        return replace(
            self,
            positive=self.positive * factor,
            negative=self.negative * factor,
            counts=tuple(count * factor for count in self.counts),
        )

    def _drawn(self, auc_a: float, auc_b: float) -> "_Drawn":
        """Estimates that these true AUCs may give."""
        means = np.array([auc_a, auc_b])
        own = self._variance(means) + np.array([each.variance for each in self.seeds])
        shared = float(self._covariance(means[:1], means[1:])[0])
        together = min(1.0, shared / math.sqrt(own.prod()))
        first, second = _NORMAL
        deviates = first, together * first + math.sqrt(1 - together**2) * second
        a, b = (
            np.clip(_beta(z, mean, v), _EDGE, 1 - _EDGE)
            for mean, v, z in zip(means, own, deviates, strict=True)
        )
        own_a, own_b, shared_ab = self._variance(a), self._variance(b), self._covariance(a, b)
        cases = np.sqrt(np.maximum(own_a + own_b - 2 * shared_ab, least_error(self.counts) ** 2))
        drawn = [
            (each.variance + each.noise * v) * _share_found(each.runs, row)
            for each, v, row in zip(self.seeds, (own_a, own_b), (2, 3), strict=True)
        ]
        known = cases_df(min(self.counts))
        correlation = np.clip(shared_ab / np.sqrt(own_a * own_b), -1.0, 1.0)
        reach = _quantile(np.array([known]), (1 + self.level) / 2)
        (a_below, a_above), (b_below, b_above) = self._reaches(a), self._reaches(b)
        below = np.maximum(cases, _added(a_below, b_above, correlation) / reach)
        above = np.maximum(cases, _added(a_above, b_below, correlation) / reach)
        wide_a, wide_b = (factor**2 for factor in self.widening)
        counts = (each.runs for each in self.seeds)
        df = satterthwaite(cases, known, list(zip(drawn, counts, strict=True)))
        return _Drawn(
            a - b,
            np.sqrt(below**2 + wide_a * drawn[0] + drawn[1]),
            np.sqrt(above**2 + drawn[0] + wide_b * drawn[1]),
            df,
        )

    def _variance(self, auc: FloatArray) -> FloatArray:
        return self.inflation * variance(auc, self.positive, self.negative)

    def _covariance(self, a: FloatArray, b: FloatArray) -> FloatArray:
        return self.inflation * covariance(a, b, self.positive, self.negative, self.correlation)

    def _reaches(self, auc: FloatArray) -> tuple[FloatArray, FloatArray]:
        """How far the interval of an AUC reaches below and above it."""
        at = logit(auc)
        first = max(int(np.searchsorted(_LOGITS, at.min(), "right")) - 1, 0)
        last = min(int(np.searchsorted(_LOGITS, at.max(), "left")), len(_LOGITS) - 1)
        below, above = np.array([self._node(place) for place in range(first, last + 1)]).T
        nodes = _LOGITS[first : last + 1]
        return np.interp(at, nodes, below), np.interp(at, nodes, above)

    def _node(self, place: int) -> tuple[float, float]:
        """`_reaches` of the AUC at a place of `_LOGITS`, worked out once."""
        if place not in self._nodes:
            auc = expit(_LOGITS[place : place + 1])
            counts = [max(1, round(count)) for count in self.counts]
            se = float(np.sqrt(self._variance(auc))[0])
            limits = auc_interval(float(auc[0]), se, counts, self.level, clustered=self.clustered)
            self._nodes[place] = float(auc[0]) - limits.low, limits.high - float(auc[0])
        return self._nodes[place]

    @cached_property
    def _nodes(self) -> dict[int, tuple[float, float]]:
        return {}


@dataclass(frozen=True, eq=False)
class _Drawn:
    """`(draws,)` estimated differences, their errors below and above, degrees of freedom."""

    d: FloatArray
    below: FloatArray
    above: FloatArray
    df: FloatArray

    def shown(self, level: float) -> float:
        """Share of draws at which the difference is shown."""
        critical = _quantile(self.df, (1 + level) / 2)
        return float(np.mean((self.d > critical * self.below) | (-self.d > critical * self.above)))

    def reach(self, level: float) -> float:
        """Mean distance between the difference and the further limit."""
        critical = _quantile(self.df, (1 + level) / 2)
        return float(np.mean(critical * np.maximum(self.below, self.above)))

    def within(self, level: float, margin: float) -> float:
        """Share of draws at which it is shown to lie within ±margin."""
        critical = _quantile(self.df, level)
        low, high = self.d - critical * self.below, self.d + critical * self.above
        return float(np.mean((low > -margin) & (high < margin)))


def _beta(deviates: FloatArray, mean: float, spread: float) -> FloatArray:
    """Of standard normal deviates those with this mean and variance that are beta distributed."""
    size = max(mean * (1 - mean) / spread - 1, 1e-3)
    at = betaincinv(mean * size, (1 - mean) * size, ndtr(_DEVIATES))
    return np.asarray(np.interp(deviates, _DEVIATES, at), dtype=np.float64)


@lru_cache(maxsize=64)
def _share_found(count: int, row: int) -> FloatArray:
    """Quantiles of the estimate of a variance from so many normal values, as a share of it."""
    if count < 2:
        return np.zeros(_DRAWS)
    return np.asarray(chdtri(count - 1, _POINTS[row]) / (count - 1), dtype=np.float64)


def _unbiased(count: int) -> float:
    """A normal standard deviation by the mean of its estimates from so many values."""
    if count < 2:
        return 1.0
    df = count - 1
    return math.sqrt(df / 2) * math.exp(math.lgamma(df / 2) - math.lgamma(count / 2))


def _added(one: FloatArray, other: FloatArray, correlation: FloatArray) -> FloatArray:
    """Zou & Donner's sum of two distances, as in `difference_interval`."""
    squared = one**2 + other**2 - 2 * correlation * one * other
    return np.asarray(np.sqrt(np.maximum(squared, 0.0)), dtype=np.float64)


def _quantile(df: FloatArray, probability: float) -> FloatArray:
    """Of the t distribution, element by element; of the normal one where df is inf."""
    finite = np.minimum(df, 1e9)
    return np.asarray(stdtrit(finite, probability), dtype=np.float64)


def _spread_evenly() -> FloatArray:
    """`(4, draws)` points in the unit cube: an additive recurrence (Korobov)."""
    root = 1.1673039782614187  # of x⁵ = x + 1
    steps = root ** -np.arange(1.0, 5.0)
    points = (0.5 + np.arange(1, _DRAWS + 1) * steps[:, None]) % 1
    return np.asarray(points, dtype=np.float64)


_POINTS = _spread_evenly()
_NORMAL = ndtri(_POINTS[:2])
