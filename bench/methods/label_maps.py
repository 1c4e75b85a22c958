"""What a segmenter's `predict` returns, checked, and how well it agrees with what is true."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.protocol.errors import ContractError

Maps = NDArray[np.uint8]
"""`(n, h, w)` class indices."""


def check_label_maps(found: Any, images: NDArray[np.uint8], classes: int) -> Maps:
    """What `predict` returned as `(n, h, w)` uint8.

    Args:
        found: of some images.
        images: `(n, h, w, c)`, these.
        classes: of pixels, the background among them.

    Raises:
        ContractError: if it is no array of class indices of this shape.
    """
    maps = np.asarray(found)
    if maps.shape != images.shape[:3]:
        raise ContractError(
            f"predict returned shape {maps.shape} for images of {images.shape}; needed is "
            f"{images.shape[:3]}, the class of every pixel"
        )
    if maps.dtype == np.bool_ or (maps.dtype.kind in "iu" and maps.dtype != np.uint8):
        if maps.size and (maps.min() < 0 or maps.max() > 255):
            raise ContractError(f"predict returned classes from {maps.min()} to {maps.max()}")
        maps = maps.astype(np.uint8)
    if maps.dtype != np.uint8:
        raise ContractError(f"predict returned {maps.dtype}; needed are whole numbers, as uint8")
    if maps.size and maps.max() >= classes:
        raise ContractError(
            f"predict returned class {maps.max()}; with {classes} classes they lie in "
            f"0..{classes - 1}"
        )
    return maps


def mean_dice(truth: Maps, maps: Maps, classes: int) -> float:
    """Dice of each case and class but the background, averaged over classes, then over cases.

    Where a class is neither there nor predicted it is 1.

    >>> one = np.array([[[0, 1], [1, 1]]], np.uint8)
    >>> mean_dice(one, np.array([[[1, 1], [1, 0]]], np.uint8), 2)
    0.6666666666666666
    """
    if not len(truth):
        return math.nan
    values = np.empty((len(truth), classes - 1))
    for i, (true, found) in enumerate(zip(truth, maps, strict=True)):
        for c in range(1, classes):
            inside, marked = true == c, found == c
            both = int(inside.sum()) + int(marked.sum())
            values[i, c - 1] = 2 * int((inside & marked).sum()) / both if both else 1.0
    return float(values.mean())
