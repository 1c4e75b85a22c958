"""Power spectrum: how the variance of the image is spread over spatial frequencies and directions.

The exponent of the radial power spectrum describes the texture of tissue: Burgess, Jacobson & Judy
2001, Human observer detection experiments with mammograms and power-law noise, Medical Physics
28:419.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import scipy.fft
from numba import njit
from numpy.typing import NDArray

from baselines.features.family import FeatureFamily, ImageBatch
from baselines.features.fractal import power_law

BAND_EDGES = (1 / 8, 1 / 4, 3 / 8, 1 / 2, 3 / 4)
"""Upper ends of all bands but the last, as parts of the Nyquist frequency."""

SHARES = {"low": (0, 1), "mid": (2, 3), "high": (4, 5)}
"""The bands up to a quarter and up to a half of the Nyquist frequency, and all others."""

DIRECTIONS = (0, 45, 90, 135)
"""Directions of the waves in degrees from the column axis towards the row axis; 45 degrees wide."""

_BANDS = len(BAND_EDGES) + 1
_ROUNDING = 1 / 12  # variance of rounding to whole gray levels, which no image is without


class _Plane(NamedTuple):  # which a kernel takes whole, unlike a dataclass
    """What is known of the coefficients ``(h, w // 2 + 1)`` of a real FFT.

    Attributes:
        multiplicity: how often each coefficient occurs in the full plane, 1 or 2; 0 for the mean.
        ring: distance from the centre in units of the lowest frequency along the shorter side,
            rounded; 0 beyond the Nyquist frequency.
        band: number of the `BAND_EDGES` that lie below it.
        sector: position in `DIRECTIONS`; -1 beyond the Nyquist frequency.
        double_angle: ``(h, w // 2 + 1, 2)``, cosine and sine of twice the direction.
        from_rows: ``complex128``, what the step from the last row to the first adds to each
            coefficient, per unit of the step's own coefficient.
        from_cols: the same for the step from the last column to the first.
    """

    multiplicity: NDArray[np.int64]
    ring: NDArray[np.int64]
    band: NDArray[np.int64]
    sector: NDArray[np.int64]
    double_angle: NDArray[np.float64]
    from_rows: NDArray[np.complex128]
    from_cols: NDArray[np.complex128]


@lru_cache(maxsize=8)
def _plane(h: int, w: int) -> _Plane:
    row, col = np.fft.fftfreq(h)[:, None], np.fft.rfftfreq(w)[None, :]
    frequency = np.hypot(row, col)
    multiplicity = np.full(frequency.shape, 2, dtype=np.int64)
    multiplicity[:, 0] = 1
    if w % 2 == 0:
        multiplicity[:, -1] = 1
    multiplicity[0, 0] = 0
    shorter = min(h, w)
    ring = np.rint(frequency * shorter).astype(np.int64)
    angle = np.arctan2(row, col)
    sector = np.rint(np.rad2deg(angle) / 45).astype(np.int64) % 4
    laplacian = 2 * np.cos(2 * np.pi * row) + 2 * np.cos(2 * np.pi * col) - 4
    laplacian[0, 0] = 1  # of the mean, which is not used
    return _Plane(
        multiplicity=multiplicity,
        ring=np.where(ring <= shorter // 2, ring, 0),
        band=np.digitize(2 * frequency, BAND_EDGES, right=True).astype(np.int64),
        sector=np.where(frequency <= 0.5, sector, -1),
        double_angle=np.stack([np.cos(2 * angle), np.sin(2 * angle)], axis=-1),
        from_rows=(1 - np.exp(2j * np.pi * row)) / laplacian,
        from_cols=(1 - np.exp(2j * np.pi * col)) / laplacian,
    )


@njit(cache=True, nogil=True)
def _collect(
    coefficients: NDArray[np.complex128],
    row_step: NDArray[np.complex128],
    col_step: NDArray[np.complex128],
    plane: _Plane,
    rings: NDArray[np.float64],
    bands: NDArray[np.float64],
    others: NDArray[np.float64],
) -> None:
    """Sums of the periodic part's power over rings and bands, and sectors with other sums."""
    n, h, half = coefficients.shape
    multiplicity, ring, band, sector, double_angle, from_rows, from_cols = plane
    for i in range(n):
        for r in range(h):
            for c in range(half):
                value = (
                    coefficients[i, r, c]
                    - row_step[i, c] * from_rows[r, c]
                    - col_step[i, r] * from_cols[r, c]
                )
                power = multiplicity[r, c] * (value.real * value.real + value.imag * value.imag)
                if power == 0.0:
                    continue
                rings[i, ring[r, c]] += power
                bands[i, band[r, c]] += power
                others[i, 4] += power * np.log(power / multiplicity[r, c])
                if sector[r, c] >= 0:
                    others[i, sector[r, c]] += power
                    others[i, 5] += power * double_angle[r, c, 0]
                    others[i, 6] += power * double_angle[r, c, 1]


def power_spectrum(gray: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Measures of the power spectrum of ``(n, h, w) uint8``, ``(n, 17)``.

    The power is the squared modulus of the Fourier transform of the image's periodic component,
    divided by h w, so that white noise has its variance for its expected power. The periodic
    component (Moisan 2011, Periodic plus smooth image decomposition, Journal of Mathematical
    Imaging and Vision 39:161) lacks the steps between opposite borders, whose power would hide a
    steep spectrum, and unlike a window leaves all pixels their weight. The mean is left out.

    - Slope β of power ∝ 1 / frequencyᵝ: least squares in logarithms over rings k = 2, 3 … M / 2
      one lowest frequency 1 / M wide, M being the shorter side; 1/12, the variance of rounding, is
      added to the mean power of each ring. White noise has a slope near 0.
    - Root mean square residual of that fit, in natural logarithms.
    - Shares of the power in the low, mid and high frequencies of `SHARES`; they sum to 1.
    - ln(mean power + 1/12), in squared gray levels, in each of the bands that `BAND_EDGES` divide;
      the first has no coefficient, and ln(1/12), where both sides are below 16 pixels.
    - Spectral entropy -Σ p ln p / ln N over the shares p of the N = h w - 1 coefficients: 1 for
      equal ones, near 0 for a wave.
    - Anisotropy |Σ p exp(2iθ)| over the coefficients up to the Nyquist frequency, θ being the
      direction of their wave: 0 where all directions are equal, 1 where there is one.
    - Share of the power in each of `DIRECTIONS`, up to the Nyquist frequency.

    The Nyquist frequency is half a wave per pixel, so that the bands do not depend on the size. A
    constant image has ln(1/12) in the bands and 0 for all else.

    For 60 periodic fields of 128 x 128 pixels with β = 0, 1, 2, 3 the mean slope is off by at most
    0.12, for squares of 28 x 28 cut from fields of 256 x 256 by at most 0.14, with a standard
    deviation of 0.05 and 0.14.
    """
    n, h, w = gray.shape
    plane = _plane(h, w)
    shorter = min(h, w)
    mean = gray.reshape(n, -1).sum(axis=1, dtype=np.int64) / (h * w)
    image = gray - mean[:, None, None]  # exactly 0 for a constant image
    row_step = scipy.fft.rfft(image[:, -1, :] - image[:, 0, :], axis=1)
    col_step = scipy.fft.fft(image[:, :, -1] - image[:, :, 0], axis=1)
    rings = np.zeros((n, shorter // 2 + 1))
    bands = np.zeros((n, _BANDS))
    others = np.zeros((n, 7))  # power by direction; Σ power ln power; Σ power exp(2iθ)
    _collect(
        scipy.fft.rfft2(image, overwrite_x=True),
        row_step,
        col_step,
        plane,
        rings,
        bands,
        others,
    )
    total = np.zeros(n)
    for band in range(_BANDS):
        total += bands[:, band]
    positive = np.where(total > 0, total, 1)
    in_ring = np.bincount(plane.ring.ravel(), plane.multiplicity.ravel(), shorter // 2 + 1)
    in_band = np.bincount(plane.band.ravel(), plane.multiplicity.ravel(), _BANDS)
    k = np.arange(2, shorter // 2 + 1)
    exponent, residual = power_law(k.astype(float), rings[:, k] / (h * w * in_ring[k]) + _ROUNDING)
    entropy = np.where(total > 0, np.log(positive) - others[:, 4] / positive, 0)
    shares = [(bands[:, first] + bands[:, last]) / positive for first, last in SHARES.values()]
    log_power = np.log(bands / (h * w * np.maximum(in_band, 1)) + _ROUNDING)
    return np.column_stack(
        [
            0 - exponent,
            residual,
            *shares,
            log_power,
            np.clip(entropy / np.log(h * w - 1), 0, 1),
            np.hypot(others[:, 5], others[:, 6]) / positive,
            others[:, :4] / positive[:, None],
        ]
    )


class Spectrum(FeatureFamily):
    """Slope, bands, entropy and directions of the power spectrum."""

    def names(self, n_channels: int) -> list[str]:  # noqa: ARG002
        """``spectrum_slope`` … in the order of `power_spectrum`."""
        return [
            "spectrum_slope",
            "spectrum_residual",
            *(f"spectrum_{name}_share" for name in SHARES),
            *(f"spectrum_band{k}_log_power" for k in range(1, _BANDS + 1)),
            "spectrum_entropy",
            "spectrum_anisotropy",
            *(f"spectrum_{angle}_share" for angle in DIRECTIONS),
        ]

    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """`power_spectrum` of the gray levels."""
        return power_spectrum(batch.gray)
