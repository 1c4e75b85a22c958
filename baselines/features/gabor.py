"""Gabor filters: how strongly the image oscillates at each wavelength and in each direction.

Jain & Farrokhnia 1991, Unsupervised texture segmentation using Gabor filters, Pattern Recognition
24:1167.
"""

from functools import lru_cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from baselines.features.family import FeatureFamily, ImageBatch

ORIENTATIONS = (0, 45, 90, 135)
"""Directions of the waves in degrees from the column axis towards the row axis, in order."""

_BANDWIDTH = 1.0  # octaves between the half-peak frequencies
_DEVIATIONS = 3.0  # standard deviations of the Gaussian at which the kernel is cut off
_LANE = 256  # columns of the images that are filtered side by side, for long inner loops


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


def _reflected(side: int, reach: int) -> NDArray[np.int64]:
    """Pixel that stands for each of ``-reach … side + reach - 1``: … 1 0 | 0 1 … (half-sample)."""
    index = np.arange(-reach, side + reach) % (2 * side)
    return np.minimum(index, 2 * side - 1 - index)


@njit(cache=True, nogil=True)
def _filter(
    lines: NDArray[np.float64],
    at: NDArray[np.int64],
    line: int,
    first: int,
    factors: tuple[NDArray[np.float64], NDArray[np.float64]],
    even: NDArray[np.float64],
    odd: NDArray[np.float64],
) -> None:
    """Filter one of `lines`, from its pixel `first` on, with factors that run across the lines.

    The symmetric factor, the first, gives `even`, the antisymmetric one `odd`, which may have no
    length.
    """
    even_factor, odd_factor = factors
    reach = len(even_factor) - 1
    last = first + len(even)
    here = lines[line, first:last]
    for j in range(len(even)):
        even[j] = even_factor[0] * here[j]
    for j in range(len(odd)):
        odd[j] = 0.0
    for k in range(1, reach + 1):
        before = lines[at[reach + line - k], first:last]
        after = lines[at[reach + line + k], first:last]
        e, o = even_factor[k], odd_factor[k]
        if len(odd) == 0:
            for j in range(len(even)):
                even[j] += e * (after[j] + before[j])
        else:
            for j in range(len(even)):
                even[j] += e * (after[j] + before[j])
                odd[j] += o * (after[j] - before[j])


@njit(cache=True, nogil=True)
def _magnitudes(
    gray: NDArray[np.uint8],
    brightness: NDArray[np.float64],
    factors: NDArray[np.float64],
    row_at: NDArray[np.int64],
    col_at: NDArray[np.int64],
    lane: int,
    out: NDArray[np.float64],
) -> None:
    """Mean and standard deviation of |response| to `gray` less `brightness`, ``(n, 4, 2)``.

    The kernels are products of a function of the row and one of the column. Some images stand side
    by side and are filtered across the rows, then, transposed, across the columns; the inner loops
    run over pixels that do not interact, so an image's values do not depend on its neighbours.
    """
    n, h, w = gray.shape
    together = min(n, max(1, lane // w))
    width = together * w
    m = together * h
    image = np.zeros((h, width))
    line = np.empty((5, width))  # gauss, cosine, sine, diagonal cosine, diagonal sine of the row
    half = np.empty((w, 5 * m))  # the same five one after the other
    part = np.empty(8 * m)  # each of the five times one or two functions of the column
    magnitude = np.empty((4, w, m))
    sums = np.empty(m)
    means = np.empty(m)
    for start in range(0, n, together):
        count = min(together, n - start)
        for b in range(count):
            for r in range(h):
                for c in range(w):
                    image[r, b * w + c] = gray[start + b, r, c] - brightness[start + b]
        for r in range(h):
            for step in range(3):
                e, o = (0, 1, 3)[step], (0, 2, 4)[step]
                odd = line[o, : width * min(step, 1)]
                _filter(image, row_at, r, 0, (factors[e], factors[o]), line[e], odd)
            for f in range(5):
                for b in range(together):
                    for c in range(w):
                        half[c, f * m + b * h + r] = line[f, b * w + c]
        for c in range(w):
            for step in range(3):
                # wave times gauss; gauss times wave; wave times wave
                e, o = (1, 0, 3)[step], (2, 0, 4)[step]
                first, size = (0, 1, 3)[step] * m, (1, 2, 2)[step] * m
                p, q = (0, 2, 4)[step] * m, (1, 4, 6)[step] * m
                odd = part[q : q + size * ((1, 0, 1)[step])]
                even = part[p : p + size]
                _filter(half, col_at, c, first, (factors[e], factors[o]), even, odd)
            for j in range(m):
                # cosine and sine of the sum and the difference of a diagonal wave's two phases
                cc, sc, cs, ss = part[4 * m + j], part[5 * m + j], part[6 * m + j], part[7 * m + j]
                magnitude[0, c, j] = np.sqrt(part[j] ** 2 + part[m + j] ** 2)
                magnitude[1, c, j] = np.sqrt((cc - ss) ** 2 + (sc + cs) ** 2)
                magnitude[2, c, j] = np.sqrt(part[2 * m + j] ** 2 + part[3 * m + j] ** 2)
                magnitude[3, c, j] = np.sqrt((cc + ss) ** 2 + (sc - cs) ** 2)
        for o in range(4):
            for j in range(m):
                means[j] = 0.0
            for moment in range(2):
                for j in range(m):
                    sums[j] = 0.0
                for c in range(w):
                    for j in range(m):
                        value = magnitude[o, c, j] - means[j]
                        sums[j] += value if moment == 0 else value * value
                for b in range(count):
                    total_sum = 0.0
                    for j in range(b * h, (b + 1) * h):
                        total_sum += sums[j]
                    mean = total_sum / (h * w)
                    out[start + b, o, moment] = mean if moment == 0 else np.sqrt(mean)
                    for j in range(b * h, (b + 1) * h):
                        means[j] = mean


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
    n, h, w = gray.shape
    _, reach = envelope(wavelength)
    out = np.empty((n, 4, 2))
    rows, cols = _reflected(h, reach), _reflected(w, reach)
    brightness = gray.reshape(n, -1).sum(axis=1, dtype=np.int64) / (h * w)
    _magnitudes(gray, brightness, _factors(wavelength), rows, cols, _LANE, out)
    return out


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
