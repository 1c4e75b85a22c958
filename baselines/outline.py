"""Perimeter and convex hull of a mask, exact in the arithmetic of whole pixels."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def _perimeter(mask: NDArray[np.uint8]) -> float:
    h, w = mask.shape
    margin = np.zeros((h + 2, w + 2), dtype=np.int64)
    for r in range(h):
        for c in range(w):
            if mask[r, c] and (
                r == 0
                or c == 0
                or r == h - 1
                or c == w - 1
                or mask[r - 1, c] == 0
                or mask[r + 1, c] == 0
                or mask[r, c - 1] == 0
                or mask[r, c + 1] == 0
            ):
                margin[r + 1, c + 1] = 1
    total = 0.0
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
            code = 1 + 2 * edge + 10 * corner
            if code == 5 or code == 7 or code == 15 or code == 17 or code == 25 or code == 27:
                total += 1.0
            elif code == 21 or code == 33:
                total += np.sqrt(2.0)
            elif code == 13 or code == 23:
                total += (1.0 + np.sqrt(2.0)) / 2.0
    return total


@njit(cache=True, nogil=True)
def _hull(mask: NDArray[np.uint8], hull: NDArray[np.int64]) -> int:
    """Convex hull of the midpoints of the pixels' edges, in half pixels; number of its corners.

    Andrew's monotone chain. Only the first and the last pixel of each row can matter.
    """
    h, w = mask.shape
    points = np.empty((6 * h, 2), dtype=np.int64)
    m = 0
    # points sorted by (row, column): odd rows lie between two pixel rows
    for half in range(-1, 2 * h):
        low = 2 * w
        high = -2
        for r in range(max(0, half // 2), min(h, half // 2 + 2)):
            reach = 1 - abs(half - 2 * r)  # half a pixel beside the centre, none above and below
            if reach < 0:
                continue
            for c in range(w):
                if mask[r, c]:
                    low = min(low, 2 * c - reach)
                    break
            for c in range(w - 1, -1, -1):
                if mask[r, c]:
                    high = max(high, 2 * c + reach)
                    break
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
        for step in range(m):
            k = step if turn == 0 else m - 1 - step
            if turn == 1 and step == 0:
                continue
            while size > floor:
                a0 = hull[size - 1, 0] - hull[size - 2, 0]
                a1 = hull[size - 1, 1] - hull[size - 2, 1]
                b0 = points[k, 0] - hull[size - 1, 0]
                b1 = points[k, 1] - hull[size - 1, 1]
                if a0 * b1 - a1 * b0 > 0:
                    break
                size -= 1
            hull[size, 0] = points[k, 0]
            hull[size, 1] = points[k, 1]
            size += 1
    return size - 1


@njit(cache=True, nogil=True)
def _hull_size(hull: NDArray[np.int64], corners: int, h: int) -> tuple[int, float]:
    """Number of pixel centres in a hull given in half pixels, border included; its perimeter."""
    first = np.empty(h, dtype=np.int64)
    last = np.empty(h, dtype=np.int64)
    for r in range(h):
        first[r] = 2**40
        last[r] = -(2**40)
    perimeter = 0.0
    for k in range(corners):
        y0 = hull[k, 0]
        x0 = hull[k, 1]
        y1 = hull[k + 1, 0]
        x1 = hull[k + 1, 1]
        perimeter += 0.5 * np.sqrt(float((y1 - y0) ** 2 + (x1 - x0) ** 2))
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
    return area, perimeter


@njit(cache=True, nogil=True)
def _outlines(mask: NDArray[np.uint8], out: NDArray[np.float64]) -> None:
    n, h, _ = mask.shape
    hull = np.empty((12 * h + 2, 2), dtype=np.int64)
    for i in range(n):
        corners = _hull(mask[i], hull)
        if corners > 0:
            out[i, 0] = _perimeter(mask[i])
            out[i, 1], out[i, 2] = _hull_size(hull, corners, h)


def outlines(mask: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Perimeter, hull area and hull perimeter ``(n, 3)``, in pixels, of ``(n, h, w) uint8``.

    The perimeter weights each margin pixel by how its neighbours on the margin lie (Benkrid &
    Crookes 2000, as `skimage.measure.perimeter`); a single pixel has perimeter 0. The hull is that
    of the midpoints of the pixels' edges, its area the number of pixel centres in it (as
    `skimage.morphology.convex_hull_image`), its perimeter that of the polygon. A mask without
    foreground gives zeros.
    """
    out = np.zeros((len(mask), 3))
    _outlines(mask, out)
    return out
