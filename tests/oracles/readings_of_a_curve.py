"""What pROC and scikit-learn read off the ROC curve of one score, by the product's curves."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.statistics.curves import Curves, curves
from reports.statistics.fixed_specificity import attainable_sensitivity
from reports.statistics.partial import Focus, PartialAuc, partial_areas, standardised
from reports.statistics.precision_recall import PrecisionRecall, precision_recall_of

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


class Youden(NamedTuple):
    """The point of a ROC curve that is furthest above the diagonal.

    Attributes:
        threshold: midway between neighbouring scores; None where calling every case positive is
            as good as anything.
        sensitivity, specificity: at the threshold, on the cases that it was chosen on.
    """

    threshold: float | None
    sensitivity: float
    specificity: float


def youden_point(is_positive: NDArray[np.bool_], score: FloatArray) -> Youden:
    """The highest sensitivity + specificity (Youden 1950, Cancer 3:32), as pROC finds it.

    The lowest of equally good thresholds is taken; equal means equal in double precision, as
    there. To decide on other cases use `youden_threshold`, which has an answer for every input.

    Args:
        is_positive: `(n,)` truth.
        score: `(n,)`, higher means positive.

    Raises:
        ValueError: if a class is absent or a score is not finite.

    >>> youden_point(np.array([True, True, False, False]), np.array([0.9, 0.5, 0.5, 0.1]))
    Youden(threshold=0.3, sensitivity=1.0, specificity=0.5)
    """
    thresholds, fpr, tpr = curves(is_positive, score)
    n = int((~is_positive).sum())
    specificity = (n - np.rint(fpr[0] * n)) / n  # a ratio of counts, rounded once
    best = len(thresholds) - int(np.argmax((tpr[0] + specificity)[::-1]))
    threshold = None
    if best == 0:
        threshold = float(thresholds[0])
    elif best < len(thresholds):
        threshold = float((thresholds[best - 1] + thresholds[best]) / 2)
    return Youden(threshold, float(tpr[0, best]), float(specificity[best]))


class FixedSpecificity(NamedTuple):
    """Sensitivity at a fixed specificity.

    Attributes:
        attainable: the highest that a threshold reaches whose specificity is at least the fixed
            one; what a user of the method would see.
        threshold: the one that does, positive at or above it; None where only calling every case
            negative is specific enough.
        interpolated: on the straight line between neighbouring points of the curve, as pROC has
            it. Where scores tie, no threshold attains it.
    """

    attainable: float
    threshold: float | None
    interpolated: float


def sensitivity_at(
    is_positive: BoolArray, score: FloatArray, specificity: float
) -> FixedSpecificity:
    """Sensitivity of one score at a fixed specificity.

    Args:
        is_positive: `(n,)` truth.
        score: `(n,)`, higher means positive.
        specificity: in [0, 1].

    Raises:
        ValueError: if the specificity is none, a class is absent or a score is not finite.

    >>> truth = np.array([True, True, False, False, False])
    >>> sensitivity_at(truth, np.array([0.9, 0.5, 0.5, 0.4, 0.1]), 0.9)
    FixedSpecificity(attainable=0.5, threshold=0.9, interpolated=0.65)
    """
    found = curves(is_positive, score)
    interpolated = float(interpolated_sensitivities(found, specificity)[0])
    attainable = attainable_sensitivity(found, specificity)
    enough = np.flatnonzero(
        (found.fpr[0] <= 1 - specificity + 1e-12) & (found.tpr[0] == attainable)
    )
    threshold = float(found.thresholds[enough[-1] - 1]) if enough[-1] > 0 else None
    return FixedSpecificity(attainable, threshold, interpolated)


def partial_auc(
    is_positive: BoolArray,
    score: FloatArray,
    low: float = 0.9,
    high: float = 1.0,
    focus: Focus = "specificity",
) -> PartialAuc:
    """Partial AUC of one score.

    Args:
        is_positive: `(n,)` truth.
        score: `(n,)`, higher means positive.
        low, high: the range of the focus, `0 ≤ low < high ≤ 1`.
        focus: the axis on which the range lies.

    Raises:
        ValueError: if the range is empty, a class is absent or a score is not finite.

    >>> found = partial_auc(np.array([True, True, False, False]), np.array([0.9, 0.8, 0.4, 0.1]))
    >>> round(found.raw, 12), found.corrected
    (0.1, 1.0)
    """
    return standardised(
        float(partial_areas(curves(is_positive, score), low, high, focus)[0]), low, high
    )


def precision_recall(is_positive: BoolArray, score: FloatArray) -> PrecisionRecall:
    """The curve of one score; cases with the same score are decided alike.

    Args:
        is_positive: `(n,)` truth.
        score: `(n,)`, higher means positive.

    Raises:
        ValueError: if a class is absent or a score is not finite.

    >>> truth = np.array([True, False, True, False])
    >>> precision_recall(truth, np.array([0.9, 0.8, 0.7, 0.1])).precision.round(3)
    array([1.   , 0.667])
    """
    m = int(np.count_nonzero(is_positive))
    return precision_recall_of(curves(is_positive, score), m, len(is_positive) - m)


def interpolated_sensitivities(found: Curves, specificity: float) -> FloatArray:
    """`(b,)` sensitivities on many curves, linear between their points.

    On an upright step the highest sensitivity counts.

    Raises:
        ValueError: if the specificity is not in [0, 1].
    """
    if not 0 <= specificity <= 1:
        raise ValueError(f"a specificity lies between 0 and 1, not {specificity}")
    specificities = 1 - found.fpr
    rows = np.arange(len(specificities))
    right = np.count_nonzero(specificities >= specificity - 1e-12, axis=1) - 1
    beyond = np.minimum(right + 1, specificities.shape[1] - 1)
    above, below = specificities[rows, right], specificities[rows, beyond]
    width = above - below
    share = np.divide(above - specificity, width, out=np.zeros_like(width), where=width > 0)
    share = np.where(above - specificity > 1e-12, share, 0.0)
    start, stop = found.tpr[rows, right], found.tpr[rows, beyond]
    return np.asarray(start + share * (stop - start), dtype=np.float64)
