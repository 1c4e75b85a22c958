"""Texture energy of Laws: the strength of edges, spots, waves and ripples.

Laws 1980, Textured image segmentation, USCIPI report 940, University of Southern California.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from baselines.features.family import FeatureFamily, ImageBatch

VECTORS = ("l5", "e5", "s5", "w5", "r5")
"""Level (1 4 6 4 1), edge (-1 -2 0 2 1), spot (-1 0 2 0 -1), wave (-1 2 0 -2 1), ripple
(1 -4 6 -4 1)."""

PAIRS = tuple((i, j) for i in range(5) for j in range(i, 5))[1:]
"""The two vectors of each mask, by position in `VECTORS`; a mask and its transpose are one."""

_LANE = 256  # columns of the images that are filtered side by side, for long inner loops


@njit(cache=True, nogil=True)
def _moments(gray: NDArray[np.uint8], lane: int, out: NDArray[np.float64]) -> None:
    """Sums of |response| and of its square, ``(n, 5, 5, 2)``, by row vector and column vector.

    All values are integers that their type holds exactly.
    """
    n, h, w = gray.shape
    together = min(n, max(1, lane // w))
    m = together * w
    two, four, six = np.float32(2), np.float32(4), np.float32(6)
    image = np.zeros((h, m), dtype=np.float32)
    down = np.zeros((5, m + 4), dtype=np.float32)
    lines = np.zeros((5, m), dtype=np.float32)
    for start in range(0, n, together):
        count = min(together, n - start)
        for b in range(count):
            for r in range(h):
                for c in range(w):
                    image[r, b * w + c] = gray[start + b, r, c]
        sums = np.zeros((5, 5, m))
        squares = np.zeros((5, 5, m))
        for r in range(h - 4):
            for step in range(6):
                # the five vectors along the rows, then along the columns of each result
                for k in range(5):
                    source = image[r + k] if step == 0 else down[step - 1, k : k + m]
                    line = lines[k]
                    for j in range(m):
                        line[j] = source[j]
                for j in range(m):
                    outer = lines[0, j] + lines[4, j]
                    middle = lines[2, j]
                    inner = four * (lines[1, j] + lines[3, j])
                    step_outer = lines[4, j] - lines[0, j]
                    step_inner = two * (lines[3, j] - lines[1, j])
                    lines[0, j] = outer + six * middle + inner
                    lines[1, j] = step_outer + step_inner
                    lines[2, j] = two * middle - outer
                    lines[3, j] = step_outer - step_inner
                    lines[4, j] = outer + six * middle - inner
                for k in range(5):
                    line = lines[k]
                    if step == 0:
                        for j in range(m):
                            down[k, j] = line[j]
                    else:
                        total = sums[step - 1, k]
                        square = squares[step - 1, k]
                        for j in range(m):
                            value = np.float64(line[j])
                            total[j] += abs(value)
                            square[j] += value * value
        # columns whose mask reaches into the next image are left out
        for b in range(count):
            for f in range(5):
                for g in range(5):
                    for j in range(b * w, (b + 1) * w - 4):
                        out[start + b, f, g, 0] += sums[f, g, j]
                        out[start + b, f, g, 1] += squares[f, g, j]


def laws_energies(gray: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mean and standard deviation of |response| to each of `PAIRS`, ``(n, 14, 2)``.

    The 5 x 5 masks are outer products of two of `VECTORS`, one along the rows, one along the
    columns; only pixels whose mask lies in the image ``(n, h, w) uint8`` count. The responses to a
    mask and to its transpose are taken together, and both moments are divided by the mean response
    to L5L5, which makes them independent of contrast. A black image gives zeros.

    Laws averages |response| over a window; here the window is the image.
    """
    n, h, w = gray.shape
    moments = np.zeros((n, 5, 5, 2))
    _moments(gray, _LANE, moments)
    pixels = (h - 4) * (w - 4)
    level = moments[:, 0, 0, 0] / pixels
    out = np.empty((n, len(PAIRS), 2))
    for k, (i, j) in enumerate(PAIRS):
        both = moments[:, i, j] if i == j else moments[:, i, j] + moments[:, j, i]
        count = pixels if i == j else 2 * pixels
        out[:, k, 0] = both[:, 0] / count
        # the sums are exact integers, so that equal responses give exactly 0
        out[:, k, 1] = np.sqrt(np.maximum(count * both[:, 1] - both[:, 0] ** 2, 0)) / count
    return out / np.where(level > 0, level, 1)[:, None, None]


class Laws(FeatureFamily):
    """Mean and standard deviation of the absolute responses to the masks of Laws."""

    def names(self, n_channels: int) -> list[str]:  # noqa: ARG002
        """``laws_l5e5_mean``, ``laws_l5e5_std`` … for each of the 14 pairs of vectors."""
        return [f"laws_{VECTORS[i]}{VECTORS[j]}_{k}" for i, j in PAIRS for k in ("mean", "std")]

    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """`laws_energies`, flattened."""
        return laws_energies(batch.gray).reshape(len(batch), -1)
