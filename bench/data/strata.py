"""What the cases of a segmentation are dealt by: whether there is something, and how much."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

NAMES = ("empty", "small", "medium", "large")
"""Of strata: nothing but background, and thirds of the others by the share of their image."""

IN_WORDS = {
    "empty": "images with an empty mask",
    "empty or small": "images whose mask is empty or small",
    "all": "images",
    "not empty": "images whose mask is not empty",
    "small": "images with a small mask",
    "medium": "images with a mask of medium size",
    "large": "images with a large mask",
}
"""What lies in them, strata that were joined included, for those who have never heard of them; in
their order."""

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


def dealable(
    labels: NDArray[np.int64], names: tuple[str, ...], units: NDArray[Any], needed: int
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The same strata, joined where one has too few units to be in every part: first those of
    sizes, then the empty ones to the next. Where there is little but empty masks it stays so.

    Args:
        labels, names: see `strata`.
        units: `(n,)` what stays together.
        needed: parts.

    >>> dealable(np.array([0] * 6 + [1, 1, 2, 2, 3]), NAMES, np.arange(11), 2)[1]
    ('empty', 'not empty')
    """
    told = np.array(names, dtype="<U20")[labels]

    def few(name: str) -> bool:
        return len(np.unique(units[told == name])) < needed

    sizes = [name for name in names if name not in ("empty", "not empty", "all")]
    if len(sizes) > 1 and any(map(few, sizes)):
        told[np.isin(told, sizes)] = "all" if "empty or small" in sizes else "not empty"
    drawn = [name for name in (*NAMES[1:], "not empty") if (told == name).any()]
    if "empty" in told and few("empty") and drawn and not any(map(few, drawn)):
        joined = "empty or small" if drawn[0] == "small" else "all"
        told[np.isin(told, ["empty", drawn[0]])] = joined
    left = tuple(name for name in IN_WORDS if (told == name).any())
    return np.array([left.index(name) for name in told.tolist()], np.int64), left
