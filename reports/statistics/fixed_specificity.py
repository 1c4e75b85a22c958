"""The sensitivity at a specificity that is fixed in advance."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.statistics.curves import Curves, curves

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_ROUNDING = 1e-12  # 0.9 is 0.9 whichever way it was counted


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
    best = _last_specific(found, specificity)
    threshold = float(found.thresholds[best - 1]) if best > 0 else None
    return FixedSpecificity(float(found.tpr[0, best]), threshold, interpolated)


def attainable_sensitivity(found: Curves, specificity: float) -> float:
    """The highest sensitivity of the first of some curves at no lower specificity.

    Args:
        found: at least one curve.
        specificity: in [0, 1].
    """
    return float(found.tpr[0, _last_specific(found, specificity)])


def _last_specific(found: Curves, specificity: float) -> int:
    """The vertex that is specific enough and has the highest sensitivity: the last of them."""
    return int(np.flatnonzero(1 - found.fpr[0] >= specificity - _ROUNDING)[-1])


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
    right = np.count_nonzero(specificities >= specificity - _ROUNDING, axis=1) - 1
    beyond = np.minimum(right + 1, specificities.shape[1] - 1)
    above, below = specificities[rows, right], specificities[rows, beyond]
    width = above - below
    share = np.divide(above - specificity, width, out=np.zeros_like(width), where=width > 0)
    share = np.where(above - specificity > _ROUNDING, share, 0.0)
    start, stop = found.tpr[rows, right], found.tpr[rows, beyond]
    return np.asarray(start + share * (stop - start), dtype=np.float64)
