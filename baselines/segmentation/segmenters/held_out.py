"""Training images on which nothing is learned but how masks are told."""

import numpy as np
from numpy.typing import NDArray

FEWEST = 4
"""Images below which none is held out, and the plain rule is taken."""

MOST = 60
"""Images that are enough."""


def held_out_parts(
    n: int, share: float, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows to learn from and rows held out, ascending.

    Raises:
        ValueError: if the share is not 0 or more and below 1.
    """
    if not 0 <= share < 1:
        raise ValueError(f"held_out must be 0 or more and below 1, not {share}")
    count = min(round(share * n), MOST)
    if count < FEWEST:
        return np.arange(n), np.arange(0)
    order = rng.permutation(n)
    return np.sort(order[count:]), np.sort(order[:count])
