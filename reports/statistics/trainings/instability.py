"""How much a case's probability depends on the training that it comes from.

Riley & Collins 2023 (Biometrical Journal 65:2200302): the mean absolute difference between the
probabilities that models of the same kind, trained anew, give to the same case. Here over all pairs
of trainings that were stored (seeds, resampled training parts), since none of them is the original.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Instability(NamedTuple):
    """Of one method.

    Attributes:
        mean: mean over cases of `each`.
        q90: a tenth of the cases vary by more.
        each: `(n,)` mean absolute difference of a case's probability between two trainings; of more
            than two classes half the sum over classes, which is the same with two.
        changed: share of cases whose decision differs between two trainings, mean over pairs; None
            where no decisions are given.
        trainings: how many there are.
    """

    mean: float
    q90: float
    each: FloatArray
    changed: float | None
    trainings: int


def instability(probabilities: FloatArray, decided: IntArray | None = None) -> Instability:
    """Differences between trainings of one method on the same cases.

    Args:
        probabilities: `(r, n, k)` of at least two trainings.
        decided: `(r, n)` decisions of them, or None.

    Raises:
        ValueError: if there are fewer than two trainings, or no cases.

    >>> found = instability(np.array([[[0.2, 0.8]], [[0.5, 0.5]]]))
    >>> round(found.mean, 3), found.trainings
    (0.3, 2)
    """
    if probabilities.ndim != 3 or len(probabilities) < 2 or probabilities.shape[1] == 0:
        raise ValueError(f"two trainings on some cases are needed, not {probabilities.shape}")
    r = len(probabilities)
    # Sorted values make the sum of all |differences| a weighted sum: no pair is ever formed.
    ranked = np.sort(probabilities, axis=0)
    place = 2 * np.arange(r) - r + 1.0
    pairs = r * (r - 1) / 2
    each = np.einsum("r,rnk->n", place, ranked) / pairs / 2
    changed = None
    if decided is not None:
        alike = sum(
            (count * (count - 1) / 2).mean()
            for count in ((decided == label).sum(axis=0) for label in np.unique(decided))
        )
        changed = float(1 - alike / pairs)
    return Instability(float(each.mean()), float(np.quantile(each, 0.9)), each, changed, r)
