"""One difference per data set: is it on one side?

Wilcoxon's signed-rank test (1945, Biometrics Bulletin 1:80). Differences of 0 are left out, equal
ones share the mean of their ranks. With fewer than 50 differences left p is exact, with ties too:
each rank is as likely to belong to a positive difference as to a negative one (the permutation
distribution given the ranks: Pratt & Gibbons 1981, Concepts of Nonparametric Theory, chapter 3).
With more it is the normal approximation with correction for ties and continuity, which R's
`wilcox.test` takes as soon as a difference is 0 or tied: of eight differences on one side p would
jump from 0.008 to 0.014 where two of them happen to be equal.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reports.statistics.midranks import doubled_midranks

_EXACT_BELOW = 50


class SignedRank(NamedTuple):
    """Wilcoxon's test.

    Attributes:
        statistic: sum of the ranks of the positive differences.
        p: two-sided; 1 where no difference is other than 0.
        n: differences other than 0.
        exact: whether p is exact.
    """

    statistic: float
    p: float
    n: int
    exact: bool


def signed_rank(differences: ArrayLike, *, as_in_r: bool = False) -> SignedRank:
    """Test of differences that are symmetric about 0.

    Args:
        differences: `(n,)`, one per data set.
        as_in_r: whether ties and differences of 0 call for the normal approximation at once.

    Raises:
        ValueError: if there are none, or one is not finite.

    >>> signed_rank([0.01, 0.02, 0.03, 0.04, 0.05, 0.06])
    SignedRank(statistic=21.0, p=0.03125, n=6, exact=True)
    >>> signed_rank([0.01, 0.02, 0.02, 0.04, 0.05, 0.06]).p
    0.03125
    """
    each = np.asarray(differences, dtype=float)
    if each.ndim != 1 or len(each) == 0 or not np.isfinite(each).all():
        raise ValueError("finite differences, one per data set, are needed")
    left = each[each != 0]
    n = len(left)
    if n == 0:
        return SignedRank(0.0, 1.0, 0, True)
    doubled = doubled_midranks(np.abs(left)[None])[0]
    observed = int(doubled[left > 0].sum())
    exact = n < _EXACT_BELOW
    if as_in_r:
        exact = exact and n == len(each) == len(np.unique(doubled))
    if exact:
        p = _exact(doubled, observed)
    elif 2 * observed == doubled.sum():
        p = 1.0  # the correction for continuity would overshoot
    else:
        from scipy.stats import wilcoxon  # see `critical_difference`

        p = float(wilcoxon(left, method="asymptotic", correction=True).pvalue)
    return SignedRank(observed / 2, min(1.0, p), n, exact)


def _exact(doubled: NDArray[np.int64], observed: int) -> float:
    """Twice the share of the choices of signs whose sum of positive ranks is as far to a side.

    Args:
        doubled: `(n,)` midranks times two, n below 50.
        observed: sum of those of the positive differences.
    """
    ways = np.zeros(int(doubled.sum()) + 1, dtype=np.int64)  # to reach each sum, at most 2 ** n
    ways[0] = 1
    for rank in doubled:
        ways[rank:] += ways[:-rank].copy()
    tail = min(int(ways[observed:].sum()), int(ways[: observed + 1].sum()))
    return min(1.0, 2 * tail / float(2 ** len(doubled)))
