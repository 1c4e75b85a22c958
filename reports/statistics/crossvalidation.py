"""Differences over the folds of a cross-validation, whose training parts overlap.

Nadeau & Bengio 2003 (Machine Learning 52:239): the variance over J folds is multiplied by
1/J + n_test/n_train instead of 1/J, and the statistic has J − 1 degrees of freedom. The Bayesian
form (Corani & Benavoli 2015, Machine Learning 100:285; Benavoli et al. 2017, JMLR 18:77) reads the
same t distribution as the posterior of the mean difference.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from reports.statistics.contrast import Difference
from reports.statistics.posterior import Posterior, posterior


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


def corrected_difference(values: ArrayLike, test_to_train: float) -> Difference:
    """`corrected`, for differences of two shares or AUCs, which lie between -1 and 1.

    Folds that all agree tell nothing of the error; it is then taken to be the largest that such a
    difference can have, 1, so that nothing is concluded.

    >>> corrected_difference([0.0, 0.0, 0.0], 1 / 2).p_equivalence(0.02) > 0.4
    True
    """
    found = corrected(values, test_to_train)
    return Difference(found.d, 1.0, df=found.df) if found.se == 0 else found


def correlated_t(values: ArrayLike, test_to_train: float, rope: float) -> Posterior:
    """Bayesian correlated t-test with a region of practical equivalence.

    Where all folds agree, the posterior is a point.

    Args:
        values: `(j,)` differences, one per fold, each already a mean over seeds.
        test_to_train: test cases per training case.
        rope: half the width of the region, at least 0.

    Raises:
        ValueError: if there are fewer than two folds, or `rope` is below 0.

    >>> correlated_t([0.1, 0.1, 0.1], 1 / 2, 0.02)
    Posterior(below=0.0, within=0.0, above=1.0)
    """
    if not rope >= 0:
        raise ValueError(f"half the width of the region is at least 0, not {rope}")
    return posterior(corrected(values, test_to_train), rope)
