"""Which Dice are 1 by convention, since there is nothing to find and nothing was found.

A Dice of 1 where truth and prediction are both empty says that nothing was found wrongly, and
nothing of how well a region is outlined. Where many cases are like that, a mean over all cases
mostly counts them.
"""

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]


def both_empty(dice: FloatArray, there: BoolArray) -> BoolArray:
    """`(n, k)` whether neither truth nor prediction has a class in a case.

    Args:
        dice: `(n, k)`, which is 1 where both are empty and 0 where one is.
        there: `(n, k)` whether the truth has the class.

    >>> there = np.array([[False, False, True, True]])
    >>> both_empty(np.array([[1.0, 0.0, 1.0, 0.3]]), there).tolist()
    [[True, False, False, False]]
    """
    return np.asarray(~there & (dice > 0), dtype=bool)


def present_dice(dice: FloatArray, there: BoolArray) -> FloatArray:
    """`(n,)` mean Dice of the classes that a case has; 0 of a case that has none.

    Args:
        dice: `(n, k)`.
        there: `(n, k)` whether the truth has the class.

    >>> present_dice(np.array([[1.0, 0.4], [0.6, 0.8], [1.0, 1.0]]),
    ...              np.array([[False, True], [True, True], [False, False]])).tolist()
    [0.4, 0.7, 0.0]
    """
    found: FloatArray = np.where(there, dice, 0.0).sum(axis=1) / np.maximum(1, there.sum(axis=1))
    return found
