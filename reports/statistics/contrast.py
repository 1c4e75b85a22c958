"""What a difference of two AUCs with its standard error allows to say."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import nctdtr, ndtri, stdtr, stdtrit

FloatArray = NDArray[np.float64]

POWER = 0.8
"""Power at which the smallest detectable difference and the number of cases are stated."""

TOO_FEW = 10
"""Cases (patients, where known) of a class below which it supports no comparison."""

FEW_CASES = 30
"""Below this many cases (patients) in the smallest class a difference is tested by permutation,
and its interval uses the t distribution with as many degrees of freedom less one, the lower bound
of Welch and Satterthwaite's."""


@dataclass(frozen=True)
class Difference:
    """An estimated difference.

    Attributes:
        d: the estimate.
        se_cases: the part of its standard error that is due to the sample of test cases.
        se_seeds: the part that is due to the seeds (initial weights, order of batches).
        df: degrees of freedom of its t distribution; inf for the normal one.
        stretch_below, stretch_above: factors, 1 or more, of `se_cases` for what lies below and
            above d. An AUC near 1 may be much lower but hardly higher, and so may a difference.
        seeds_below, seeds_above: the same of `se_seeds`. A champion's seeds may have made it the
            champion, so that it is rather worse than it seems; see `widening`.
        at_least: whether `se_cases` is the least error of so many cases, which themselves show a
            smaller one; for the name of the procedure.
    """

    d: float
    se_cases: float
    se_seeds: float = 0.0
    df: float = math.inf
    stretch_below: float = 1.0
    stretch_above: float = 1.0
    seeds_below: float = 1.0
    seeds_above: float = 1.0
    at_least: bool = field(default=False, compare=False)

    @property
    def se(self) -> float:
        """Standard error, both parts."""
        return math.hypot(self.se_cases, self.se_seeds)

    def quantile(self, probability: float) -> float:
        """Of the standardised difference, for example 1.96 for 0.975."""
        return float(stdtrit(self.df, probability))

    @property
    def error_below(self) -> float:
        """Standard error for what lies below d."""
        return math.hypot(self.se_cases * self.stretch_below, self.se_seeds * self.seeds_below)

    @property
    def error_above(self) -> float:
        """Standard error for what lies above d."""
        return math.hypot(self.se_cases * self.stretch_above, self.se_seeds * self.seeds_above)

    def interval(self, level: float) -> tuple[float, float]:
        """Interval of this level; its limits are those at which the tests below turn."""
        quantile = self.quantile((1 + level) / 2)
        return self.d - quantile * self.error_below, self.d + quantile * self.error_above

    def p(self) -> float:
        """Two-sided, of no difference; 1 where the standard error is 0 (identical scores)."""
        if self.se == 0:
            return 1.0
        return min(1.0, 2 * min(self.p_above(0.0), self.mirrored().p_above(0.0)))

    def p_above(self, bound: float) -> float:
        """One-sided, of d ≤ bound: small if d lies above it.

        Where the standard error is 0 it is 0 or 1 as d lies above the bound or not.
        """
        if self.se == 0:
            return 0.0 if self.d > bound else 1.0
        distance = self.d - bound
        error = self.error_below if distance > 0 else self.error_above
        return float(stdtr(self.df, -distance / error))

    def p_equivalence(self, margin: float) -> float:
        """Two one-sided tests of |d| ≥ margin (Schuirmann 1987): small if d lies within."""
        return max(self.p_above(-margin), self.mirrored().p_above(-margin))

    def p_beyond(self, margin: float) -> float:
        """Two-sided, of |d| ≤ margin: below alpha just where the interval lies beyond ±margin."""
        above, below = self.p_above(margin), self.mirrored().p_above(margin)
        return min(1.0, 2 * min(above, below))

    def mirrored(self) -> "Difference":
        """The difference seen from the other side."""
        return replace(
            self,
            d=-self.d,
            stretch_below=self.stretch_above,
            stretch_above=self.stretch_below,
            seeds_below=self.seeds_above,
            seeds_above=self.seeds_below,
        )

    def minimum_detectable(self, alpha: float) -> float | None:
        """Smallest |d| found with 80 % power at this two-sided level; None if the error is 0.

        By the noncentral t distribution, which is that of a normal estimate divided by an error
        that is estimated with `df` degrees of freedom.
        """
        error = max(self.error_below, self.error_above)
        critical = self.quantile(1 - alpha / 2)
        if error == 0:
            return None
        if math.isinf(self.df):
            return (critical + float(ndtri(POWER))) * error

        def lacking(distance: float) -> float:
            return POWER - 1 + float(nctdtr(self.df, distance, critical))

        return float(brentq(lacking, critical / 2, 2 * critical + 2)) * error


