"""How long something is in an image of any size, and coordinates of its pixels."""

import numpy as np
from numpy.typing import NDArray

REFERENCE = 224
"""The side, in px, in whose pixels lengths are given: that of MedMNIST-C's images."""

SMALLEST = 28
"""The side, in px, from which on a number of pixels or lines across an image means itself."""

Floats = NDArray[np.float64]


def scaled(length: float, shape: tuple[int, ...]) -> float:
    """A length of an image `(n, h, w, c)` in its pixels, given in pixels of a side of 224.

    >>> scaled(16, (1, 28, 56, 1))
    2.0
    """
    return length * min(shape[1:3]) / REFERENCE


def across(number: float, shape: tuple[int, ...]) -> float:
    """Pixels or lines that are left of the shorter side; of less than 28 px a share of them.

    >>> across(14, (1, 224, 224, 1)), across(14, (1, 14, 14, 1))
    (14, 7.0)
    """
    side = min(shape[1:3])
    return number if side >= SMALLEST else number * side / SMALLEST


def centres(shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Rows `(h, 1)` and columns `(1, w)` of the pixels' centres from the centre of the image."""
    h, w = shape[1:3]
    rows: Floats = np.arange(h, dtype=np.float64)[:, None] - (h - 1) / 2
    columns: Floats = np.arange(w, dtype=np.float64)[None, :] - (w - 1) / 2
    return rows, columns
