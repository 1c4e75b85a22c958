"""The primary metric, as a function of labels and probabilities.

They live in the engine because champions are chosen by them; everything else that can be computed
from predictions is computed by `reports`.
"""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray


def binary_auc(is_positive: ArrayLike, score: ArrayLike) -> float:
    """Area under the ROC curve: P(score of a positive > score of a negative) + half the ties.

    By counting (Mann-Whitney). The direction is fixed: an AUC below 0.5 stays below 0.5.

    Args:
        is_positive: `(n,)` truth.
        score: `(n,)`, higher means positive.

    Returns:
        The AUC, or NaN where one of the classes is absent or a score is NaN.

    >>> binary_auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    positive = np.asarray(is_positive, dtype=bool)
    m = int(positive.sum())
    n = positive.size - m
    if m == 0 or n == 0:
        return float("nan")
    scores = np.asarray(score, dtype=float)
    if np.isnan(scores).any():
        return float("nan")  # which has no order
    high, low = np.sort(scores[positive]), np.sort(scores[~positive])
    below = np.searchsorted(low, high, side="left").sum()
    not_above = np.searchsorted(low, high, side="right").sum()
    return float((below + not_above) / 2 / (m * n))


def auc(
    labels: NDArray[np.int64], probabilities: NDArray[np.float64], positive: int | None
) -> float:
    """AUC of the positive class, or the unweighted mean of one-against-rest AUCs.

    The second is MedMNIST's definition for more than two classes. Rows are not renormalised,
    since that would break ties. Classes without a case are left out of the mean.

    Args:
        labels: `(n,)` in `0..k-1`.
        probabilities: `(n, k)`.
        positive: of two classes the one to be found; None for more.
    """
    if positive is not None:
        return binary_auc(labels == positive, probabilities[:, positive])
    each = [binary_auc(labels == k, probabilities[:, k]) for k in range(probabilities.shape[1])]
    present = [value for value in each if not np.isnan(value)]
    return float(np.mean(present)) if present else float("nan")


Metric = Callable[[NDArray[np.int64], NDArray[np.float64], int | None], float]

METRICS: dict[str, Metric] = {"auc": auc}
"""The metrics that a study may declare as primary; higher is better for each."""

Measure = Literal[
    "auc",
    "balanced-accuracy",
    "accuracy",
    "sensitivity",
    "specificity",
    "f1",
    "mcc",
    "brier",
    "log-loss",
]
"""What a claim beside the primary one may be about; `reports` computes them."""

MEASURES: tuple[Measure, ...] = get_args(Measure)
