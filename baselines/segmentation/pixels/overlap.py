"""How well two maps of classes agree."""

import numpy as np
from numpy.typing import NDArray


def dice_of(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """2 |A ∩ B| / (|A| + |B|) of two masks (Dice 1945); 1 where both are empty.

    >>> import numpy as np
    >>> dice_of(np.array([True, True, False]), np.array([True, False, False]))
    0.6666666666666666
    """
    total = int(found.sum()) + int(truth.sum())
    return 2 * int((found & truth).sum()) / total if total else 1.0


def mean_dice(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """Mean of `dice_of` over masks ``(n, h, w)``."""
    axes = tuple(range(1, found.ndim))
    total = found.sum(axes) + truth.sum(axes)
    both = (found & truth).sum(axes)
    return float(np.where(total > 0, 2 * both / np.maximum(total, 1), 1.0).mean())
