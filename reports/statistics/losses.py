"""What a prediction loses on each case: the parts of Brier's score and of the logarithmic loss.

Brier 1950 (Monthly Weather Review 78:1); Good 1952 (JRSS B 14:107). Lower is better.
"""

import numpy as np
from numpy.typing import NDArray

from reports.statistics.logistic import CLIP

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def brier_losses(labels: IntArray, probabilities: FloatArray, positive: int | None) -> FloatArray:
    """`(..., n)` squared distances of probability and truth, whose mean is Brier's score.

    Args:
        labels: `(n,)` in `0..k-1`.
        probabilities: `(..., n, k)`.
        positive: of two classes the one whose probability counts; None sums over all classes.

    >>> brier_losses(np.array([1, 0]), np.array([[0.2, 0.8], [0.6, 0.4]]), 1).round(2)
    array([0.04, 0.16])
    """
    if positive is not None:
        return np.asarray((probabilities[..., positive] - (labels == positive)) ** 2)
    truth = np.eye(probabilities.shape[-1])[labels]
    return np.asarray(((probabilities - truth) ** 2).sum(axis=-1))


def log_losses(labels: IntArray, probabilities: FloatArray) -> FloatArray:
    """`(..., n)` negative logarithms of the probability of the truth, taken as 1e-7 at least.

    Args:
        labels: `(n,)` in `0..k-1`.
        probabilities: `(..., n, k)`.

    >>> log_losses(np.array([1, 0]), np.array([[0.2, 0.8], [1.0, 0.0]])).round(3)
    array([ 0.223, -0.   ])
    """
    said = probabilities[..., np.arange(len(labels)), labels]
    return np.asarray(-np.log(np.maximum(said, CLIP)), dtype=np.float64)
