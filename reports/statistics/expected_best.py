"""What a shorter search for parameters would have found, from what the whole of it has found."""

import math
from collections.abc import Sequence


def expected_best(first: float, others: Sequence[float], n: int) -> float:
    """The expected best score of a search of `n` configurations that always begins with one.

    The others come in random order, so that the next n − 1 are a draw without replacement from all
    of them: of k from m, the i-th smallest is the best with probability
    C(i − 1, k − 1) / C(m, k). This is the expected validation performance of Dodge et al. 2019
    (arXiv:1909.03004, section 3) in its unbiased form (Tang et al. 2020, arXiv:2004.13705), with
    the first configuration certain.

    Args:
        first: score of the configuration that every search begins with.
        others: of all others, −inf for one that failed.
        n: configurations in all, at least 1; the search ends where there are no more.

    >>> expected_best(0.5, [0.6, 0.8], 2)
    0.7
    """
    drawn = min(n - 1, len(others))
    if drawn < 1:
        return first
    ranked = sorted(max(first, score) for score in others)
    weights = [math.comb(below, drawn - 1) for below in range(len(ranked))]
    ways = math.comb(len(ranked), drawn)
    return math.fsum(score * (weight / ways) for score, weight in zip(ranked, weights, strict=True))
