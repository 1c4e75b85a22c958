"""Differences over the folds of a cross-validation, whose training parts overlap.

Nadeau & Bengio 2003 (Machine Learning 52:239): the variance over J folds is multiplied by
1/J + n_test/n_train instead of 1/J, and the statistic has J − 1 degrees of freedom.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from reports.statistics.contrast import Difference


def corrected(values: ArrayLike, test_to_train: float) -> Difference:
    """Mean of one value per fold (an AUC, or a difference of two) with its corrected error.

    Args:
        values: `(j,)`, one per fold, each already a mean over seeds.
        test_to_train: test cases per training case, for example 1/9 in ten folds.

    Returns:
        The difference; its whole error stands in `se_cases`.

    Raises:
        ValueError: if there are fewer than two folds, which say nothing of the error.

    >>> corrected([0.02, 0.03, 0.01, 0.02], 1 / 3).df
    3
    """
    each = np.asarray(values, dtype=float)
    if len(each) < 2:
        raise ValueError("the error over folds needs at least two of them")
    variance = float(each.var(ddof=1))
    # Equal values leave rounding noise, which would pass for overwhelming evidence.
    if variance < 1e-24:
        variance = 0.0
    error = math.sqrt(variance * (1 / len(each) + test_to_train))
    return Difference(float(each.mean()), error, df=len(each) - 1)
