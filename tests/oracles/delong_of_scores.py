"""DeLong's tests of two scores: on the same cases by the product's components, and on others.

The unpaired test has Welch and Satterthwaite's degrees of freedom, as in pROC (Robin et al. 2011,
BMC Bioinformatics 12:77).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from reports.statistics.auc import components
from reports.statistics.delong import PlainAuc, PlainDifference, one, plain_difference

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class UnpairedDifference:
    """Two AUCs on different cases.

    Attributes:
        a, b: the AUCs.
        d: a − b.
        t: d / sqrt(sum of the variances); 0 where that is 0.
        df: Welch and Satterthwaite's; None where the variances are 0.
        p, p_greater: two-sided, and one-sided of a not being greater than b.
    """

    a: PlainAuc
    b: PlainAuc
    d: float
    t: float | None
    df: float | None
    p: float | None
    p_greater: float | None


def paired(
    is_positive: BoolArray, a: FloatArray, b: FloatArray, level: float = 0.95
) -> PlainDifference:
    """AUC of a − AUC of b, two methods on the same cases.

    Args:
        is_positive: `(n,)` truth.
        a, b: `(n,)`.
        level: of the intervals.

    Raises:
        ValueError: if a class is absent or a score is not finite.
    """
    scores = np.stack([a, b]).astype(float)
    columns = np.stack([scores, scores], axis=2)  # that of the other class is never ranked
    found = components(is_positive.astype(np.int64), columns, 1)
    return plain_difference(found, *np.eye(2), level)


def unpaired(
    is_positive_a: BoolArray, a: FloatArray, is_positive_b: BoolArray, b: FloatArray
) -> UnpairedDifference:
    """AUC of a − AUC of b on two independent sets of cases.

    Args:
        is_positive_a, a: `(n,)` truth and score of the first set.
        is_positive_b, b: `(m,)` those of the second.

    Raises:
        ValueError: if a class is absent or a score is not finite.
    """
    first, second = one(is_positive_a, a), one(is_positive_b, b)
    d = first.auc - second.auc
    if first.variance is None or second.variance is None:
        return UnpairedDifference(first, second, d, None, None, None, None)
    variance = first.variance + second.variance
    if variance == 0:
        return UnpairedDifference(first, second, d, 0.0, None, 1.0, 0.5)
    df = variance**2 / (first.variance**2 / (len(a) - 1) + second.variance**2 / (len(b) - 1))
    t = d / math.sqrt(variance)
    return UnpairedDifference(
        first,
        second,
        d,
        t,
        df,
        min(1.0, 2 * float(stats.t.sf(abs(t), df))),
        float(stats.t.sf(t, df)),
    )
