"""Zernike moments: the form of a region as projections on the orthogonal polynomials of the disc.

Teague 1980, Image analysis via the general theory of moments; Khotanzad & Hong 1990, Invariant
image recognition by Zernike moments. Their magnitudes do not change when the region is turned.

A Zernike polynomial of order n is a polynomial of degree n in x and y, so that all moments of a
region follow from its geometric moments Σ x^p y^q, and these from the ends of its runs of pixels.
"""

from functools import cache
from math import comb, factorial, pi

import numpy as np
from numba import njit
from numpy.typing import NDArray

ORDER = 8
"""Highest order n of the moments."""

DEGREES = tuple(
    (n, m) for n in range(2, ORDER + 1) for m in range(n % 2, n + 1, 2)
)  # all with order 0 and 1 are the same for every region around its centroid
"""Order n and repetition m of the columns of `zernike_moments`."""

ZERNIKE = tuple(f"zernike_{n}_{m}" for n, m in DEGREES)
"""Names of the columns of `zernike_moments`."""


@cache
def _polynomials() -> NDArray[np.complex128]:
    """Coefficients ``(d, p, q)`` of x^p y^q in (n + 1) / π V_nm, for each of `DEGREES`."""
    out = np.zeros((len(DEGREES), ORDER + 1, ORDER + 1), dtype=np.complex128)
    for row, (n, m) in enumerate(DEGREES):
        for s in range((n - m) // 2 + 1):
            radial = (-1) ** s * factorial(n - s)
            radial //= factorial(s) * factorial((n + m) // 2 - s) * factorial((n - m) // 2 - s)
            half = (n - m) // 2 - s  # ρ^(n - 2s) exp(imθ) = (x² + y²)^half (x + iy)^m
            for j in range(half + 1):
                for k in range(m + 1):
                    factor = radial * comb(half, j) * comb(m, k) * (1, 1j, -1, -1j)[k % 4]
                    out[row, 2 * j + m - k, 2 * (half - j) + k] += factor * (n + 1) / pi
    return out


@njit(cache=True, nogil=True)
def _zernike(
    mask: NDArray[np.uint8],
    real: NDArray[np.float64],
    imaginary: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    n, h, w = mask.shape
    powers = real.shape[1]
    first = np.empty(h, dtype=np.int64)
    last = np.empty(h, dtype=np.int64)
    before = np.empty((w + 1, powers))  # Σ x^p of the columns before this one
    row_sum = np.empty(powers)
    moments = np.empty((powers, powers))
    for i in range(n):
        area = 0
        sum_r = 0
        sum_c = 0
        left = w
        right = -1
        for r in range(h):
            first[r] = w
            last[r] = -1
            in_row = 0
            for c in range(w):
                if mask[i, r, c]:
                    first[r] = min(first[r], c)
                    last[r] = c
                    in_row += 1
                    sum_c += c
            area += in_row
            sum_r += r * in_row
            left = min(left, first[r])
            right = max(right, last[r])
        if area == 0:
            continue
        row = sum_r / area
        col = sum_c / area
        farthest = 0.25  # half a pixel, squared: for a region of one pixel
        for r in range(h):
            if last[r] >= 0:
                x = max(col - first[r], last[r] - col)
                farthest = max(farthest, (r - row) ** 2 + x * x)
        scale = 1.0 / np.sqrt(farthest)

        for p in range(powers):
            before[left, p] = 0.0
            for q in range(powers):
                moments[q, p] = 0.0
        for c in range(left, right + 1):
            power = 1.0
            for p in range(powers):
                before[c + 1, p] = before[c, p] + power
                power *= (c - col) * scale
        for r in range(h):
            if last[r] < 0:
                continue
            for p in range(powers):
                row_sum[p] = 0.0
            inside = False
            for c in range(first[r], last[r] + 2):
                here = c <= last[r] and mask[i, r, c] != 0
                if here != inside:
                    sign = -1.0 if here else 1.0
                    for p in range(powers):
                        row_sum[p] += sign * before[c, p]
                    inside = here
            power = 1.0 / area
            for q in range(powers):
                for p in range(powers):
                    moments[q, p] += power * row_sum[p]
                power *= (r - row) * scale
        for k in range(out.shape[1]):
            re = 0.0
            im = 0.0
            for p in range(powers):
                for q in range(powers - p):
                    re += real[k, p, q] * moments[q, p]
                    im += imaginary[k, p, q] * moments[q, p]
            out[i, k] = np.sqrt(re * re + im * im)


def zernike_moments(mask: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Magnitudes ``(n, 23)`` of the Zernike moments of masks ``(n, h, w) uint8``.

    |Z_nm| = (n + 1) / π |Σ V*_nm(ρ, θ)| / area over the pixels of the lesion, in the order of
    `DEGREES`; the unit disc lies around the centroid and reaches to the centre of the farthest
    pixel, at least half a pixel. So defined they are those of `mahotas.features.zernike_moments`
    without the first two, |Z_00| = 1/π and |Z_11| = 0, which are the same for every region.

    A mask without foreground gives zeros; one pixel gives (n + 1) / π where m = 0 and n is even.
    """
    polynomials = _polynomials()
    out = np.zeros((len(mask), len(DEGREES)))
    _zernike(
        mask, np.ascontiguousarray(polynomials.real), np.ascontiguousarray(polynomials.imag), out
    )
    return out
