"""Perimeter and convex hull of a mask, exact in the arithmetic of whole pixels."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

_LENGTH = np.zeros(49)
"""Length of the margin at a pixel by 2 x its neighbours across an edge + 10 x across a corner."""
_LENGTH[[4, 6, 14, 16, 24, 26]] = 1.0
_LENGTH[[20, 32]] = np.sqrt(2.0)
_LENGTH[[12, 22]] = (1.0 + np.sqrt(2.0)) / 2.0


@njit(cache=True, nogil=True)
def _perimeters(
    mask: NDArray[np.uint8], length: NDArray[np.float64], out: NDArray[np.float64]
) -> None:
    n, h, w = mask.shape
    margin = np.zeros((h + 2, w + 2), dtype=np.uint8)
    for i in range(n):
        for r in range(h):
            for c in range(w):
                margin[r + 1, c + 1] = mask[i, r, c] and (
                    r == 0
                    or c == 0
                    or r == h - 1
                    or c == w - 1
                    or mask[i, r - 1, c] == 0
                    or mask[i, r + 1, c] == 0
                    or mask[i, r, c - 1] == 0
                    or mask[i, r, c + 1] == 0
                )
        for r in range(1, h + 1):
            for c in range(1, w + 1):
                if margin[r, c] == 0:
                    continue
                edge = margin[r - 1, c] + margin[r + 1, c] + margin[r, c - 1] + margin[r, c + 1]
                corner = (
                    margin[r - 1, c - 1]
                    + margin[r - 1, c + 1]
                    + margin[r + 1, c - 1]
                    + margin[r + 1, c + 1]
                )
                out[i] += length[2 * edge + 10 * corner]


@njit(cache=True, nogil=True)
def _hulls(mask: NDArray[np.uint8], hull: NDArray[np.int32], corners: NDArray[np.int64]) -> None:
    """Convex hulls of the midpoints of the pixels' edges, in half pixels; numbers of their corners.

    Andrew's monotone chain; the last corner repeats the first. Only the first and the last pixel
    of each row can matter.
    """
    n, h, w = mask.shape
    first = np.empty(h, dtype=np.int64)
    last = np.empty(h, dtype=np.int64)
    points = np.empty((4 * h + 2, 2), dtype=np.int64)
    for i in range(n):
        for r in range(h):
            first[r] = w
            last[r] = -1
            for c in range(w):
                if mask[i, r, c]:
                    first[r] = min(first[r], c)
                    last[r] = c
        m = 0
        # points sorted by (row, column): odd rows lie between two pixel rows
        for half in range(-1, 2 * h):
            low = 2 * w
            high = -2
            for r in range(max(0, half // 2), min(h, half // 2 + 2)):
                reach = 1 - abs(half - 2 * r)  # half a pixel beside the centre, none above, below
                if reach >= 0 and last[r] >= 0:
                    low = min(low, 2 * first[r] - reach)
                    high = max(high, 2 * last[r] + reach)
            if low <= high:
                points[m, 0] = half
                points[m, 1] = low
                m += 1
                if high > low:
                    points[m, 0] = half
                    points[m, 1] = high
                    m += 1
        size = 0
        for turn in range(2):
            floor = size + 1 if turn == 0 else size
            for step in range(turn, m):
                k = step if turn == 0 else m - 1 - step
                while size > floor:
                    a0 = hull[i, size - 1, 0] - hull[i, size - 2, 0]
                    a1 = hull[i, size - 1, 1] - hull[i, size - 2, 1]
                    b0 = points[k, 0] - hull[i, size - 1, 0]
                    b1 = points[k, 1] - hull[i, size - 1, 1]
                    if a0 * b1 - a1 * b0 > 0:
                        break
                    size -= 1
                hull[i, size, 0] = points[k, 0]
                hull[i, size, 1] = points[k, 1]
                size += 1
        corners[i] = max(0, size - 1)


@njit(cache=True, nogil=True)
def _hull_sizes(
    hull: NDArray[np.int32], corners: NDArray[np.int64], h: int, out: NDArray[np.float64]
) -> None:
    """Number of pixel centres in each hull, border included; its perimeter; its diameter."""
    first = np.empty(h, dtype=np.int64)
    last = np.empty(h, dtype=np.int64)
    for i in range(hull.shape[0]):
        for r in range(h):
            first[r] = 2**40
            last[r] = -(2**40)
        farthest = 0
        for k in range(corners[i]):
            y0 = np.int64(hull[i, k, 0])
            x0 = np.int64(hull[i, k, 1])
            for j in range(k):
                farthest = max(farthest, (y0 - hull[i, j, 0]) ** 2 + (x0 - hull[i, j, 1]) ** 2)
            y1 = np.int64(hull[i, k + 1, 0])
            x1 = np.int64(hull[i, k + 1, 1])
            out[i, 1] += 0.5 * np.sqrt(float((y1 - y0) ** 2 + (x1 - x0) ** 2))
            if y0 > y1:
                y0, x0, y1, x1 = y1, x1, y0, x0
            for r in range((y0 + 1) // 2, y1 // 2 + 1):
                if y0 == y1:
                    first[r] = min(first[r], -(-min(x0, x1) // 2))
                    last[r] = max(last[r], max(x0, x1) // 2)
                    continue
                # the edge crosses pixel row r at column numerator / (2 dy): exact in integers
                dy = y1 - y0
                numerator = x0 * dy + (x1 - x0) * (2 * r - y0)
                first[r] = min(first[r], -(-numerator // (2 * dy)))
                last[r] = max(last[r], numerator // (2 * dy))
        area = 0
        for r in range(h):
            area += max(0, last[r] - first[r] + 1)
        out[i, 0] = area
        out[i, 2] = 0.5 * np.sqrt(float(farthest))


def outlines(mask: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Perimeter, and area, perimeter and diameter of the hull, ``(n, 4)``, of ``(n, h, w) uint8``.

    The perimeter weights each margin pixel by how its neighbours on the margin lie (Benkrid &
    Crookes 2000, as `skimage.measure.perimeter`); a single pixel has perimeter 0. The hull is that
    of the midpoints of the pixels' edges, its area the number of pixel centres in it (as
    `skimage.morphology.convex_hull_image`), its perimeter that of the polygon, its diameter the
    largest distance of two corners (Feret's). A mask without foreground gives zeros. In pixels.
    """
    n, h, _ = mask.shape
    out = np.zeros((n, 4))
    perimeter = np.zeros(n)
    _perimeters(mask, _LENGTH, perimeter)
    hull = np.zeros((n, 4 * h + 4, 2), dtype=np.int32)
    corners = np.zeros(n, dtype=np.int64)
    _hulls(mask, hull, corners)
    _hull_sizes(hull, corners, h, out[:, 1:])
    out[:, 0] = perimeter
    return out
