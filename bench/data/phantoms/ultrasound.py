"""B-mode ultrasound images of a map of echogenicity."""

import numpy as np
from numpy.typing import NDArray

from bench.data.phantoms.fields import coloured, frequencies

DYNAMIC_RANGE = 50.0
"""Decibels between black and white."""
REFERENCE = 0.72
"""Level of the mean tissue, as a share of the gray scale."""


def speckled(
    echogenicity: NDArray[np.float64], grain: tuple[float, float], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Gray values of log-compressed speckle.

    Fully developed speckle: many scatterers in each cell of resolution add up to a complex normal
    amplitude, the point spread blurs it, and the envelope has a Rayleigh distribution (Burckhardt
    1978, IEEE Trans. Sonics Ultrason. 25:1).

    Args:
        echogenicity: `(h, w)` decibels relative to the mean tissue.
        grain: standard deviation of the point spread, axial (rows) and lateral (columns), pixels.
        rng: source of the scatterers.

    Returns:
        `(h, w)` gray values on the scale of 0 to 255, neither rounded nor clipped.
    """
    from scipy.ndimage import gaussian_filter

    scatterers = rng.standard_normal((2, *echogenicity.shape)) * 10 ** (echogenicity / 20)
    real, imaginary = gaussian_filter(scatterers, sigma=(0, *grain), mode="reflect")
    # the blur lowers the variance of white noise by 4π σ₁ σ₂
    power = (real**2 + imaginary**2) * (4 * np.pi * grain[0] * grain[1] / 2)
    decibels = 10 * np.log10(power + 1e-6)
    gray: NDArray[np.float64] = 255 * (REFERENCE + decibels / DYNAMIC_RANGE)
    return gray


def heterogeneity(
    size: int, deviation: float, finest: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Slow variation of echogenicity in decibels, periodic, nothing above `finest` cycles."""
    f = frequencies(size)
    power = np.exp(-((f / finest) ** 2))
    power[0, 0] = 0
    power *= deviation**2 * size**2 / power.sum()
    return coloured(rng.standard_normal((size, size)), power)