def degrees_of_freedom(
    se_cases: float, cases_df: float, seeds: tuple[tuple[float, int], ...]
) -> float:
    """Degrees of freedom of a difference whose variance is a sum of estimates.

    Satterthwaite's, with the seeds' share of his denominator doubled, and not below the smallest
    of the parts. A variance from three seeds has two degrees of freedom; treated as known, a test
    at 5 % rejects in up to 18 % of null cases (one side with three seeds that dominate the error,
    the other deterministic). Satterthwaite's own degrees of freedom, which plug in the estimates,
    leave 7.8 %; these 5.4 %, in 100,000 draws per ratio of the parts.

    Args:
        se_cases: standard error due to cases.
        cases_df: its degrees of freedom, inf where it counts as known.
        seeds: per method (variance of its mean over seeds, number of seeds).

    >>> degrees_of_freedom(0.02, math.inf, ((0.0, 1), (0.0, 3)))
    inf
    >>> degrees_of_freedom(0.0, math.inf, ((0.0001, 3),))
    2.0
    """
    parts = [(np.array(variance), count) for variance, count in seeds]
    return float(satterthwaite(np.array(se_cases), cases_df, parts))


def satterthwaite(
    se_cases: FloatArray, cases_df: float, seeds: Sequence[tuple[FloatArray, int]]
) -> FloatArray:
    """`degrees_of_freedom` of many differences at once, whose seeds vary in all or in none."""
    varying = [(variance, count - 1) for variance, count in seeds if np.any(variance > 0)]
    smallest = min([cases_df, *(df for _, df in varying)])
    whole = (se_cases**2 + sum(v for v, _ in varying)) ** 2
    uncertain = se_cases**4 / cases_df + 2 * sum(v**2 / df for v, df in varying)
    found = np.full(np.shape(whole), math.inf)
    np.divide(whole, uncertain, out=found, where=np.asarray(uncertain > 0))
    return np.asarray(np.maximum(smallest, found), dtype=np.float64)


def cases_df(smallest: float) -> float:
    """Degrees of freedom of the cases' error, by the cases (patients) of the smallest class.

    >>> cases_df(12), cases_df(200)
    (11, inf)
    """
    return smallest - 1 if 1 < smallest < FEW_CASES else math.inf


def widening(seeds: int, n_candidates: int, alpha: float) -> float:
    """By how much the seeds' error of a champion grows because the same seeds have chosen it.

    A method is chosen among others also because its seeds came out well, on validation, and these
    seeds do well on test too: it is worse than it seems. At most it is the luckiest of all, so that
    Bonferroni's quantile for so many holds whatever validation weighed. Only the limit on the side
    that the choice flatters is moved.

    Args:
        seeds: of the champion.
        n_candidates: methods with several seeds among which it was chosen, itself included.
        alpha: error rate, of both sides together.

    >>> round(widening(3, 10, 0.05), 2), round(widening(5, 3, 0.05), 2), widening(5, 1, 0.05)
    (3.27, 1.43, 1.0)
    """
    if seeds < 2 or n_candidates < 2:
        return 1.0
    several, one = stdtrit(seeds - 1, [1 - alpha / (2 * n_candidates), 1 - alpha / 2])
    return float(several / one)
