"""How much like a vessel a pixel's surroundings are."""

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import ndimage

BETA = 0.5
"""Above which share of the smaller curvature something is a blob and no tube."""


def frangi(
    plane: NDArray[np.float32], scales: Sequence[float], bright: bool
) -> NDArray[np.float32]:
    """Vesselness ``(h, w) float32`` in 0..1 of a plane ``(h, w)``: the largest over the scales.

    Frangi et al. 1998 (Multiscale vessel enhancement filtering, MICCAI): with the eigenvalues
    |λ1| ≤ |λ2| of the Hessian matrix at scale s, times s²,

        exp(-(λ1/λ2)² / 2β²) · (1 - exp(-(λ1² + λ2²) / 2c²))

    where λ2 has the sign of a tube, and 0 elsewhere. c is half the largest norm of the image over
    all scales, so that the contrast of the image does not matter.

    Args:
        plane: gray levels.
        scales: standard deviations of the Gaussians, px.
        bright: whether tubes are brighter than what is beside them.
    """
    sign = np.float32(1 if bright else -1)
    found = np.empty((2, len(scales), *plane.shape), dtype=np.float32)
    for i, scale in enumerate(scales):
        smooth = ndimage.gaussian_filter(plane, scale, mode="nearest", truncate=3.0)
        _tubes(smooth, np.float32(scale), sign, found[0, i], found[1, i])
    largest = float(found[1].max())
    if not largest > 0:
        return np.zeros_like(plane)
    tube = found[0] * -np.expm1(-found[1] / (largest / 2))  # 2 c² is half the largest square
    strongest: NDArray[np.float32] = tube.max(axis=0)
    return strongest


@njit(cache=True, nogil=True)
def _tubes(
    smooth: NDArray[np.float32],
    scale: np.float32,
    sign: np.float32,
    likeness: NDArray[np.float32],
    square: NDArray[np.float32],
) -> None:
    """The first factor of `frangi`, 0 for the wrong sign, and the square of the norm."""
    h, w = smooth.shape
    half, quarter, two = np.float32(0.5), np.float32(0.25), np.float32(2.0)
    for r in range(h):
        above, below = max(r - 1, 0), min(r + 1, h - 1)
        for c in range(w):
            left, right = max(c - 1, 0), min(c + 1, w - 1)
            centre = smooth[r, c]
            dyy = smooth[below, c] - two * centre + smooth[above, c]
            dxx = smooth[r, right] - two * centre + smooth[r, left]
            dxy = (
                smooth[below, right]
                - smooth[below, left]
                - smooth[above, right]
                + smooth[above, left]
            ) * quarter
            middle = (dxx + dyy) * half
            spread = np.sqrt((dxx - dyy) * (dxx - dyy) * quarter + dxy * dxy)
            first, second = (middle - spread) * scale * scale, (middle + spread) * scale * scale
            if abs(first) > abs(second):
                first, second = second, first
            square[r, c] = first * first + second * second
            if sign * second < 0:
                ratio = first / second
                likeness[r, c] = np.exp(-ratio * ratio / (2 * BETA * BETA))
            else:
                likeness[r, c] = 0
