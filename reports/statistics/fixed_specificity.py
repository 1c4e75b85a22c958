"""The sensitivity at a specificity that is fixed in advance."""

import numpy as np
from numpy.typing import NDArray

from reports.statistics.curves import Curves

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_ROUNDING = 1e-12  # 0.9 is 0.9 whichever way it was counted


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
