"""DeLong's figures with nothing added: what R's pROC prints.

Variance, symmetric ("linear") interval and paired test as in DeLong, DeLong & Clarke-Pearson 1988
(Biometrics 44:837). They are shown beside the
procedures that verdicts use, because everybody can check them. The linear interval is too narrow
where cases are few or the AUC is near 1, and the variance of a perfect AUC is 0.

No figure is infinite or not a number. A difference without variance is no evidence: z = 0 and
p = 1, also where the AUCs differ (there pROC says p = 0). Where a class has a single case (of
clustered data: a single patient), no variance can be estimated and all that needs one is None.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from reports.statistics.auc import Components, components
from reports.statistics.cases import check_binary

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

Interval = tuple[float, float]

_ROUNDING = 1e-30  # a variance below this is the rounding of midranks


@dataclass(frozen=True)
class PlainAuc:
    """One AUC.

    Attributes:
        auc: in [0, 1]; below 0.5 it stays below.
        variance: DeLong's, or None where a class has a single case.
        interval: auc ± z · sqrt(variance), cut at 0 and 1; None without a variance.
    """

    auc: float
    variance: float | None
    interval: Interval | None


@dataclass(frozen=True)
class PlainDifference:
    """Two AUCs on the same cases.

    Attributes:
        a, b: the AUCs.
        covariance: of the two.
        d: a − b.
        variance: of d.
        interval: d ± z · sqrt(variance), not cut.
        z: d / sqrt(variance); 0 where the variance is 0.
        p: two-sided.
    """

    a: PlainAuc
    b: PlainAuc
    covariance: float | None
    d: float
    variance: float | None
    interval: Interval | None
    z: float | None
    p: float | None


def one(is_positive: BoolArray, score: FloatArray, level: float = 0.95) -> PlainAuc:
    """AUC with DeLong's variance and linear interval.

    Args:
        is_positive: `(n,)` truth.
        score: `(n,)`, higher means positive.
        level: of the interval.

    Raises:
        ValueError: if a class is absent or a score is not finite.

    >>> found = one(np.array([True, True, False, False]), np.array([0.9, 0.3, 0.4, 0.1]))
    >>> found.auc, round(found.variance, 12)
    (0.75, 0.125)
    """
    return plain(_binary(is_positive, score), np.ones(1), level)


def plain(found: Components, weights: FloatArray, level: float = 0.95) -> PlainAuc:
    """The figures of a mean of score vectors; also of a macro AUC, or of clustered cases.

    Args:
        found: all score vectors on the same cases.
        weights: `(v,)` of each in the mean, adding up to 1.
        level: of the interval.
    """
    auc, variance = found.contrast(weights)
    if not found.estimable:
        return PlainAuc(auc, None, None)
    variance = _settled(variance)
    low, high = _linear(auc, variance, level)
    return PlainAuc(auc, variance, (max(0.0, low), min(1.0, high)))


def plain_difference(
    found: Components, a: FloatArray, b: FloatArray, level: float = 0.95
) -> PlainDifference:
    """The figures of two means of score vectors; also of macro AUCs, or of clustered cases.

    Args:
        found: all score vectors on the same cases.
        a, b: `(v,)` weights of each; the difference is a − b.
        level: of the intervals.
    """
    first, second = plain(found, a, level), plain(found, b, level)
    d, variance = found.contrast(a - b)
    if first.variance is None or second.variance is None:
        return PlainDifference(first, second, None, d, None, None, None, None)
    variance = _settled(variance)
    z = d / math.sqrt(variance) if variance > 0 else 0.0
    return PlainDifference(
        first,
        second,
        (first.variance + second.variance - variance) / 2,
        d,
        variance,
        _linear(d, variance, level),
        z,
        min(1.0, 2 * float(ndtr(-abs(z)))),
    )


def _binary(is_positive: BoolArray, score: FloatArray) -> Components:
    check_binary(is_positive, score)
    own = score.astype(float)
    # The column of the other class is never ranked.
    columns = np.stack([own, own], axis=1)[None]
    return components(is_positive.astype(np.int64), columns, 1)


def _settled(variance: float) -> float:
    return variance if variance > _ROUNDING else 0.0


def _linear(value: float, variance: float, level: float) -> Interval:
    half = float(ndtri((1 + level) / 2)) * math.sqrt(variance)
    return value - half, value + half
