"""Gabor filters: how strongly the image oscillates at each wavelength and in each direction.

Jain & Farrokhnia 1991, Unsupervised texture segmentation using Gabor filters, Pattern Recognition
24:1167.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from baselines.features.family import FeatureFamily, ImageBatch
from baselines.kernels.gabor_bank import magnitude_moments

ORIENTATIONS = (0, 45, 90, 135)
"""Directions of the waves in degrees from the column axis towards the row axis, in order."""

_BANDWIDTH = 1.0  # octaves between the half-peak frequencies
_DEVIATIONS = 3.0  # standard deviations of the Gaussian at which the kernel is cut off


def envelope(wavelength: float) -> tuple[float, int]:
    """Standard deviation in pixels of the Gaussian, and the kernel's reach ⌈3 σ⌉.

    σ = λ/π √(ln 2 / 2) (2ᵇ + 1) / (2ᵇ - 1) with a bandwidth of b = 1 octave, that is 0.562 λ.
    """
    ratio = (2**_BANDWIDTH + 1) / (2**_BANDWIDTH - 1)
    sigma = wavelength / np.pi * np.sqrt(np.log(2) / 2) * ratio
    return float(sigma), int(np.ceil(_DEVIATIONS * sigma))


@lru_cache(maxsize=32)
def _factors(wavelength: float) -> NDArray[np.float64]:
    """One-dimensional factors of the kernels at offsets 0 … reach, ``(5, reach + 1)``.

    The Gaussian alone; times cosine and sine of the frequency 1/λ; times those of the frequency
    1/(λ √2), which is what a diagonal wave has along each axis.
    """
    sigma, reach = envelope(wavelength)
    offset = np.arange(reach + 1)
    gauss = np.exp(-0.5 * (offset / sigma) ** 2) / (np.sqrt(2 * np.pi) * sigma)
    axis = 2 * np.pi * offset / wavelength
    diagonal = axis / np.sqrt(2)
    waves = [np.ones_like(axis), np.cos(axis), np.sin(axis), np.cos(diagonal), np.sin(diagonal)]
    factors: NDArray[np.float64] = gauss * np.array(waves)
    return factors


def gabor_magnitudes(gray: NDArray[np.uint8], wavelength: float) -> NDArray[np.float64]:
    """Mean and standard deviation of the response's magnitude, ``(n, 4 orientations, 2)``.

    The image ``(n, h, w) uint8`` less its mean is convolved with
    1/(2πσ²) exp(-(r² + c²)/(2σ²)) exp(2πi (c cos θ + r sin θ)/λ), θ from `ORIENTATIONS` and σ from
    `envelope`, cut off at the square of ⌈3 σ⌉ pixels around its centre. Beyond its border the image
    is reflected with its border pixel repeated, as often as the kernel needs. In gray levels.

    Agrees with `skimage.filters.gabor_kernel` convolved by `scipy.ndimage.convolve(mode="reflect")`
    (which `skimage.filters.gabor` does; but it cuts diagonal kernels off at ⌈3 σ / √2⌉ pixels).
    A constant image gives zeros.
    """
    return magnitude_moments(gray, _factors(wavelength))


class Gabor(FeatureFamily):
    """Magnitudes of a bank of Gabor filters, per orientation and over the orientations.

    Parameters
    ----------
    wavelengths : tuple of float
        In pixels, each at least 2; a bandwidth of one octave leaves no gap between octaves.
    """

    def __init__(self, wavelengths: tuple[float, ...] = (3.0, 6.0, 12.0)) -> None:
        self.wavelengths = wavelengths

    def names(self, n_channels: int) -> list[str]:  # noqa: ARG002
        """``gabor_w3_mean`` … by wavelength, then ``gabor_w3_0_mean`` … by orientation too.

        Over the orientations: mean and range (largest less smallest) of the mean magnitude, and of
        its standard deviation. A quarter turn of the image leaves these four as they are.
        """
        names = []
        for wavelength in self.wavelengths:
            prefix = f"gabor_w{wavelength:g}"
            names += [f"{prefix}_{name}" for name in ("mean", "std", "mean_range", "std_range")]
            names += [f"{prefix}_{angle}_{k}" for angle in ORIENTATIONS for k in ("mean", "std")]
        return names

    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """`gabor_magnitudes` of each wavelength, pooled over the orientations and in each.

        Raises
        ------
        ValueError
            If a wavelength is below 2 pixels.
        """
        blocks = []
        for wavelength in self.wavelengths:
            if not wavelength >= 2:
                raise ValueError(f"a wavelength must be at least 2 pixels, got {wavelength}")
            moments = gabor_magnitudes(batch.gray, wavelength)
            blocks.append((moments[:, 0] + moments[:, 1] + moments[:, 2] + moments[:, 3]) / 4)
            blocks.append(moments.max(axis=1) - moments.min(axis=1))
            blocks.append(moments.reshape(len(batch), 8))
        return np.hstack(blocks)
