"""The margin of the lesion as the distance from its centroid, a function of the direction.

After Kilday, Palmieri & Fox 1993, Classifying mammographic lesions using computerized image
analysis, IEEE Transactions on Medical Imaging 12:664.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

N_ANGLES = 64
"""Directions in which the margin is sampled."""

N_HARMONICS = 12
"""Fourier harmonics of the margin that are described, from 1 on."""

MARGIN = (
    "radial_mean",
    "radial_std",
    "radial_min",
    "radial_max",
    "radial_entropy",
    "radial_crossings",
    "radial_area_ratio",
    "radial_roughness",
    *(f"radial_harmonic{k}" for k in range(1, N_HARMONICS + 1)),
)
"""Names of the columns of `margin_descriptors`."""


@njit(cache=True, nogil=True)
def _radial_lengths(
    mask: NDArray[np.uint8],
    cos: NDArray[np.float64],
    sin: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    n, h, w = mask.shape
    for i in range(n):
        area = 0
        row = 0.0
        col = 0.0
        top = h
        bottom = -1
        left = w
        right = -1
        for r in range(h):
            for c in range(w):
                if mask[i, r, c]:
                    area += 1
                    row += r
                    col += c
                    top = min(top, r)
                    bottom = max(bottom, r)
                    left = min(left, c)
                    right = max(right, c)
        if area == 0:
            continue
        row /= area
        col /= area
        for k in range(cos.shape[0]):
            # from where the ray leaves the bounding box inwards to the first pixel of the lesion
            reach = float(h + w)
            if sin[k] > 1e-9:
                reach = min(reach, (bottom + 0.5 - row) / sin[k])
            elif sin[k] < -1e-9:
                reach = min(reach, (top - 0.5 - row) / sin[k])
            if cos[k] > 1e-9:
                reach = min(reach, (right + 0.5 - col) / cos[k])
            elif cos[k] < -1e-9:
                reach = min(reach, (left - 0.5 - col) / cos[k])
            length = 0.5  # half a pixel: the least that a region with one pixel can have
            for step in range(int(2.0 * reach), 0, -1):
                r = int(np.floor(row + 0.5 * step * sin[k] + 0.5))
                c = int(np.floor(col + 0.5 * step * cos[k] + 0.5))
                if 0 <= r < h and 0 <= c < w and mask[i, r, c]:
                    length = min(0.5 * step + 0.25, reach)
                    break
            out[i, k] = length


@njit(cache=True, nogil=True)
def _margin(
    lengths: NDArray[np.float64],
    side: float,
    cos: NDArray[np.float64],
    sin: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    n, m = lengths.shape
    n_harmonics = out.shape[1] - 8
    share = np.empty(10)
    for i in range(n):
        mean = 0.0
        for k in range(m):
            mean += lengths[i, k] / m
        if mean == 0.0:
            continue
        low = high = lengths[i, 0]
        square = 0.0
        crossings = 0
        beyond = 0.0
        rough = 0.0
        for k in range(m):
            here = lengths[i, k] / mean
            after = lengths[i, (k + 1) % m] / mean
            low = min(low, lengths[i, k])
            high = max(high, lengths[i, k])
            square += (here - 1.0) ** 2 / m
            crossings += (here > 1.0) != (after > 1.0)
            beyond += max(0.0, here - 1.0) / m
            rough += abs(after - here) / m
        for b in range(10):
            share[b] = 0.0
        for k in range(m):
            above = lengths[i, k] - low
            share[min(9, int(10.0 * above / (high - low))) if high > low else 0] += 1.0 / m
        entropy = 0.0
        for b in range(10):
            if share[b] > 0.0:
                entropy -= share[b] * np.log2(share[b])
        out[i, 0] = mean / side
        out[i, 1] = np.sqrt(square)
        out[i, 2] = low / mean
        out[i, 3] = high / mean
        out[i, 4] = entropy
        out[i, 5] = crossings
        out[i, 6] = beyond
        out[i, 7] = rough
        for harmonic in range(1, n_harmonics + 1):
            real = 0.0
            imaginary = 0.0
            for k in range(m):
                real += lengths[i, k] * cos[harmonic * k % m]
                imaginary += lengths[i, k] * sin[harmonic * k % m]
            out[i, 7 + harmonic] = 2.0 * np.hypot(real, imaginary) / (m * mean)


def margin_descriptors(mask: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Course of the margin ``(n, 20)`` of masks ``(n, h, w) uint8``, in the order of `MARGIN`.

    The radial length r(θ) is the distance from the centroid to the farthest pixel of the lesion in
    each of 64 directions, sampled every half pixel. With r divided by its mean:

    - ``radial_mean`` the mean itself, over the square root of the image area;
    - ``radial_std``, ``radial_min``, ``radial_max``; ``radial_entropy`` in bits of a histogram of
      10 bins from min to max; ``radial_crossings`` how often r crosses 1;
    - ``radial_area_ratio`` mean of max(0, r - 1); ``radial_roughness`` mean |r(θ+1) - r(θ)|;
    - ``radial_harmonic1`` … amplitude of the Fourier harmonics of r: 1 is off-centre, 2 an
      ellipse, more are lobes and spicules.

    A mask without foreground gives zeros.
    """
    angle = 2 * np.pi * np.arange(N_ANGLES) / N_ANGLES
    cos, sin = np.cos(angle), np.sin(angle)
    lengths = np.zeros((len(mask), N_ANGLES))
    _radial_lengths(mask, cos, sin, lengths)
    out = np.zeros((len(mask), len(MARGIN)))
    _margin(lengths, float(np.sqrt(mask.shape[1] * mask.shape[2])), cos, sin, out)
    return out
