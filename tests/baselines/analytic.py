"""Images whose features can be worked out by hand, or from a seed, for the golden values."""

import numpy as np
from numpy.typing import NDArray

SIDE = 32


def _with_mask(red: NDArray, green: NDArray, blue: NDArray, mask: NDArray) -> NDArray[np.uint8]:
    return np.stack([red, green, blue, mask], axis=-1).astype(np.uint8)


def analytic_images() -> dict[str, NDArray[np.uint8]]:
    """Name → ``(32, 32, 4) uint8``, red, green, blue and mask.

    - ``checkerboard``: fields of 4 pixels, gray 40 and 200; the mask is the left half;
    - ``disc``: gray 180 within 10 pixels of pixel (15, 16), gray 60 outside; the mask is the disc;
    - ``gradient``: red grows with the column, green with the row, blue falls with the column; the
      mask is the square of rows and columns 8 to 23;
    - ``noise``: uniform from seed 0, each channel by itself; the mask is an ellipse with a hole.
    """
    row, col = np.mgrid[:SIDE, :SIDE]
    fields = np.where((row // 4 + col // 4) % 2 == 0, 40, 200)
    disc = (row - 15) ** 2 + (col - 16) ** 2 <= 100
    round_ = np.where(disc, 180, 60)
    square = (row >= 8) & (row < 24) & (col >= 8) & (col < 24)
    ellipse = ((row - 16) / 12) ** 2 + ((col - 14) / 7) ** 2 <= 1
    hole = (row - 16) ** 2 + (col - 14) ** 2 <= 4
    noise = np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE))
    return {
        "checkerboard": _with_mask(fields, fields, fields, col < 16),
        "disc": _with_mask(round_, round_, round_, disc),
        "gradient": _with_mask(8 * col, 8 * row, 248 - 8 * col, square),
        "noise": _with_mask(*noise, ellipse & ~hole),
    }
