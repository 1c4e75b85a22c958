"""What the cases of a segmentation are dealt by: whether there is something, and how much."""

import numpy as np
from numpy.typing import NDArray

NAMES = ("empty", "small", "medium", "large")
"""Of strata: nothing but background, and thirds of the others by the share of their image."""

IN_WORDS = {
    "empty": "images with an empty mask",
    "small": "images with a small mask",
    "medium": "images with a mask of medium size",
    "large": "images with a large mask",
    "not empty": "images whose mask is not empty",
    "empty or small": "images whose mask is empty or small",
    "all": "images",
}
"""What lies in them, strata that were joined included, for those who have never heard of them."""

_LEAST = 15  # cases of a stratum; with fewer it is joined to its neighbour


def strata(shares: NDArray[np.floating]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The stratum of every case, and what the strata are called.

    Splits, folds and shares of the training part keep their proportions, so that no part is without
    lesions, or without small ones. Strata of few cases are joined, so that each can be dealt.

    Args:
        shares: `(n,)` of the image that is not background.

    Returns:
        `(n,)` int64 in `0..k-1`, and k names.

    >>> strata(np.array([0.0] * 20 + [0.1] * 20))[1]
    ('empty', 'not empty')
    """
    drawn = shares > 0
    parts = [np.flatnonzero(~drawn)]
    limits = np.quantile(shares[drawn], [1 / 3, 2 / 3]) if drawn.any() else np.zeros(2)
    third = np.searchsorted(limits, shares, side="left")
    thirds = [np.flatnonzero(drawn & (third == i)) for i in range(3)]
    names = list(NAMES)
    if min(map(len, thirds)) < _LEAST:
        parts.append(np.flatnonzero(drawn))
        names[1:] = ["not empty"]
    else:
        parts += thirds
    if len(parts[0]) < _LEAST and len(parts[0]):  # too few to be dealt on their own
        parts[1] = np.union1d(parts[0], parts[1])
        parts[0] = parts[0][:0]
        names[1] = {"small": "empty or small"}.get(names[1], "all")
    labels = np.zeros(len(shares), np.int64)
    kept = [(name, rows) for name, rows in zip(names, parts, strict=True) if len(rows)]
    for label, (_, rows) in enumerate(kept):
        labels[rows] = label
    return labels, tuple(name for name, _ in kept)
