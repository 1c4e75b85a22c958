"""Wavelet energies: how much the image changes at each scale, across rows, columns and diagonals.

Unser 1995, Texture classification and segmentation using wavelet frames, IEEE Transactions on Image
Processing 4:1549. The entropy of a sub-band is that of Coifman & Wickerhauser 1992, Entropy-based
algorithms for best basis selection, IEEE Transactions on Information Theory 38:713.
"""

from functools import cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from baselines.features.family import FeatureFamily, ImageBatch

LEVELS = 3
"""Levels of the transform: the coarsest spans 8 pixels, the shortest side there is."""

SUB_BANDS = ("horizontal", "vertical", "diagonal")
"""Differences across the rows, which horizontal edges give; across the columns; across both."""


@cache
def _entropy_terms() -> NDArray[np.float64]:
    """x² ln x² of each unscaled coefficient |x| that pixels of 8 bits can give."""
    square = np.arange(255 * 4**LEVELS // 2 + 1, dtype=np.float64) ** 2
    terms: NDArray[np.float64] = square * np.log(np.maximum(square, 1))
    return terms


@njit(cache=True, nogil=True)
def _sums(
    gray: NDArray[np.uint8],
    terms: NDArray[np.float64],
    squares: NDArray[np.int64],
    entropies: NDArray[np.float64],
) -> None:
    """Sums of x² and of x² ln x² over the unscaled coefficients, ``(n, levels, 3)`` both."""
    n, h, w = gray.shape
    low = np.empty((h, w), dtype=np.int32)
    for i in range(n):
        for r in range(h):
            for c in range(w):
                low[r, c] = gray[i, r, c]
        rows, cols, reach = h, w, 1
        for level in range(squares.shape[1]):
            rows -= reach
            cols -= reach
            square_h = square_v = square_d = np.int64(0)
            entropy_h = entropy_v = entropy_d = 0.0
            for r in range(rows):
                for c in range(cols):
                    upper_left = np.int64(low[r, c])
                    upper_right = np.int64(low[r, c + reach])
                    lower_left = np.int64(low[r + reach, c])
                    lower_right = np.int64(low[r + reach, c + reach])
                    upper, lower = upper_left + upper_right, lower_left + lower_right
                    across_upper, across_lower = upper_left - upper_right, lower_left - lower_right
                    low[r, c] = upper + lower  # no later pixel reads this one
                    x = abs(upper - lower)
                    square_h += x * x
                    entropy_h += terms[x]
                    x = abs(across_upper + across_lower)
                    square_v += x * x
                    entropy_v += terms[x]
                    x = abs(across_upper - across_lower)
                    square_d += x * x
                    entropy_d += terms[x]
            squares[i, level, 0] = square_h
            squares[i, level, 1] = square_v
            squares[i, level, 2] = square_d
            entropies[i, level, 0] = entropy_h
            entropies[i, level, 1] = entropy_v
            entropies[i, level, 2] = entropy_d
            reach *= 2


def haar_energies(gray: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mean square and entropy of each sub-band of ``(n, h, w) uint8``, ``(n, levels, 3, 2)``.

    The undecimated Haar transform: a coefficient of level j is the sum over half of 2ʲ x 2ʲ pixels
    (the upper half, the left half, or two opposite quarters) less that over the other half, divided
    by 2ʲ (orthonormal). It is computed wherever its pixels lie in the image, N times in all. The
    entropy is -Σ pᵢ ln pᵢ / ln N with pᵢ = xᵢ² / Σ x²: 1 where all coefficients are equal, 0 where
    one has all the energy, and also where N = 1 or all are 0.

    Agrees with the details of `pywt.swt2(image, "haar")` away from its periodic border, and at
    every 2ʲ-th position with `pywt.wavedec2(image, "haar")`. Doubling the contrast of an image
    multiplies the energies by four and leaves the entropies. A constant image gives zeros.
    """
    n, h, w = gray.shape
    squares = np.empty((n, LEVELS, 3), dtype=np.int64)
    entropies = np.empty((n, LEVELS, 3))
    _sums(gray, _entropy_terms(), squares, entropies)
    out = np.zeros((n, LEVELS, 3, 2))
    for level in range(LEVELS):
        span = 2 ** (level + 1)
        count = (h - span + 1) * (w - span + 1)
        total = np.maximum(squares[:, level], 1)
        out[:, level, :, 0] = squares[:, level] / (span**2 * count)
        if count > 1:
            entropy = np.log(total) - entropies[:, level] / total
            out[:, level, :, 1] = np.clip(entropy / np.log(count), 0, 1)
    return out


class Wavelets(FeatureFamily):
    """Logarithm of the energy, and entropy, of the sub-bands of an undecimated Haar transform."""

    def names(self, n_channels: int) -> list[str]:  # noqa: ARG002
        """``wavelet_1_horizontal_log_energy``, ``…_entropy`` … by level and sub-band."""
        return [
            f"wavelet_{level}_{band}_{name}"
            for level in range(1, LEVELS + 1)
            for band in SUB_BANDS
            for name in ("log_energy", "entropy")
        ]

    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """ln(1 + mean square) and entropy of each sub-band; see `haar_energies`."""
        energies = haar_energies(batch.gray)
        energies[..., 0] = np.log1p(energies[..., 0])
        return energies.reshape(len(batch), -1)
