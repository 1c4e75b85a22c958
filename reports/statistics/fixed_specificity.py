"""The sensitivity at a specificity that is fixed in advance."""

import numpy as np
from numpy.typing import NDArray

from reports.statistics.curves import Curves

FloatArray = NDArray[np.float64]

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
