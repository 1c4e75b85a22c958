"""How many cases of every class are found, and which class is never found.

A mean over classes, of AUCs most of all, hides a class that the method never names: its cases may
rank high among the others and still be called something else.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.statistics.intervals import proportion

IntArray = NDArray[np.int64]

HIGH_AUC = 0.75
"""A class that ranks so well could be found."""

NEVER_FOUND = 0.1
"""A recall up to this is near 0."""


class Recall(NamedTuple):
    """Of one class.

    Attributes:
        label: of the class.
        recall: share of its cases that are decided rightly, mean over seeds.
        low, high: Wilson's interval, or that of patients with several cases.
        cases: how many it has.
    """

    label: int
    recall: float
    low: float
    high: float
    cases: int


def recalls(
    labels: IntArray, decided: IntArray, units: IntArray | None = None, level: float = 0.95
) -> tuple[Recall, ...]:
    """Recall of every class that is present, from low to high label.

    Args:
        labels: `(n,)` in `0..k-1`.
        decided: `(s, n)` decisions of the seeds.
        units: `(n,)` patients as `0..u-1`, or None.
        level: of the intervals.

    Raises:
        ValueError: if there are no cases, or the shapes do not fit.

    >>> found = recalls(np.array([0, 0, 1, 1]), np.array([[0, 0, 0, 1]]))
    >>> [(one.label, one.recall) for one in found]
    [(0, 1.0), (1, 0.5)]
    """
    if decided.ndim != 2 or decided.shape[1:] != labels.shape or decided.size == 0:
        raise ValueError(
            f"decisions of seeds by cases are needed: {len(labels)} cases, {decided.shape}"
        )
    right = (decided == labels).mean(axis=0)
    found = []
    for label in np.unique(labels).tolist():
        own = (labels == label).astype(float)
        rate = proportion(right * own, own, units, level)
        assert rate is not None  # the class is present
        found.append(Recall(label, *rate, int(own.sum())))
    return tuple(found)


def never_found(auc: float, recall: float) -> bool:
    """Whether a class could be found by its ranks and hardly ever is.

    Args:
        auc: of the class against the rest.
        recall: of the class.

    >>> never_found(0.92, 0.02), never_found(0.55, 0.0), never_found(0.92, 0.4)
    (True, False, False)
    """
    return auc >= HIGH_AUC and recall <= NEVER_FOUND
