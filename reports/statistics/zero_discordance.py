"""How little can be known of a difference between two methods that hardly ever disagree.

Two methods that decide n cases alike may still differ on the next one. Bonett & Price 2012
(Statistics in Medicine 31:1049) say by how much for paired proportions: their interval counts one
case more on which only the one is right and one on which only the other is, so that without a
discordant case the variance of the difference is 2 / (n + 2)² and not 0. The AUC of decisions is
the mean of sensitivity and specificity, that of ranks moves by the same 1 / 2m when a positive case
that stood above all negatives falls to a place by chance. So

    Var ≥ 2 Σ_c (1 / (2 (m_c + 2)))²

holds of the difference of two AUCs, with m_c the cases of each of two classes. With 12 and 12 cases
the difference is known to ±0.14, or ±0.16 by the t distribution; from Newcombe's intervals of two
perfect AUCs follows ±0.17, and with 100 and 100 cases both say ±0.019. DeLong's error of methods
that differ is mostly several times as large.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

BoolArray = NDArray[np.bool_]


def least_error(counts: Sequence[float]) -> float:
    """The smallest standard error that the difference of two AUCs may have on these cases.

    Of more than two classes it is that of the mean of the one-against-rest AUCs: a case of class c
    that is taken for one of class e lowers the AUC of c by 1 / 2m_c and that of e by
    1 / 2(n − m_e); over the other classes e the mean is taken.

    Args:
        counts: cases (patients) of each class that is present; at least two classes.

    Raises:
        ValueError: if there are fewer than two classes.

    >>> round(least_error([12, 12]), 4), round(least_error([1000, 1000]), 5)
    (0.0714, 0.001)
    """
    sizes = np.array([count for count in counts if count > 0], dtype=float)
    k = len(sizes)
    if k < 2:
        raise ValueError(f"cases of two classes are needed, not {list(counts)}")
    as_negative = 1 / (2 * (sizes.sum() - sizes + 2))
    others = (as_negative.sum() - as_negative) / (k - 1)  # over the classes that c may be taken for
    moved = (1 / (2 * (sizes + 2)) + others) / k
    return math.sqrt(float(2 * moved @ moved))


def paired_proportions(
    right_a: BoolArray, right_b: BoolArray, level: float = 0.95
) -> tuple[float, float, float]:
    """Difference of two proportions on the same independent cases: (d, low, high).

    Bonett & Price's interval ("adjusted Wald"); it is never a single point.

    Args:
        right_a, right_b: `(n,)` whether the case is a success of each method.
        level: for example 0.95.

    Raises:
        ValueError: if there are no cases, or their numbers differ.

    >>> d, low, high = paired_proportions(np.ones(24, bool), np.ones(24, bool))
    >>> d, round(low, 3), round(high, 3)
    (0.0, -0.107, 0.107)
    """
    if right_a.shape != right_b.shape or right_a.ndim != 1 or len(right_a) == 0:
        raise ValueError(f"the same cases are needed: {right_a.shape} and {right_b.shape}")
    return difference_of_discordant(
        int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum()), len(right_a), level
    )


def difference_of_discordant(
    only_a: float, only_b: float, n: float, level: float = 0.95
) -> tuple[float, float, float]:
    """The same from the discordant counts, which may be means over seeds: (d, low, high).

    Args:
        only_a, only_b: cases that are a success of the one method only.
        n: all cases.
        level: for example 0.95.

    Raises:
        ValueError: if the counts do not fit.
    """
    if not (n > 0 and only_a >= 0 and only_b >= 0 and only_a + only_b <= n + 1e-9):
        raise ValueError(f"{only_a} and {only_b} of {n} are no discordant cases")
    d = (only_a - only_b) / n
    first, second = (only_a + 1) / (n + 2), (only_b + 1) / (n + 2)
    variance = (first + second - (first - second) ** 2) / (n + 2)
    half = float(ndtri((1 + level) / 2)) * math.sqrt(variance)
    low, high = first - second - half, first - second + half
    return d, max(-1.0, min(d, low)), min(1.0, max(d, high))
