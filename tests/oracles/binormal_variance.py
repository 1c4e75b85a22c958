"""The variance of a difference of two AUCs under the binormal model, by the product's moments."""

import numpy as np

from reports.statistics.binormal import covariance, variance


def difference_variance(
    auc_a: float, auc_b: float, m: float, n: float, correlation: float
) -> float:
    """Variance of the difference of two AUCs on the same cases.

    Args:
        auc_a, auc_b: strictly between 0 and 1.
        m, n: positive and negative cases, each at least 1.
        correlation: of the two methods' scores within a class, in [−1, 1].

    Raises:
        ValueError: if an argument is out of range.

    >>> round(difference_variance(0.8, 0.8, 50, 50, 0.0) ** 0.5, 3)
    0.062
    """
    for auc in (auc_a, auc_b):
        if not 0 < auc < 1:
            raise ValueError(f"an AUC strictly between 0 and 1 is needed, not {auc}")
    if not (m >= 1 and n >= 1):
        raise ValueError(f"cases of both classes are needed: {m} positive and {n} negative")
    if not -1 <= correlation <= 1:
        raise ValueError(f"a correlation lies between -1 and 1, not {correlation}")
    a, b = np.array([auc_a]), np.array([auc_b])
    own = variance(a, m, n) + variance(b, m, n)
    return max(0.0, float((own - 2 * covariance(a, b, m, n, correlation))[0]))
