"""Histograms of oriented gradients: which way edges run in each part of the image.

Dalal & Triggs 2005, Histograms of oriented gradients for human detection, CVPR 1:886.
"""

from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from baselines.features.family import FeatureFamily, ImageBatch

_EPSILON = 1e-5  # of the block norm, as in skimage.feature.hog
_CLIP = 0.2  # of L2-Hys


@lru_cache(maxsize=4)
def _orientation_bins(orientations: int) -> NDArray[np.uint8]:
    """Bin of the gradient (dr, dc), ``(511, 511)``, indexed by dr + 255 and dc + 255."""
    step = np.arange(-255, 256, dtype=np.float64)
    angle = np.rad2deg(np.arctan2(step[:, None], step[None, :])) % 180
    bins: NDArray[np.float64] = np.minimum(angle * orientations // 180, orientations - 1)
    return bins.astype(np.uint8)


@njit(cache=True, nogil=True)
def _cell_histograms(
    gray: NDArray[np.uint8],
    bins: NDArray[np.uint8],
    cell_of_row: NDArray[np.int64],
    cell_of_col: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    n, h, w = gray.shape
    _, grid, _, orientations = out.shape
    area = np.zeros((grid, grid))
    for r in range(h):
        for c in range(w):
            area[cell_of_row[r], cell_of_col[c]] += 1.0
    for i in range(n):
        for r in range(h):
            for c in range(w):
                dr = np.int64(0)
                dc = np.int64(0)
                if 0 < r < h - 1:
                    dr = np.int64(gray[i, r + 1, c]) - np.int64(gray[i, r - 1, c])
                if 0 < c < w - 1:
                    dc = np.int64(gray[i, r, c + 1]) - np.int64(gray[i, r, c - 1])
                a = cell_of_row[r]
                b = cell_of_col[c]
                out[i, a, b, bins[dr + 255, dc + 255]] += np.sqrt(dr * dr + dc * dc)
        for a in range(grid):
            for b in range(grid):
                for k in range(orientations):
                    out[i, a, b, k] /= area[a, b]


@njit(cache=True, nogil=True)
def _normalise_blocks(cells: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    n, rows, cols, size, _, orientations = out.shape
    for i in range(n):
        for a in range(rows):
            for b in range(cols):
                block = out[i, a, b]  # (size, size, orientations), a view
                square = 0.0
                for r in range(size):
                    for c in range(size):
                        for k in range(orientations):
                            value = cells[i, a + r, b + c, k]
                            block[r, c, k] = value
                            square += value * value
                norm = np.sqrt(square + _EPSILON**2)
                square = 0.0
                for r in range(size):
                    for c in range(size):
                        for k in range(orientations):
                            value = min(block[r, c, k] / norm, _CLIP)
                            block[r, c, k] = value
                            square += value * value
                norm = np.sqrt(square + _EPSILON**2)
                for r in range(size):
                    for c in range(size):
                        for k in range(orientations):
                            block[r, c, k] /= norm


def hog_blocks(
    gray: NDArray[np.uint8], orientations: int, grid: int, block: int
) -> NDArray[np.float64]:
    """Normalised blocks ``(n, b, b, block, block, orientations)`` with b = grid - block + 1.

    The image ``(n, h, w) uint8`` is divided into grid x grid cells: pixel row r lies in cell row
    ⌊r grid / h⌋, columns alike, so the number of features does not depend on the size. Each cell
    has the histogram of gradient directions modulo 180 degrees, weighted by gradient magnitude, per
    pixel; gradients are central differences, 0 across the border. Overlapping blocks of block x
    block cells are divided by √(‖v‖² + ε²), clipped at 0.2 and divided again (L2-Hys).

    Where `grid` divides both sides this agrees with `skimage.feature.hog(pixels_per_cell=(h / grid,
    w / grid), block_norm="L2-Hys")`. A constant image gives zeros.
    """
    n, h, w = gray.shape
    cells = np.zeros((n, grid, grid, orientations))
    cell_of_row = np.arange(h) * grid // h
    cell_of_col = np.arange(w) * grid // w
    _cell_histograms(gray, _orientation_bins(orientations), cell_of_row, cell_of_col, cells)
    b = grid - block + 1
    out = np.empty((n, b, b, block, block, orientations))
    _normalise_blocks(cells, out)
    return out


class HOG(FeatureFamily):
    """Block-normalised histograms of gradient directions on a fixed grid of cells.

    Parameters
    ----------
    orientations : int
        Bins between 0 and 180 degrees, at most 255.
    grid : int
        Cells along each side of the image, at most its shorter side.
    block : int
        Cells along each side of a block, at most `grid`.
    """

    def __init__(self, orientations: int = 9, grid: int = 6, block: int = 6) -> None:
        self.orientations = orientations
        self.grid = grid
        self.block = block

    def names(self, n_channels: int) -> list[str]:  # noqa: ARG002
        """``hog_block00_cell00_0`` …: row and column of the block, of the cell in it, direction."""
        blocks = range(self.grid - self.block + 1)
        cells = range(self.block)
        return [
            f"hog_block{i}{j}_cell{r}{c}_{k}"
            for i in blocks
            for j in blocks
            for r in cells
            for c in cells
            for k in range(self.orientations)
        ]

    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """`hog_blocks`, flattened.

        Raises
        ------
        ValueError
            If the numbers of bins and cells do not fit each other or the images.
        """
        side = min(batch.gray.shape[1:])
        if not 1 <= self.orientations <= 255:
            raise ValueError(f"orientations must be from 1 to 255, got {self.orientations}")
        if not 1 <= self.block <= self.grid <= side:
            raise ValueError(
                "block must be at least 1 and at most grid, and grid at most the shorter side of "
                f"the images: got block {self.block}, grid {self.grid}, side {side}"
            )
        blocks = hog_blocks(batch.gray, self.orientations, self.grid, self.block)
        return blocks.reshape(len(batch), -1)
