"""Noise of single pixels, and the speckle of ultrasound.

Each function takes images `(n, h, w, c)` float64 from 0 to 255 without a mask, a level, and the
draws of the images; it returns the same shape, not clipped. Levels of noise are those of a pixel,
whatever the size of the image.
"""

import numpy as np
from scipy import fft

from bench.data.corruptions.draws import Draws, Floats
from bench.data.corruptions.lengths import scaled

_GRAIN = 2.0  # px at a side of 224: standard deviation of a speckle
_LEAST_GRAIN = 0.5  # px


def gaussian(images: Floats, level: float, draws: Draws) -> Floats:
    """Electronic noise: normal, of standard deviation `level` of the range."""
    noisy: Floats = images + 255 * level * draws.normal(*images.shape[1:])
    return noisy


def shot(images: Floats, level: float, draws: Draws) -> Floats:
    """Noise of counted photons, Poisson: white is `level` of them."""
    expected = iter(images * (level / 255))
    return draws.each(lambda generator: generator.poisson(next(expected))) * (255 / level)


def impulse(images: Floats, level: float, draws: Draws) -> Floats:
    """Dead and hot pixels: a share `level` of the values becomes 0 or 255, as often one as the
    other."""
    chance = draws.uniform(*images.shape[1:])
    dead, hot = chance < level / 2, chance > 1 - level / 2
    return np.where(dead, 0.0, np.where(hot, 255.0, images))


def speckle_noise(images: Floats, level: float, draws: Draws) -> Floats:
    """Noise that grows with brightness: normal, of standard deviation `level` of the value."""
    noisy: Floats = images * (1 + level * draws.normal(*images.shape[1:]))
    return noisy


def speckle(images: Floats, level: float, draws: Draws) -> Floats:
    """Interference of coherent echoes: the image times a Rayleigh amplitude of mean 1, blended in.

    Fully developed speckle is the modulus of a circular complex normal field (Wagner et al. 1983,
    IEEE Trans. Sonics Ultrason. 30:156). Here the field is blurred to grains of a size that is a
    share of the image, and a share `level` of its deviation from 1 is taken.
    """
    h, w = images.shape[1:3]
    field = draws.normal(2, h, w)
    grain = max(scaled(_GRAIN, images.shape), _LEAST_GRAIN)
    rows, columns = fft.fftfreq(h)[:, None], fft.rfftfreq(w)[None, :]
    transfer = np.exp(-2 * (np.pi * grain) ** 2 * (rows**2 + columns**2))
    field = fft.irfft2(fft.rfft2(field) * transfer, s=(h, w))
    amplitude = np.sqrt((field**2).sum(axis=1))  # (n, h, w)
    amplitude /= amplitude.mean(axis=(1, 2), keepdims=True)
    spoilt: Floats = images * (1 + level * (amplitude[..., None] - 1))
    return spoilt
