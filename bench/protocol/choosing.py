"""Which validation cases may choose: a model, a threshold, a configuration."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEAST = 10
"""So many validation cases of each class must remain where those with a twin in train are left
out."""


def choosing(labels: NDArray[np.int64], has_twin: ArrayLike, n_classes: int) -> NDArray[np.bool_]:
    """`(n,)` which validation cases choose: those without a near twin in train.

    A method that has learnt an image by heart is right about its twin, and must not be chosen for
    that. All cases choose where fewer than `LEAST` of a class have no twin.

    Args:
        labels: `(n,)` in `0..n_classes-1`.
        has_twin: `(n,)` whether a case has a near or identical twin in train.
        n_classes: of the data set.

    >>> labels = np.repeat([0, 1], 11)
    >>> int(choosing(labels, np.arange(22) == 0, 2).sum())
    21
    >>> int(choosing(labels, np.arange(22) < 2, 2).sum())  # nine of class 0 would remain
    22
    """
    alone = ~np.asarray(has_twin, dtype=bool)
    remain = np.bincount(labels[alone], minlength=n_classes)
    return alone if remain.min() >= LEAST else np.ones(len(labels), dtype=bool)
