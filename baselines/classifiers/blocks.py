"""Row by row results that do not depend on which other rows are asked for."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

BLOCK = 64
"""Rows that are computed at a time."""


def in_blocks(
    function: Callable[[NDArray[np.float64]], NDArray[np.float64]], X: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`function` of the rows ``(n, d)``, always called with `BLOCK` rows, the last padded with 0.

    A matrix product may round differently for another number of rows; here it never has another.

    >>> import numpy as np
    >>> in_blocks(lambda rows: rows.sum(axis=1, keepdims=True), np.ones((3, 2))).ravel()
    array([2., 2., 2.])
    """
    block = np.zeros((BLOCK, X.shape[1]))
    parts = []
    for start in range(0, len(X), BLOCK):
        rows = X[start : start + BLOCK]
        block[: len(rows)] = rows
        parts.append(function(block)[: len(rows)].copy())
    return np.concatenate(parts)
