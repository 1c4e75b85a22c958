"""Precision against recall: what a positive decision is worth at every share of positives found."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.statistics.curves import Curves

FloatArray = NDArray[np.float64]


class PrecisionRecall(NamedTuple):
    """Precision at the highest threshold that finds so many positives.

    Between two recalls the precision is that of the higher one, without interpolation (Davis &
    Goadrich 2006, ICML: a straight line would be too good), so that the area under the steps is
    the mean of `precision`.

    Attributes:
        precision: `(m,)` when at least 1, 2, … of the m positives are found.
        thresholds: `(m,)` that find them; a case at or above is called positive.
    """

    precision: FloatArray
    thresholds: FloatArray

    @property
    def average(self) -> float:
        """Average precision, as in scikit-learn."""
        return float(self.precision.mean())

    def at(self, recall: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Precision and thresholds where at least these shares of the positives are found.

        Args:
            recall: above 0, at most 1.
        """
        m = len(self.precision)
        # 0.3 of 10 is 3, whichever way it was counted
        wanted = np.ceil(np.asarray(recall) * m - 1e-9).astype(np.int64) - 1
        found = np.clip(wanted, 0, m - 1)
        return self.precision[found], self.thresholds[found]


def precision_recall_of(found: Curves, positives: int, negatives: int) -> PrecisionRecall:
    """The same from the ROC curve of the cases, the first of some.

    Args:
        found: at least one curve.
        positives, negatives: cases of each class.
    """
    true = np.rint(found.tpr[0, 1:] * positives)
    false = np.rint(found.fpr[0, 1:] * negatives)
    first = np.searchsorted(true, np.arange(1, positives + 1), side="left")
    precision = true / (true + false)
    return PrecisionRecall(precision[first], found.thresholds[first])
