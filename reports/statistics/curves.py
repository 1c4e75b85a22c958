"""Empirical ROC curves of weighted cases, many sets of weights at a time.

A set of weights is a bootstrap sample (how often each case was drawn) or the data themselves (all
ones); the statistics of curves are written for both at once.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.statistics.cases import check_binary

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class Curves(NamedTuple):
    """ROC curves from (0, 0) to (1, 1), a row each.

    Attributes:
        thresholds: `(v,)` distinct scores, descending; a case at or above is called positive.
        fpr, tpr: `(b, v + 1)` before the first and after each threshold.
    """

    thresholds: FloatArray
    fpr: FloatArray
    tpr: FloatArray


def curves(is_positive: BoolArray, score: FloatArray, weights: FloatArray | None = None) -> Curves:
    """The curve of every set of weights; cases with the same score make one slanted step.

    Args:
        is_positive: `(n,)` truth.
        score: `(n,)`, higher means positive.
        weights: `(b, n)` at least 0, each row with both classes; None for one row of ones.

    Raises:
        ValueError: if a class is absent or a score is not finite.
    """
    check_binary(is_positive, score)
    descending = -np.asarray(score, dtype=float)
    order = np.argsort(descending, kind=None if weights is None else "stable")
    ordered = -descending[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), len(score) - 1)
    positive = is_positive[order]
    if weights is None:
        true = np.cumsum(positive)[None, last].astype(float)
        false = last + 1 - true
    else:
        own = weights[:, order]
        true = np.cumsum(own * positive, axis=1)[:, last]
        false = np.cumsum(own * ~positive, axis=1)[:, last]
    if not (true[:, -1].all() and false[:, -1].all()):
        raise ValueError("a set of weights leaves out one of the classes")
    start = np.zeros((len(true), 1))
    return Curves(
        ordered[last],
        np.hstack([start, false / false[:, -1:]]),
        np.hstack([start, true / true[:, -1:]]),
    )


def area(x: FloatArray, y: FloatArray, low: float = 0.0, high: float = 1.0) -> FloatArray:
    """`(b,)` areas under rising piecewise linear curves between two places on the x axis.

    Args:
        x, y: `(b, v)` vertices, x never falling within a row.
        low, high: the two places.
    """
    left, right = x[:, :-1], x[:, 1:]
    width = right - left
    slope = np.divide(np.diff(y, axis=1), width, out=np.zeros_like(width), where=width > 0)
    start, stop = np.clip(left, low, high), np.clip(right, low, high)
    middle = y[:, :-1] + slope * ((start + stop) / 2 - left)
    return np.asarray(((stop - start) * middle).sum(axis=1), dtype=np.float64)
