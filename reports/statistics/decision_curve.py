"""Whether acting on a method does more good than acting on everybody or on nobody.

Net benefit of Vickers & Elkin 2006 (Medical Decision Making 26:565): true positives per case less
false positives per case, these weighted by the odds of the probability at which one would act.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reports.statistics.cases import check_probability

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class DecisionCurve(NamedTuple):
    """Net benefits in true positives per case; that of acting on nobody is 0.

    Attributes:
        thresholds: `(t,)` probabilities at or above which one acts.
        method: `(t,)` of acting on the method.
        everybody: `(t,)` of acting on every case.
    """

    thresholds: FloatArray
    method: FloatArray
    everybody: FloatArray


def net_benefit(
    is_positive: BoolArray, probability: FloatArray, thresholds: ArrayLike
) -> DecisionCurve:
    """Decision curve of one method.

    Args:
        is_positive: `(n,)` truth.
        probability: `(n,)` of being positive.
        thresholds: `(t,)` strictly between 0 and 1.

    Raises:
        ValueError: if there are no cases, or a probability or threshold is out of range.

    >>> truth, certain = np.array([True, False, False, False]), np.array([0.9, 0.6, 0.2, 0.1])
    >>> net_benefit(truth, certain, [0.5]).method
    array([0.])
    """
    check_probability(is_positive, probability)
    at = np.atleast_1d(np.asarray(thresholds, dtype=float))
    if not ((at > 0) & (at < 1)).all():
        raise ValueError("thresholds lie strictly between 0 and 1")
    n, odds = len(is_positive), at / (1 - at)
    positives, negatives = np.sort(probability[is_positive]), np.sort(probability[~is_positive])
    true = len(positives) - np.searchsorted(positives, at, side="left")
    false = len(negatives) - np.searchsorted(negatives, at, side="left")
    return DecisionCurve(
        at, true / n - false / n * odds, len(positives) / n - len(negatives) / n * odds
    )
