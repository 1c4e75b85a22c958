"""Which of two methods decides more cases rightly, where each may have several runs.

With one run each and cases that stand for themselves it is McNemar's test. Else what a case (a
patient) says is the difference of how often the two decide it rightly, and the statistic is
Σ D / √(Σ D²), McNemar's own with one run, Yang, Sun & Hardin's (2010, Biometrical Journal 52:638)
with patients; the variance between runs is added to it. Runs add no cases. All cases of one patient
say nothing of others.

The interval is Bonett & Price's (2012, Statistics in Medicine 31:1049), which counts one case more
on each side; with patients one patient, of as many cases as the mean. McNemar's test does without:
of 60 cases with 5 discordant ones, all for the same method, its mid-p is 0.031 and the interval
includes 0. So p is the larger of McNemar's and that at whose level the interval ends at 0. The
other way round is rarer (33 against 19 of 60: mid-p 0.053); McNemar's test speaks of no difference
alone, and where it does not rule that out, neither does the interval, which then reaches to 0.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from reports.statistics.contrast import Difference, degrees_of_freedom
from reports.statistics.mcnemar import false_claim, mcnemar

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

FEW_UNITS = 30
"""Below this many cases (patients) the t distribution is used for what they say."""

_ROUNDING = 1e-12


class Discordance(NamedTuple):
    """Two methods' decisions.

    Attributes:
        accuracy_a, accuracy_b: share of cases decided rightly, mean over runs.
        only_a, only_b: cases that only one of the two decides rightly, mean over all pairs of a run
            of a and a run of b.
        low, high: limits of accuracy_a − accuracy_b, Bonett & Price's, or 0 where p does not rule
            that out and they would.
        p: two-sided, of equal accuracy: below 1 − level exactly where the limits leave 0 out.
        test: name of the procedure behind p; the interval is part of it where its p is the larger.
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
    >>> found.only_a, found.only_b, round(found.p, 3), found.claim_false
    (2.0, 0.0, 0.353, 0.125)
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
        said = np.asarray(np.bincount(units, weights=gaps), dtype=np.float64)
    else:
        units, said = None, gaps
    alone = units is not None and len(said) == 1
    square = float(said @ said)
    seeds = tuple(_between(right) for right in (right_a, right_b))
    error_seeds = math.sqrt(sum(variance for variance, _ in seeds))
    whole = _difference(float(gaps.mean()), math.sqrt(square) / n, error_seeds, len(said), seeds)
    plain = units is None and len(right_a) == len(right_b) == 1
    p = mcnemar(round(only_a), round(only_b)).mid_p if plain else whole.p()
    low, high, p_interval = _interval(gaps, said, error_seeds, whole.df, level)
    by_interval = not alone and p_interval > p + _ROUNDING
    p = max(p, p_interval)
    if alone:
        p, low, high = 1.0, -1.0, 1.0
    elif p >= 1 - level:
        low, high = min(low, 0.0), max(high, 0.0)
    better = (only_a, only_b) if only_a >= only_b else (only_b, only_a)
    return Discordance(
        float(share_a.mean()),
        float(share_b.mean()),
        only_a,
        only_b,
        low,
        high,
        p,
        _name(plain, by_interval, "" if units is None else unit, error_seeds > 0),
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


def _interval(
    gaps: FloatArray, said: FloatArray, error_seeds: float, df: float, level: float
) -> tuple[float, float, float]:
    """Limits, and the two-sided p at whose level one of them is 0."""
    n, units, d = len(gaps), len(said), float(gaps.mean())
    each = said * (units / n)  # of a case where every one stands for itself
    centre = float(each.sum()) / (units + 2)
    variance = (float(each @ each) + 2) / (units + 2) ** 2 - centre**2 / (units + 2)
    error = math.hypot(math.sqrt(max(variance, 0.0)), error_seeds)
    half = float(stdtrit(df, (1 + level) / 2)) * error
    p = 2 * float(stdtr(df, -abs(centre) / error)) if error > 0 else 1.0
    return max(-1.0, min(d, centre - half)), min(1.0, max(d, centre + half)), p


def _name(plain: bool, by_interval: bool, unit: str, seeds: bool) -> str:
    if plain:
        name = "McNemar's mid-p" if by_interval else "McNemar, mid-p"
    else:
        name = f"McNemar's statistic by {unit}" if unit else "McNemar's statistic"
    if by_interval:
        name = f"{name} and Bonett and Price's interval, the larger p"
    return f"{name}, with seed variance" if seeds else name
