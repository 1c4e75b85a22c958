"""The interval of one AUC and of one proportion."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit, ndtri, stdtrit

from reports.statistics.proportions import clopper_pearson, wilson

FloatArray = NDArray[np.float64]

SMALL_CLASS = 20
"""Below this number of cases in the smaller class DeLong's interval of one AUC is too narrow."""


def logit_interval(auc: float, error: float, quantile: float) -> tuple[float, float]:
    """Interval of an AUC that is symmetric on the logit scale, so it never leaves (0, 1).

    Args:
        auc: strictly between 0 and 1.
        error: its standard error.
        quantile: of the normal or t distribution, for example 1.96.

    >>> low, high = logit_interval(0.9, 0.03, 1.96)
    >>> round(low, 3), round(high, 3)
    (0.824, 0.945)
    """
    centre, half = float(logit(auc)), quantile * error / (auc * (1 - auc))
    return float(expit(centre - half)), float(expit(centre + half))


def newcombe_interval(auc: float, m: float, n: float, level: float) -> tuple[float, float]:
    """Score interval of an AUC from the class sizes alone: Newcombe 2006, method 5.

    Statistics in Medicine 25:559. Hanley & McNeil's variance with both class sizes in its
    numerator replaced by their mean, evaluated at the limit itself, which is then solved for. It
    is defined for an AUC of 0 or 1, where it is never a single point.

    Args:
        auc: in [0, 1].
        m, n: cases (or patients) with and without the condition, each at least 1.
        level: for example 0.95.

    >>> low, high = newcombe_interval(1.0, 12, 30, 0.95)
    >>> round(low, 3), high
    (0.882, 1.0)
    """
    z = float(ndtri((1 + level) / 2))
    spread = (m + n) / 2 - 1

    def excess(limit: float) -> float:
        variance = (
            limit
            * (1 - limit)
            / (m * n)
            * (1 + spread * (1 - limit) / (2 - limit) + spread * limit / (1 + limit))
        )
        return abs(auc - limit) - z * math.sqrt(variance)

    # At 0 and 1 the equation has a root of its own, which is not the limit looked for; nor is there
    # another one that near to them.
    tiny = 1e-12
    first, last = tiny / 2, 1 - tiny / 2
    at_start, at_end = auc < 2 * tiny or excess(first) <= 0, auc > 1 - 2 * tiny or excess(last) <= 0
    low = 0.0 if at_start else float(brentq(excess, first, auc - tiny))
    high = 1.0 if at_end else float(brentq(excess, auc + tiny, last))
    return low, high


def widened(
    value: float, low: float, high: float, error: float, quantile: float
) -> tuple[float, float]:
    """An interval in [0, 1] with a further, independent standard error added on both sides.

    Each half width is squared and added (Zou & Donner 2008, Statistics in Medicine 27:1693).
    """
    extra = (quantile * error) ** 2
    return (
        max(0.0, value - math.sqrt((value - low) ** 2 + extra)),
        min(1.0, value + math.sqrt((high - value) ** 2 + extra)),
    )


def proportion(
    successes: FloatArray, trials: FloatArray, units: NDArray[np.int64] | None, level: float
) -> tuple[float, float, float] | None:
    """A rate with its interval: (rate, low, high), or None where there is nothing to count.

    Wilson's interval where cases are independent. Means over seeds may go in: they are fractions of
    a case, and add no cases.

    With patients of several cases the number of trials is divided by the design effect of Rao &
    Scott 1992 (Biometrics 48:577), which is never taken below 1 and of which the estimate has as
    many degrees of freedom as there are patients, less one: the interval is that of Korn & Graubard
    1998 (Survey Methodology 24:193), Clopper and Pearson's for n (z / t)² / design effect trials. A
    rate of 0 or 1, where the design effect cannot be estimated, counts patients. Wilson's interval
    for n / design effect trials covers as little as 84 % where few patients decide.

    Args:
        successes: `(n,)` per case, between 0 and `trials`.
        trials: `(n,)` per case, 0 where the case is not in the denominator.
        units: `(n,)` patients as whole numbers, or None.
        level: for example 0.95.
    """
    total = float(trials.sum())
    if total <= 0:
        return None
    rate = min(max(float(successes.sum()) / total, 0.0), 1.0)
    if units is None or len(np.unique(units)) == len(units):
        low, high = wilson(rate * total, total, level)
    else:
        effective = _effective(successes, trials, units, rate, level)
        low, high = clopper_pearson(rate * effective, effective, level)
    return rate, min(low, rate), max(high, rate)


def _effective(
    successes: FloatArray, trials: FloatArray, units: NDArray[np.int64], rate: float, level: float
) -> float:
    """Independent trials that tell as much as those of the patients do."""
    total = float(trials.sum())
    patients = int(np.count_nonzero(np.bincount(units, weights=trials)))
    binomial = rate * (1 - rate) * total
    if binomial == 0 or patients < 2:
        return min(total, float(patients))
    residual = np.bincount(units, weights=successes - rate * trials)
    variance = float(residual @ residual) * patients / (patients - 1)
    tail = (1 + level) / 2
    ratio = float(ndtri(tail) / stdtrit(patients - 1, tail))
    return total / max(1.0, variance / binomial) * ratio**2
