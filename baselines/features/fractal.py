"""Fractal dimension and lacunarity: how rough the gray-level surface is, and how uneven.

A smooth surface has dimension 2, white noise 3.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from baselines.features.family import FeatureFamily, ImageBatch

LACUNARITY_SIDES = (2, 4, 8)
"""Sides in pixels of the gliding boxes, each twice the one before."""

_BOX_SIDES = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
_LAGS = (1, 2, 3, 4, 6, 8)


def power_law(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Exponent e of y ∝ xᵉ and root mean square residual of ln y, ``(n,)`` both.

    Least squares of ln `y`, ``(n, k)``, on ln `x`, ``(k,)``, both at least two positive values; an
    `y` of 0 is left out. Where fewer than two are left, the exponent and the residual are 0.
    """
    use = y > 0
    log_x = np.log(x)
    log_y = np.log(np.where(use, y, 1))  # 0 where it is left out
    # sums over the k points one after the other: the result does not depend on the other rows
    count = _total(use.astype(np.float64))
    some = np.maximum(count, 1)
    dx = np.where(use, log_x - (_total(np.where(use, log_x, 0)) / some)[:, None], 0)
    dy = np.where(use, log_y - (_total(log_y) / some)[:, None], 0)
    spread = _total(dx * dx)
    exponent = _total(dx * dy) / np.where(spread > 0, spread, 1)
    residual = np.sqrt(_total((dy - exponent[:, None] * dx) ** 2) / some)
    return exponent, residual


