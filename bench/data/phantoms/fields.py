"""Periodic Gaussian random fields with a power-law spectrum."""

import numpy as np
from numpy.typing import NDArray


def frequencies(size: int) -> NDArray[np.float64]:
    """Spatial frequency of every coefficient of a `(size, size)` FFT, in cycles per image."""
    f = np.fft.fftfreq(size, d=1 / size)
    both: NDArray[np.float64] = np.hypot(f[:, None], f[None, :])
    return both


def power_law(size: int, exponent: float, deviation: float) -> NDArray[np.float64]:
    """Variance of every coefficient of an orthonormal `(size, size)` FFT, falling as f^-exponent.

    The constant term is 0; the rest is scaled so that a pixel has the standard `deviation`.
    """
    f = frequencies(size)
    f[0, 0] = np.inf
    power: NDArray[np.float64] = f**-exponent
    power *= deviation**2 * size**2 / power.sum()
    return power


def coloured(white: NDArray[np.float64], power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fields with the spectrum `power` from standard normal white noise, both `(..., h, w)`."""
    spectrum = np.fft.rfft2(white) * np.sqrt(power[..., : white.shape[-1] // 2 + 1])
    field: NDArray[np.float64] = np.fft.irfft2(spectrum, s=white.shape[-2:])
    return field


def band_limited(size: int, highest: float, deviation: float) -> NDArray[np.float64]:
    """As `power_law`, but flat up to `highest` cycles per image in each direction, then 0.

    White noise where `highest` is `size / 2`; the same noise drawn finer for a larger `size`.
    """
    f = np.abs(np.fft.fftfreq(size, d=1 / size)) <= highest
    power: NDArray[np.float64] = (f[:, None] & f[None, :]).astype(np.float64)
    power *= deviation**2 * size**2 / power.sum()
    return power
