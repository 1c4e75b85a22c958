"""The maximal correlation coefficient of a co-occurrence matrix.

The correlation of f(i) and g(j) for the best functions f and g of two variables with the joint
distribution P (Gebelein 1941; Haralick's fourteenth feature, 1973): the second largest singular
value of D^-1/2 P D^-1/2, where D is the diagonal matrix of the marginal. P is symmetric here, so it
is the second largest absolute eigenvalue.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True, fastmath={"contract"})
def _largest_correlation(
    joint: NDArray[np.int64],
    marginal: NDArray[np.int64],
    a: NDArray[np.float64],
    work: NDArray[np.float64],
) -> float:
    """Second largest |eigenvalue| of D^-1/2 P D^-1/2, P given by the lower triangle of `joint`.

    The largest, 1 with eigenvector √p, is subtracted; Householder reflections make the rest
    tridiagonal, and bisection with Sturm's count finds its spectral radius to 1e-12.
    """
    size = joint.shape[0]
    for i in range(size):
        marginal[i] = 0
        for j in range(i + 1):
            marginal[i] += joint[i, j]
            if j < i:
                marginal[j] += joint[i, j]
    total = np.int64(0)
    k = 0
    root = work[0]
    for i in range(size):
        if marginal[i] > 0:
            total += marginal[i]
            root[k] = np.sqrt(marginal[i])
            marginal[k] = i  # from here on the levels that are left
            k += 1
    if k < 2:
        return float(k)
    for i in range(k):
        for j in range(i + 1):
            product = root[i] * root[j]
            a[i, j] = joint[marginal[i], marginal[j]] / product - product / total
            a[j, i] = a[i, j]
    v = work[0]
    p = work[1]
    diagonal = work[2]
    squared = work[3]  # squared[s] of the element between s - 1 and s
    for s in range(k - 1, 0, -1):
        diagonal[s] = a[s, s]
        norm = 0.0
        for j in range(s):
            v[j] = a[s, j]
            p[j] = 0.0
            norm += v[j] * v[j]
        squared[s] = norm
        last = v[s - 1]
        if s == 1 or norm - last * last <= 1e-30:
            continue
        alpha = -np.sqrt(norm) if last > 0.0 else np.sqrt(norm)
        beta = 1.0 / (norm - alpha * last)
        v[s - 1] = last - alpha
        for i in range(s):
            factor = v[i] * beta
            for j in range(s):
                p[j] += factor * a[i, j]
        half = 0.0
        for j in range(s):
            half += p[j] * v[j]
        half *= 0.5 * beta
        for j in range(s):
            p[j] -= half * v[j]
        for i in range(s):
            vi = v[i]
            pi = p[i]
            for j in range(s):
                a[i, j] -= vi * p[j] + pi * v[j]
    diagonal[0] = a[0, 0]

    low = 0.0
    high = 1.0
    while high - low > 1e-12:
        x = 0.5 * (low + high)
        above = diagonal[0] - x
        below = diagonal[0] + x
        outside = above > 0.0 or below < 0.0
        for s in range(1, k):
            if outside:
                break
            # a pivot of 0 would divide by 0, and a minute one of either sign does as well
            above = diagonal[s] - x - squared[s] / min(above, -1e-300)
            below = diagonal[s] + x - squared[s] / max(below, 1e-300)
            outside = above > 0.0 or below < 0.0
        if outside:
            low = x
        else:
            high = x
    return high


@njit(cache=True, nogil=True)
def _each(joint: NDArray[np.int64], out: NDArray[np.float64]) -> None:
    levels = joint.shape[1]
    marginal = np.empty(levels, dtype=np.int64)
    matrix = np.empty((levels, levels))
    work = np.empty((4, levels))
    for m in range(len(joint)):
        out[m] = _largest_correlation(joint[m], marginal, matrix, work)


def maximal_correlation(joint: NDArray[np.int64]) -> NDArray[np.float64]:
    """Maximal correlation coefficients ``(m,)``, in 0..1, of symmetric matrices of counts.

    Own Householder and Sturm iterations over the levels that occur, exact to 1e-12; LAPACK would
    take several times as long for matrices this small. One level gives 1, none 0.

    Parameters
    ----------
    joint : (m, levels, levels) int64
        The lower triangles.
    """
    out = np.empty(len(joint))
    _each(joint, out)
    return out
