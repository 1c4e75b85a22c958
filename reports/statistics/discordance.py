"""Which of two methods decides more cases rightly, where each may have several runs.

With one run each and cases that stand for themselves it is McNemar's test. Else what a case (a
patient) says is the difference of how often the two decide it rightly, and the statistic is
Σ D / √(Σ D²), McNemar's own with one run, Yang, Sun & Hardin's (2010, Biometrical Journal 52:638)
with patients; the variance between runs is added to it. Runs add no cases. All cases of one patient
say nothing of others.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from reports.statistics.contrast import Difference, degrees_of_freedom
from reports.statistics.mcnemar import false_claim, mcnemar

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

FEW_UNITS = 30
"""Below this many cases (patients) the t distribution is used for what they say."""


class Discordance(NamedTuple):
    """Two methods' decisions.

    Attributes:
        accuracy_a, accuracy_b: share of cases decided rightly, mean over runs.
        only_a, only_b: cases that only one of the two decides rightly, mean over all pairs of a run
            of a and a run of b.
        low, high: limits of accuracy_a − accuracy_b, of Bonett & Price 2012 (Statistics in Medicine
            31:1049): one case more on each side.
        p: two-sided, of equal accuracy.
        test: name of the procedure behind p.
        claim_false: probability that the one with the higher accuracy is not the better one, by
            `mcnemar.false_claim` for single runs and cases that stand for themselves; else half of
            p, which is that probability with a flat prior on the difference.
    """

    accuracy_a: float
    accuracy_b: float
    only_a: float
    only_b: float
    low: float
    high: float
    p: float
    test: str
    claim_false: float


def discordance(
    right_a: BoolArray,
    right_b: BoolArray,
    units: IntArray | None = None,
    level: float = 0.95,
    unit: str = "patient",
) -> Discordance:
    """Compare decisions on the same cases.

    Args:
        right_a, right_b: `(s, n)` and `(t, n)` whether each run decides each case rightly.
        units: `(n,)` patients as `0..u-1`, or None.
        level: of the interval.
        unit: what counts as one, for the name of the test.

    Raises:
        ValueError: if there are no cases or no runs, or the numbers of cases differ.

    >>> a, b = np.array([[True, True, True, False]]), np.array([[False, False, True, False]])
    >>> found = discordance(a, b)
    >>> found.only_a, found.only_b, found.p, found.claim_false
    (2.0, 0.0, 0.25, 0.125)
    """
    if right_a.ndim != 2 or right_a.shape[1:] != right_b.shape[1:] or not right_a.size:
        raise ValueError(
            f"runs by the same cases are needed: {right_a.shape} and {right_b.shape} were given"
        )
    share_a, share_b = right_a.mean(axis=0), right_b.mean(axis=0)
    n = right_a.shape[1]
    only_a, only_b = float(share_a @ (1 - share_b)), float(share_b @ (1 - share_a))
    gaps = share_a - share_b
    if units is not None and len(np.unique(units)) < n:
        said = np.bincount(units, weights=gaps)
    else:
        units, said = None, gaps
    alone = units is not None and len(said) == 1
    square = float(said @ said)
    seeds = tuple(_between(right) for right in (right_a, right_b))
    error_seeds = math.sqrt(sum(variance for variance, _ in seeds))
    whole = _difference(float(gaps.mean()), math.sqrt(square) / n, error_seeds, len(said), seeds)
    plain = units is None and len(right_a) == len(right_b) == 1
    p = mcnemar(round(only_a), round(only_b)).mid_p if plain else whole.p()
    low, high = _limits(gaps, square, error_seeds, whole, level)
    if alone:
        p, low, high = 1.0, -1.0, 1.0
    better = (only_a, only_b) if only_a >= only_b else (only_b, only_a)
    return Discordance(
        float(share_a.mean()),
        float(share_b.mean()),
        only_a,
        only_b,
        low,
        high,
        p,
        _name(plain, "" if units is None else unit, error_seeds > 0),
        false_claim(*better) if plain else p / 2,
    )


def _between(right: BoolArray) -> tuple[float, int]:
    """Variance of the mean accuracy because runs differ, and their number."""
    each = right.mean(axis=1)
    return (float(each.var(ddof=1)) / len(each) if len(each) > 1 else 0.0), len(each)


def _difference(
    d: float, error: float, error_seeds: float, units: int, seeds: tuple[tuple[float, int], ...]
) -> Difference:
    cases_df = units - 1 if 1 < units < FEW_UNITS else math.inf
    return Difference(d, error, error_seeds, degrees_of_freedom(error, cases_df, seeds))


def _limits(
    gaps: FloatArray, square: float, error_seeds: float, whole: Difference, level: float
) -> tuple[float, float]:
    n, d = len(gaps), float(gaps.mean())
    centre = float(gaps.sum()) / (n + 2)
    variance = (square + 2) / (n + 2) ** 2 - centre**2 / (n + 2)
    quantile = float(stdtrit(whole.df, (1 + level) / 2))
    half = quantile * math.hypot(math.sqrt(max(variance, 0.0)), error_seeds)
    return max(-1.0, min(d, centre - half)), min(1.0, max(d, centre + half))


def _name(plain: bool, unit: str, seeds: bool) -> str:
    if plain:
        return "McNemar, mid-p"
    name = f"McNemar's statistic by {unit}" if unit else "McNemar's statistic"
    return f"{name}, with seed variance" if seeds else name
