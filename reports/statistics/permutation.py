"""A test of two methods on few cases: which score is whose may be swapped.

Under the null the two methods' ranks of a case are exchangeable (Venkatraman & Begg 1996,
Biometrika 83:835; Bandos, Rockette & Gur 2005, Statistics in Medicine 24:2873). After a swap the
difference of the AUCs is again a sum over pairs of a positive i and a negative j, and each pair's
part depends on the two signs only:

    both kept      D = ψ(aᵢ, aⱼ) − ψ(bᵢ, bⱼ)        both swapped   −D
    i swapped      E = ψ(bᵢ, aⱼ) − ψ(aᵢ, bⱼ)        j swapped      −E

which is sᵢ (D − E)/2 + sⱼ (D + E)/2 with signs s = ±1. So the whole permutation distribution is
one vector of weights, one per case, times random signs: no re-ranking.
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

REPETITIONS = 9_999
_CHUNK = 2_000_000  # signs drawn at a time, which bounds the memory


def swap_weights(
    is_positive: NDArray[np.bool_], ranks_a: IntArray, ranks_b: IntArray
) -> FloatArray:
    """`(n,)` weights whose sum is AUC(a) − AUC(b), and whose signed sums are its permutations.

    The mean over all pairs of a run of a with a run of b. Scores are taken by their midranks within
    each run, since only those can be exchanged. A count of the others below a score, added up over
    runs, is one count among all of their scores.

    Args:
        is_positive: `(n,)` truth.
        ranks_a, ranks_b: `(s, n)` and `(t, n)` doubled midranks of the scores of both.
    """
    ranks = ranks_a, ranks_b
    m, n = int(is_positive.sum()), int((~is_positive).sum())
    weights = np.empty(len(is_positive))
    for own, scale in ((is_positive, 1.0), (~is_positive, -1.0)):
        mean_a, mean_b = (_beaten(runs[:, ~own], len(own)) for runs in ranks)
        same = [
            np.mean([_beaten(run[None, ~own], len(own))[run[own]] for run in runs], axis=0)
            for runs in ranks
        ]
        # Seen from a negative, "kept i, swapped j" pairs its other method with the positives' own.
        mixed = mean_a[ranks[1][:, own]].mean(axis=0) - mean_b[ranks[0][:, own]].mean(axis=0)
        weights[own] = scale * (same[0] - same[1] - mixed) / 2
    return weights / (m * n)


def swap_test(
    weights: FloatArray,
    units: IntArray | None = None,
    shrink: FloatArray | float = 1.0,
    repetitions: int = REPETITIONS,
    random_state: int = 0,
) -> FloatArray:
    """Two-sided p values of no difference, each at least 1 / (repetitions + 1).

    The same random swaps serve all tests, so a p value does not depend on what else is tested.

    Args:
        weights: `(t, n)`, a row per test, from `swap_weights` or a mean of several such
            vectors (classes).
        units: `(n,)` patients as `0..u-1`, whose cases are swapped together; None for none.
        shrink: `(t,)` factors for the observed difference, below 1 where its error has a further
            part that no swap of cases shows: sqrt(case variance / whole variance).
        repetitions: random swaps.
        random_state: seed; the same seed gives the same p.

    Returns:
        `(t,)`.
    """
    if units is not None:
        summed = np.zeros((len(weights), int(units.max()) + 1))
        np.add.at(summed.T, units, weights.T)
        weights = summed
    n = weights.shape[1]
    total = weights.sum(axis=1)
    observed = np.abs(total) * shrink
    at_least = observed - (1e-12 + 1e-9 * observed)
    reached = np.zeros(len(weights))
    rng = np.random.default_rng(random_state)
    left = repetitions
    while left:
        rows = min(left, max(8, _CHUNK // n // 8 * 8))
        drawn = np.frombuffer(rng.bytes(-(-rows * n // 8)), dtype=np.uint8)
        swapped = np.unpackbits(drawn, count=rows * n).reshape(rows, n).astype(float)
        permuted = total - 2 * (swapped @ weights.T)  # (rows, t)
        reached += np.count_nonzero(np.abs(permuted) >= at_least, axis=0)
        left -= rows
    return (reached + 1) / (repetitions + 1)


def _beaten(others: IntArray, n: int) -> FloatArray:
    """Doubled midrank → the number of others below it, ties half; mean over runs.

    Args:
        others: `(r, m)` doubled midranks, of n cases.
    """
    counts = np.bincount(others.ravel(), minlength=2 * n + 1)
    return np.asarray((np.cumsum(counts) - counts / 2) / len(others), dtype=np.float64)
