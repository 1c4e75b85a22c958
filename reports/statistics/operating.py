"""A decision rule that is fixed on validation, and what it does on test."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

FALLBACK = 0.5
"""The threshold where validation cannot tell one from another."""


def youden_threshold(is_positive: NDArray[np.bool_], score: FloatArray) -> float:
    """The threshold with the highest sensitivity + specificity − 1; at or above it is positive.

    Candidates lie midway between neighbouring scores. The lowest of equally good ones is taken,
    which is the most sensitive. Where none is better than chance, or a class is absent, it is 0.5.

    Args:
        is_positive: `(n,)` truth on validation.
        score: `(n,)`.

    >>> youden_threshold(np.array([False, False, True, True]), np.array([0.0, 0.5, 0.25, 1.0]))
    0.125
    """
    m = int(is_positive.sum())
    n = len(is_positive) - m
    if m == 0 or n == 0:
        return FALLBACK
    values, where = np.unique(score, return_inverse=True)
    positives = np.bincount(where, weights=is_positive, minlength=len(values))
    negatives = np.bincount(where, weights=~is_positive, minlength=len(values))
    # Above the i-th gap: J · m · n in whole numbers, so that ties are exact.
    gain = (m - np.cumsum(positives)[:-1]) * n - (n - np.cumsum(negatives)[:-1]) * m
    if len(gain) == 0 or gain.max() <= 0:
        return FALLBACK
    best = int(np.argmax(gain))
    return float((values[best] + values[best + 1]) / 2)


def decisions(probabilities: FloatArray, thresholds: FloatArray, positive: int | None) -> IntArray:
    """`(v, n)` decided classes: by the threshold, or the most probable one."""
    if positive is None:
        return np.asarray(probabilities.argmax(axis=2), dtype=np.int64)
    found = probabilities[:, :, positive] >= thresholds[:, None]
    return np.asarray(np.where(found, positive, 1 - positive), dtype=np.int64)


def decision_threshold(labels: IntArray, probabilities: FloatArray, positive: int | None) -> float:
    """Youden's threshold on validation; NaN where the most probable class is taken.

    Args:
        labels: `(n,)` truth on validation.
        probabilities: `(n, k)`.
        positive: of two classes the one to be found, else None.
    """
    if positive is None:
        return float("nan")
    return youden_threshold(labels == positive, probabilities[:, positive])


def confusion(labels: IntArray, decided: IntArray, k: int) -> FloatArray:
    """`(k, k)` counts; rows are the truth, columns the decision."""
    return np.bincount(labels * k + decided, minlength=k * k).reshape(k, k).astype(float)


class Rates(NamedTuple):
    """Measures of one confusion matrix, each a mean over the classes that are looked for."""

    accuracy: float
    sensitivity: float
    specificity: float
    precision: float
    npv: float
    f1: float
    balanced_accuracy: float
    mcc: float


def rates(matrix: FloatArray, positive: int | None) -> Rates:
    """Measures of a confusion matrix.

    With `positive` those of that class, else unweighted means over the classes that have a case,
    each against the rest. A ratio without a denominator is 0, as in scikit-learn. MCC is Gorodkin's
    (2004) for any number of classes, 0 where truth or decision is constant.

    Args:
        matrix: `(k, k)` counts, rows are the truth.
        positive: of two classes the one to be found, else None.
    """
    shown = np.flatnonzero(matrix.sum(axis=1) > 0)
    return Rates(*rates_of_many(matrix[None], shown, positive)[0].tolist())


def rates_of_many(matrices: FloatArray, shown: IntArray, positive: int | None) -> FloatArray:
    """`(b, 8)` measures of many confusion matrices, in the order of `Rates`.

    Args:
        matrices: `(b, k, k)` counts, or sums of weights.
        shown: the classes that have a case, over which the means go.
        positive: of two classes the one to be found, else None.
    """
    total = matrices.sum(axis=(1, 2))
    true, named = matrices.sum(axis=2), matrices.sum(axis=1)  # (b, k)
    hit = np.diagonal(matrices, axis1=1, axis2=2)
    recall = _ratio(hit, true)
    looked_for = shown if positive is None else np.array([positive])
    all_cases = total[:, None]
    rejected = all_cases - true - named + hit
    right = hit.sum(axis=1)
    covariance = right * total - (true * named).sum(axis=1)
    spread = (total**2 - (named**2).sum(axis=1)) * (total**2 - (true**2).sum(axis=1))
    each = (
        recall,
        _ratio(rejected, all_cases - true),
        _ratio(hit, named),
        _ratio(rejected, all_cases - named),
        _ratio(2 * hit, true + named),
    )
    return np.column_stack(
        [
            right / total,
            *(measure[:, looked_for].mean(axis=1) for measure in each),
            recall[:, shown].mean(axis=1),
            _ratio(covariance, np.sqrt(np.maximum(spread, 0.0))),
        ]
    )


def _ratio(over: FloatArray, under: FloatArray) -> FloatArray:
    return np.divide(over, under, out=np.zeros_like(over), where=under > 0)
