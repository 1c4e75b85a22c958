"""Errors of the difference of two Brier scores, and of observed against expected cases.

A Brier score is a mean over cases, so that its error, and that of a difference on the same cases,
is that of a mean; with patients the cases of each are added up first (Liang & Zeger 1986,
Biometrika 73:13). Several seeds: the mean over seeds, with their variance added. Observed over
expected as in Debray et al. 2017 (BMJ 356:i6460): the interval of log(O:E).
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from reports.statistics.contrast import Difference, cases_df, degrees_of_freedom

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Limited(NamedTuple):
    """A number with its limits."""

    value: float
    low: float
    high: float


def mean_difference(a: FloatArray, b: FloatArray, units: IntArray | None = None) -> Difference:
    """Mean over seeds and cases of a − b, two methods on the same cases.

    Two methods whose losses never differ are not known to be equal for certain: the variance of the
    cases is never below that of one case (patient) more on either side, of the size of their mean
    loss.

    Args:
        a, b: `(s, n)` and `(t, n)`, for example Brier losses of the seeds.
        units: `(n,)` patients as `0..u-1`, or None.

    Raises:
        ValueError: if there are fewer than two cases (patients), or their numbers differ.

    >>> rng = np.random.default_rng(0)
    >>> found = mean_difference(rng.random((1, 100)), rng.random((1, 100)))
    >>> 0.03 < found.se < 0.05
    True
    """
    n = a.shape[1]
    if b.shape[1] != n:
        raise ValueError(f"the same cases are needed: {a.shape} and {b.shape}")
    own = np.arange(n) if units is None else units
    n_units = len(np.unique(own))
    if n_units < 2:
        raise ValueError("an error needs at least two cases, or patients")
    gaps = a.mean(axis=0) - b.mean(axis=0)
    d = float(gaps.mean())
    summed = np.bincount(own, weights=gaps - d)
    variance = float(summed @ summed) / n**2 * n_units / (n_units - 1)
    size = float((np.abs(a).mean() + np.abs(b).mean()) / 2)
    shown, least = math.sqrt(variance), size * math.sqrt(2) / (n_units + 2)
    se = max(shown, least)
    seeds = tuple(
        (float(each.mean(axis=1).var(ddof=1)) / len(each) if len(each) > 1 else 0.0, len(each))
        for each in (a, b)
    )
    return Difference(
        d,
        se,
        math.sqrt(sum(v for v, _ in seeds)),
        degrees_of_freedom(se, cases_df(n_units), seeds),
        at_least=shown < least,
    )


def observed_to_expected(
    is_positive: NDArray[np.bool_],
    probability: FloatArray,
    units: IntArray | None = None,
    level: float = 0.95,
) -> Limited | None:
    """Positive cases over the sum of their probabilities; 1 is perfect, above 1 is too low.

    Args:
        is_positive: `(n,)` truth.
        probability: `(n,)` of being positive.
        units: `(n,)` patients as `0..u-1`, or None.
        level: of the interval.

    Returns:
        None where a count is 0, or there are fewer than two cases (patients).

    >>> found = observed_to_expected(np.array([True, False] * 50), np.full(100, 0.25))
    >>> found.value, round(found.low, 2), round(found.high, 2)
    (2.0, 1.64, 2.44)
    """
    observed, expected = float(is_positive.sum()), float(probability.sum())
    own = np.arange(len(probability)) if units is None else units
    n_units = len(np.unique(own))
    if not observed or not expected or n_units < 2:
        return None
    ratio = observed / expected
    residual = np.bincount(own, weights=is_positive - ratio * probability)
    variance = float(residual @ residual) * n_units / (n_units - 1) / observed**2
    quantile = float(stdtrit(cases_df(n_units), (1 + level) / 2))
    reach = math.exp(quantile * math.sqrt(variance))
    return Limited(ratio, ratio / reach, ratio * reach)
