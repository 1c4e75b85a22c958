"""The area under a part of the ROC curve.

McClish 1989 (Medical Decision Making 9:190): the raw area over a range of specificity (or of
sensitivity), and the same rescaled so that a useless score has 0.5 and a perfect one 1.
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.statistics.curves import Curves, area

FloatArray = NDArray[np.float64]

Focus = Literal["specificity", "sensitivity"]


class PartialAuc(NamedTuple):
    """A partial area.

    Attributes:
        raw: between 0 and the width of the range.
        corrected: McClish's, or None where the raw area is below that of a useless score (the
            rescaling has no meaning there).
    """

    raw: float
    corrected: float | None


def standardised(raw: float, low: float = 0.9, high: float = 1.0) -> PartialAuc:
    """A raw partial area, or a mean of several over one range, with McClish's rescaling of it.

    Args:
        raw: the area.
        low, high: the range.

    >>> standardised(0.005).corrected
    0.5
    """
    least, most = (high - low) * (1 - low + 1 - high) / 2, high - low
    # A useless score's raw area comes with rounding.
    if raw < least - 1e-12:
        return PartialAuc(raw, None)
    share = max(0.0, (raw - least) / (most - least))
    return PartialAuc(raw, float(min(1.0, (1 + share) / 2)))


def partial_areas(
    found: Curves, low: float = 0.9, high: float = 1.0, focus: Focus = "specificity"
) -> FloatArray:
    """`(b,)` raw partial areas of many curves.

    Raises:
        ValueError: if the range is empty.
    """
    if not 0 <= low < high <= 1:
        raise ValueError(f"a range within 0 and 1 is needed, not {low} to {high}")
    if focus == "specificity":
        return area(found.fpr, found.tpr, 1 - high, 1 - low)
    return area(found.tpr, 1 - found.fpr, low, high)
