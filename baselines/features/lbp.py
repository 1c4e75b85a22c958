"""Local binary patterns: which neighbours on a circle are at least as bright as the centre.

Ojala, Pietikäinen & Mäenpää 2002, Multiresolution gray-scale and rotation invariant texture
classification with local binary patterns, IEEE Transactions on Pattern Analysis and Machine
Intelligence 24:971.
"""

from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from baselines.features.family import FeatureFamily, ImageBatch

_UNIT = 10**5  # neighbour positions are rounded to 1/_UNIT of a pixel


@lru_cache(maxsize=32)
def _neighbours(points: int, radius: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Upper left pixel ``(points, 2)`` and interpolation weights ``(points, 4)`` on the circle.

    The weights of the four surrounding pixels are integers that sum to _UNIT²: in float64 the
    interpolated sum of 8-bit pixels is then exact, and so is its comparison with the centre.
    """
    angle = 2 * np.pi * np.arange(points) / points
    position = np.stack([-radius * np.sin(angle), radius * np.cos(angle)], axis=1)
    scaled = np.rint(np.round(position, 5) * _UNIT).astype(np.int64)
    corner = scaled // _UNIT
    rest = scaled - corner * _UNIT
    dr, dc = rest[:, 0], rest[:, 1]
    weights = np.stack(
        [
            (_UNIT - dr) * (_UNIT - dc),
            (_UNIT - dr) * dc,
            dr * (_UNIT - dc),
            dr * dc,
        ],
        axis=1,
    )
    return corner, weights.astype(np.float64)


@njit(cache=True, nogil=True)
def _popcount(x: np.uint32) -> np.uint32:
    x = x - ((x >> np.uint32(1)) & np.uint32(0x55555555))
    x = (x & np.uint32(0x33333333)) + ((x >> np.uint32(2)) & np.uint32(0x33333333))
    x = (x + (x >> np.uint32(4))) & np.uint32(0x0F0F0F0F)
    return np.uint32(x * np.uint32(0x01010101)) >> np.uint32(24)


@njit(cache=True, nogil=True)
def _codes(
    image: NDArray[np.float64],
    radius: int,
    corner: NDArray[np.int64],
    weights: NDArray[np.float64],
    codes: NDArray[np.uint32],
) -> None:
    """Uniform rotation-invariant code of each pixel whose circle lies in `image`."""
    points = corner.shape[0]
    rows, cols = codes.shape
    one = np.uint32(1)
    last = np.uint32(points - 1)
    unit = weights[0, 0] + weights[0, 1] + weights[0, 2] + weights[0, 3]
    for r in range(rows):
        line = codes[r]
        centre = image[r + radius, radius : radius + cols]
        for c in range(cols):
            line[c] = 0
        # one neighbour at a time along the row: these loops have no branch and are vectorised
        for k in range(points):
            bit = np.uint32(k)
            top = r + radius + corner[k, 0]
            left = radius + corner[k, 1]
            w0 = weights[k, 0]
            w1 = weights[k, 1]
            w2 = weights[k, 2]
            w3 = weights[k, 3]
            nw = image[top, left : left + cols]
            if w0 == unit:
                for c in range(cols):
                    line[c] |= np.uint32(nw[c] >= centre[c]) << bit
                continue
            ne = image[top, left + 1 : left + cols + 1]
            sw = image[top + 1, left : left + cols]
            se = image[top + 1, left + 1 : left + cols + 1]
            for c in range(cols):
                value = w0 * nw[c] + w1 * ne[c] + w2 * sw[c] + w3 * se[c]
                line[c] |= np.uint32(value >= unit * centre[c]) << bit
        for c in range(cols):
            code = line[c]
            rotated = (code >> one) | ((code & one) << last)
            uniform = _popcount(code ^ rotated) <= 2
            line[c] = _popcount(code) if uniform else points + 1


@njit(cache=True, nogil=True)
def _count_patterns(
    gray: NDArray[np.uint8],
    radius: int,
    corner: NDArray[np.int64],
    weights: NDArray[np.float64],
    zone_of_row: NDArray[np.int64],
    zone_of_col: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> None:
    n, h, w = gray.shape
    rows = len(zone_of_row)
    cols = len(zone_of_col)
    image = np.empty((h, w))
    codes = np.empty((rows, cols), dtype=np.uint32)
    for i in range(n):
        for r in range(h):
            for c in range(w):
                image[r, c] = gray[i, r, c]
        _codes(image, radius, corner, weights, codes)
        for r in range(rows):
            for c in range(cols):
                counts[i, zone_of_row[r], zone_of_col[c], codes[r, c]] += 1


def lbp_counts(
    gray: NDArray[np.uint8], points: int, radius: int, grid: int = 1
) -> NDArray[np.int64]:
    """Numbers ``(n, grid, grid, points + 2)`` of uniform rotation-invariant patterns per zone.

    `points` neighbours (at most 32) lie on a circle of `radius` pixels around each pixel and are
    interpolated bilinearly at positions rounded to 1e-5 pixel; bit k is set where neighbour k is
    at least as bright as the centre. A circular pattern with at most two changes between 0 and 1
    has the number of its set bits for its code, all others share the code points + 1 (LBP^riu2).
    Only pixels whose whole circle lies in the image count; they are divided into grid x grid zones.

    The codes agree with `skimage.feature.local_binary_pattern(method="uniform")`, except that
    comparisons are exact: where neighbours and centre are equal, as in a flat region, the bit is
    always set, so a constant image has all its patterns in code `points`.
    """
    corner, weights = _neighbours(points, radius)
    n, h, w = gray.shape
    rows = h - 2 * radius
    cols = w - 2 * radius
    counts = np.zeros((n, grid, grid, points + 2), dtype=np.int64)
    zone_of_row = np.arange(rows) * grid // rows
    zone_of_col = np.arange(cols) * grid // cols
    _count_patterns(gray, radius, corner, weights, zone_of_row, zone_of_col, counts)
    return counts


def _shares(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Counts ``(n, …, codes)`` as parts of their sum over the codes, ``(n, d)``."""
    shares: NDArray[np.float64] = counts / counts.sum(axis=-1, keepdims=True)
    return shares.reshape(len(counts), -1)


class LBP(FeatureFamily):
    """Histograms of uniform rotation-invariant patterns on several circles.

    Parameters
    ----------
    circles : tuple of (points, radius)
        Neighbours and radius in pixels of each circle; over the whole image.
    grid : int
        The first circle is also described in grid x grid zones of the image; 0 leaves that out.
    """

    def __init__(
        self, circles: tuple[tuple[int, int], ...] = ((8, 1), (16, 2), (24, 3)), grid: int = 2
    ) -> None:
        self.circles = circles
        self.grid = grid

    def names(self, n_channels: int) -> list[str]:  # noqa: ARG002
        """``lbp_p8_r1_0`` … by circle and code, then ``lbp_p8_r1_zone00_0`` … by row and column."""
        names = [f"lbp_p{p}_r{r}_{code}" for p, r in self.circles for code in range(p + 2)]
        if self.grid:
            p, r = self.circles[0]
            names += [
                f"lbp_p{p}_r{r}_zone{row}{col}_{code}"
                for row in range(self.grid)
                for col in range(self.grid)
                for code in range(p + 2)
            ]
        return names

    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """Share of each code over the image, circle by circle, then in each zone.

        Raises
        ------
        ValueError
            If a circle has more than 32 points, or is too large for the images.
        """
        side = min(batch.gray.shape[1:])
        for points, radius in self.circles:
            if not 1 <= points <= 32:
                raise ValueError(f"a circle must have from 1 to 32 points, got {points}")
            if radius < 1 or side - 2 * radius < max(1, self.grid):
                raise ValueError(
                    f"a circle of radius {radius} does not fit into images with a side of "
                    f"{side} pixels"
                )
        grids = [max(1, self.grid)] + [1] * (len(self.circles) - 1)
        counts = [
            lbp_counts(batch.gray, points, radius, grid)
            for (points, radius), grid in zip(self.circles, grids, strict=True)
        ]
        blocks = [_shares(count.sum(axis=(1, 2))) for count in counts]
        if self.grid:
            blocks.append(_shares(counts[0]))
        return np.hstack(blocks)
