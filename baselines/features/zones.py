"""Where in the image it is bright and where it varies: statistics on a coarse grid."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from baselines.features.family import FeatureFamily, ImageBatch


@njit(cache=True, nogil=True)
def _zone_moments(
    gray: NDArray[np.uint8],
    zone_of_row: NDArray[np.int64],
    zone_of_col: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    n, h, w = gray.shape
    grid = out.shape[1]
    sums = np.empty((grid, grid, 3), dtype=np.int64)
    for i in range(n):
        for a in range(grid):
            for b in range(grid):
                for k in range(3):
                    sums[a, b, k] = 0
        for r in range(h):
            row = zone_of_row[r]
            for c in range(w):
                level = np.int64(gray[i, r, c])
                col = zone_of_col[c]
                sums[row, col, 0] += 1
                sums[row, col, 1] += level
                sums[row, col, 2] += level * level
        for a in range(grid):
            for b in range(grid):
                count = sums[a, b, 0]
                total = sums[a, b, 1]
                squares = sums[a, b, 2]
                out[i, a, b, 0] = total / count
                # integers: no cancellation, and exactly 0 for a constant zone
                out[i, a, b, 1] = np.sqrt(count * squares - total * total) / count


def zone_moments(gray: NDArray[np.uint8], grid: int) -> NDArray[np.float64]:
    """Mean and standard deviation ``(n, grid, grid, 2)`` of the zones of ``(n, h, w) uint8``.

    Pixel row r lies in zone row ⌊r grid / h⌋, columns alike; in gray levels.
    """
    n, h, w = gray.shape
    out = np.empty((n, grid, grid, 2))
    _zone_moments(gray, np.arange(h) * grid // h, np.arange(w) * grid // w, out)
    return out


class Zones(FeatureFamily):
    """Mean and standard deviation of the gray levels in each zone of a grid.

    Parameters
    ----------
    grid : int
        Zones along each side of the image, at most its shorter side.
    """

    def __init__(self, grid: int = 6) -> None:
        self.grid = grid

    def names(self, n_channels: int) -> list[str]:  # noqa: ARG002
        """``zone_00_mean``, ``zone_00_std`` … by row and column."""
        return [
            f"zone_{row}{col}_{name}"
            for row in range(self.grid)
            for col in range(self.grid)
            for name in ("mean", "std")
        ]

    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """`zone_moments`, flattened.

        Raises
        ------
        ValueError
            If `grid` is below 1 or above the shorter side of the images.
        """
        side = min(batch.gray.shape[1:])
        if not 1 <= self.grid <= side:
            raise ValueError(f"grid must be from 1 to {side} for these images, got {self.grid}")
        return zone_moments(batch.gray, self.grid).reshape(len(batch), -1)
