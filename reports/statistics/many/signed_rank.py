"""One difference per data set: is it on one side?

Wilcoxon's signed-rank test (1945, Biometrics Bulletin 1:80) as R's `wilcox.test` has it: exact
where there are fewer than 50 differences and none is 0 or tied, else the normal approximation with
correction for ties and continuity. Differences of 0 are left out.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

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


def signed_rank(differences: ArrayLike) -> SignedRank:
    """Test of differences that are symmetric about 0.

    Args:
        differences: `(n,)`, one per data set.

    Raises:
        ValueError: if there are none, or one is not finite.

    >>> signed_rank([0.01, 0.02, 0.03, 0.04, 0.05, 0.06])
    SignedRank(statistic=21.0, p=0.03125, n=6, exact=True)
    """
    each = np.asarray(differences, dtype=float)
    if each.ndim != 1 or len(each) == 0 or not np.isfinite(each).all():
        raise ValueError("finite differences, one per data set, are needed")
    left = each[each != 0]
    n = len(left)
    if n == 0:
        return SignedRank(0.0, 1.0, 0, True)
    from scipy.stats import wilcoxon  # see `critical_difference`

    ranks = doubled_midranks(np.abs(left)[None])[0] / 2
    statistic = float(ranks[left > 0].sum())
    exact = n == len(each) and len(np.unique(ranks)) == n and n < _EXACT_BELOW
    if exact:
        p = wilcoxon(left, method="exact").pvalue
    elif statistic == n * (n + 1) / 4:
        p = 1.0  # the correction for continuity would overshoot
    else:
        p = wilcoxon(left, method="asymptotic", correction=True).pvalue
    return SignedRank(statistic, min(1.0, float(p)), n, exact)
