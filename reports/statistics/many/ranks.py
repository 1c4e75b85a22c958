"""Several methods on several data sets, by ranks.

Friedman 1937 with Iman & Davenport's (1980) correction, and Nemenyi's critical difference, as
Demšar 2006 (JMLR 7:1) has them. A verdict on one pair comes from the signed-rank test, not from
here: Nemenyi's depends on which other methods are in the table.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, fdtrc

from reports.statistics.midranks import doubled_midranks

FloatArray = NDArray[np.float64]


def fewest(alpha: float) -> int:
    """With fewer data sets no difference of ranks can be shown: all signs alike have p = 2 / 2ⁿ.

    >>> fewest(0.05), fewest(0.1), fewest(0.01)
    (6, 5, 8)
    """
    return math.ceil(1 - math.log2(alpha) - 1e-12)


@dataclass(frozen=True)
class Friedman:
    """A test of all methods being alike.

    Attributes:
        chi2, p: Friedman's, corrected for ties.
        iman_davenport, iman_davenport_p: the less conservative F form. Where all data sets rank
            the methods alike, F is unbounded and given as None, and p is k!^(1 − N), the
            probability that N random rankings of k methods agree.
        mean_ranks: per method, 1 is best.
    """

    chi2: float
    p: float
    iman_davenport: float | None
    iman_davenport_p: float
    mean_ranks: tuple[float, ...]


def rank_matrix(scores: ArrayLike) -> FloatArray:
    """`(datasets, methods)` ranks; 1 is the highest score, ties share their mean rank.

    Args:
        scores: `(datasets, methods)`, higher is better.

    Raises:
        ValueError: if it is no matrix, is empty, or a score is not finite.

    >>> rank_matrix([[0.9, 0.8, 0.8]]).tolist()
    [[1.0, 2.5, 2.5]]
    """
    matrix = np.asarray(scores, dtype=float)
    if matrix.ndim != 2 or matrix.size == 0 or not np.isfinite(matrix).all():
        raise ValueError(f"a full matrix of data sets by methods is needed, not {matrix.shape}")
    # Differences in the last bits are no differences.
    return doubled_midranks(-np.round(matrix, 12)) / 2


def friedman(scores: ArrayLike) -> Friedman:
    """Friedman's test and Iman and Davenport's.

    Args:
        scores: `(datasets, methods)`, at least two data sets and three methods.

    Raises:
        ValueError: if there are fewer, or a score is not finite.
    """
    ranks = rank_matrix(scores)
    n, k = ranks.shape
    if n < 2 or k < 3:
        raise ValueError(f"two data sets and three methods are needed, not {n} and {k}")
    mean = ranks.mean(axis=0)
    # Sum of squares within data sets, which ties make smaller (Conover 1999, section 5.8).
    spread = float(((ranks - (k + 1) / 2) ** 2).sum())
    means = tuple(mean.tolist())
    if spread == 0:
        return Friedman(0.0, 1.0, 0.0, 1.0, means)
    chi2 = n**2 * (k - 1) * float(((mean - (k + 1) / 2) ** 2).sum()) / spread
    p = float(chdtrc(k - 1, chi2))
    left = n * (k - 1) - chi2
    if left < 1e-9:
        return Friedman(chi2, p, None, float(math.factorial(k)) ** (1 - n), means)
    f = (n - 1) * chi2 / left
    return Friedman(chi2, p, f, float(fdtrc(k - 1, (k - 1) * (n - 1), f)), means)


def critical_difference(k: int, n: int, alpha: float = 0.05) -> float:
    """Nemenyi's critical difference of mean ranks.

    Args:
        k: methods, at least 2.
        n: data sets, at least 1.
        alpha: for all pairs together.

    >>> round(critical_difference(5, 12), 4)
    1.7608
    """
    if k < 2 or n < 1:
        raise ValueError(f"two methods and a data set are needed, not {k} and {n}")
    from scipy.stats import studentized_range  # takes longer to load than the report's own code

    quantile = float(studentized_range.ppf(1 - alpha, k, np.inf))
    return quantile / math.sqrt(2) * _error(k, n)


def groups(mean_ranks: Sequence[float], difference: float) -> tuple[tuple[int, ...], ...]:
    """The bars of a critical-difference diagram.

    Args:
        mean_ranks: of k methods.
        difference: the critical one.

    Returns:
        Every largest set of two or more methods, as positions in `mean_ranks` from the best to the
        worst, whose mean ranks all lie within the difference; best first.

    >>> groups([2.0, 1.0, 3.5, 2.5], 1.2)
    ((1, 0), (0, 3), (3, 2))
    """
    ranks = np.asarray(mean_ranks, dtype=float)
    order = np.argsort(ranks, kind="stable")
    ordered = ranks[order]
    found: list[tuple[int, ...]] = []
    reached = 0
    for start in range(len(order)):
        stop = int(np.searchsorted(ordered, ordered[start] + difference + 1e-12, side="right"))
        if stop - start > 1 and stop > reached:
            found.append(tuple(order[start:stop].tolist()))
        reached = max(reached, stop)
    return tuple(found)


def _error(k: int, n: int) -> float:
    return math.sqrt(k * (k + 1) / (6 * n))