def _total(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum over the columns, from the first to the last."""
    total: NDArray[np.float64] = np.add.accumulate(values, axis=1)[:, -1]
    return total


@njit(cache=True, nogil=True)
def _count(
    gray: NDArray[np.uint8],
    sides: NDArray[np.int64],
    lags: NDArray[np.int64],
    boxes: NDArray[np.int64],
    increments: NDArray[np.int64],
    masses: NDArray[np.int64],
) -> None:
    """Boxes on the surface, ``(n, sides)``; sums of |increments|, ``(n, lags)``; masses.

    `masses`, ``(n, lacunarity sides, 2)``, are the sums of the gliding boxes' sums and squares.
    """
    n, h, w = gray.shape
    shorter = min(h, w)
    highest = np.empty(w, dtype=np.uint8)
    lowest = np.empty(w, dtype=np.uint8)
    mass = np.empty((h, w), dtype=np.int32)
    for i in range(n):
        image = gray[i]
        high = np.int64(image[0, 0])
        low = np.int64(image[0, 0])
        for r in range(h):
            for c in range(w):
                high = max(high, np.int64(image[r, c]))
                low = min(low, np.int64(image[r, c]))
        contrast = high - low
        for k in range(len(sides)):
            side = sides[k]
            number = np.int64(0)
            for top in range(0, h - side + 1, side):
                for c in range(w):
                    highest[c] = image[top, c]
                    lowest[c] = image[top, c]
                for r in range(top + 1, top + side):
                    for c in range(w):
                        highest[c] = max(highest[c], image[r, c])
                        lowest[c] = min(lowest[c], image[r, c])
                for left in range(0, w - side + 1, side):
                    high = np.int64(highest[left])
                    low = np.int64(lowest[left])
                    for c in range(left + 1, left + side):
                        high = max(high, np.int64(highest[c]))
                        low = min(low, np.int64(lowest[c]))
                    if high == low:
                        number += 1
                    else:  # ⌈(high - low) / (contrast side / shorter)⌉ in integers
                        number += ((high - low) * shorter - 1) // (contrast * side) + 1
            boxes[i, k] = number
        for k in range(len(lags)):
            lag = lags[k]
            total = np.int64(0)
            for r in range(h):
                for c in range(w - lag):
                    total += abs(np.int32(image[r, c + lag]) - np.int32(image[r, c]))
            for r in range(h - lag):
                for c in range(w):
                    total += abs(np.int32(image[r + lag, c]) - np.int32(image[r, c]))
            increments[i, k] = total
        for r in range(h):
            for c in range(w):
                mass[r, c] = image[r, c]
        rows, cols, reach = h, w, 1
        for k in range(masses.shape[1]):
            rows -= reach
            cols -= reach
            total = np.int64(0)
            squares = np.int64(0)
            for r in range(rows):
                for c in range(cols):
                    value = np.int64(
                        mass[r, c]
                        + mass[r, c + reach]
                        + mass[r + reach, c]
                        + mass[r + reach, c + reach]
                    )
                    mass[r, c] = value  # no later box reads this one
                    total += value
                    squares += value * value
            masses[i, k, 0] = total
            masses[i, k, 1] = squares
            reach *= 2


def fractal_measures(gray: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Dimensions, residuals and lacunarities of ``(n, h, w) uint8``, ``(n, 7)``.

    - Dimension by differential box counting (Sarkar & Chaudhuri 1994, IEEE Transactions on Systems,
      Man, and Cybernetics 24:115), with the number of boxes of Li, Du & Sun 2009, Pattern
      Recognition 42:2460: a square of s x s pixels is covered by ⌈(max - min) / (s R / M)⌉ boxes
      and at least one, M being the shorter side of the image and R its largest less its smallest
      gray level (which makes this independent of contrast); 2 - e, where e is the exponent of the
      mean number of boxes per square as a function of s, which takes the values 2, 3, 4, 6, 8, 12 …
      up to M / 2. Squares that do not fit into the image are left out. A constant image has 2. It
      is too low on small images: 2.28, 2.06 and 1.90 on average for 200 fractional Brownian
      surfaces of 28 x 28 pixels with dimensions 2.8, 2.5 and 2.2.
    - Root mean square residual of that fit, in natural logarithms.
    - Dimension by increments (Chen, Daponte & Fox 1989, Fractal feature analysis and classification
      in medical imaging, IEEE Transactions on Medical Imaging 8:133): 3 - H, where H is the
      exponent of the mean |difference| of pixels that lie d = 1, 2, 3, 4, 6, 8 (up to M / 2) apart
      in a row or a column, as a function of d; independent of contrast. A constant image has
      dimension 2, as any flat surface; a periodic one may have more than 3. On the same surfaces
      2.80, 2.50 and 2.21.
    - Root mean square residual of that fit.
    - Lacunarity (Allain & Cloitre 1991, Physical Review A 44:3552) of the gray levels for gliding
      boxes with sides of 2, 4 and 8 pixels: the mean square over the squared mean of their sums;
      1 for a constant image, black included.
    """
    n, h, w = gray.shape
    half = min(h, w) // 2
    sides = np.array([side for side in _BOX_SIDES if side <= half])
    lags = np.array([lag for lag in _LAGS if lag <= half])
    boxes = np.empty((n, len(sides)), dtype=np.int64)
    increments = np.empty((n, len(lags)), dtype=np.int64)
    masses = np.empty((n, len(LACUNARITY_SIDES), 2), dtype=np.int64)
    _count(gray, sides, lags, boxes, increments, masses)

    out = np.empty((n, 4 + len(LACUNARITY_SIDES)))
    exponent, out[:, 1] = power_law(sides.astype(float), boxes / ((h // sides) * (w // sides)))
    out[:, 0] = 2 - exponent
    pairs = h * (w - lags) + (h - lags) * w
    exponent, out[:, 3] = power_law(lags.astype(float), increments / pairs)
    out[:, 2] = np.where(increments.any(axis=1), 3 - exponent, 2)
    for k, side in enumerate(LACUNARITY_SIDES):
        count = (h - side + 1) * (w - side + 1)
        total = masses[:, k, 0].astype(float)
        ratio = count * masses[:, k, 1].astype(float) / np.where(total > 0, total, 1) ** 2
        out[:, 4 + k] = np.where(total > 0, ratio, 1)
    return out


class Fractal(FeatureFamily):
    """Fractal dimension by box counting and by increments, and lacunarity."""

    def names(self, n_channels: int) -> list[str]:  # noqa: ARG002
        """``fractal_box_dimension`` … in the order of `fractal_measures`."""
        return [
            "fractal_box_dimension",
            "fractal_box_residual",
            "fractal_increment_dimension",
            "fractal_increment_residual",
            *(f"fractal_lacunarity_{side}" for side in LACUNARITY_SIDES),
        ]

    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """`fractal_measures` of the gray levels."""
        return fractal_measures(batch.gray)
