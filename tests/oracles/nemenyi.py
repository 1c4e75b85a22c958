"""Nemenyi's p values of all pairs of mean ranks (Demšar 2006, JMLR 7:1)."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

FloatArray = NDArray[np.float64]


def nemenyi(mean_ranks: Sequence[float], n: int) -> FloatArray:
    """`(k, k)` p values of all pairs, 1 on the diagonal.

    Args:
        mean_ranks: of k methods.
        n: data sets.
    """
    ranks = np.asarray(mean_ranks, dtype=float)
    k = len(ranks)
    p = np.ones((k, k))
    for i, j in itertools.combinations(range(k), 2):
        q = abs(ranks[i] - ranks[j]) / math.sqrt(k * (k + 1) / (6 * n)) * math.sqrt(2)
        p[i, j] = p[j, i] = min(1.0, float(stats.studentized_range.sf(q, k, np.inf)))
    return p
