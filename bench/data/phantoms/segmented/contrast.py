"""phantom-lesions: bright lesions of known outline in fully developed speckle of a set contrast.

The power of every pixel has an exponential distribution whose mean is `CONTRAST` decibels higher
inside (Burckhardt 1978, IEEE Trans. Sonics Ultrason. 25:1), whatever its neighbours are. What a
threshold on gray levels reaches therefore follows from the areas of the lesions alone.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset, KnownAnswer
from bench.data.phantoms import assembly
from bench.data.phantoms.segmented import scene
from bench.data.phantoms.ultrasound import DYNAMIC_RANGE, REFERENCE

NAME = "phantom-lesions"
SEED = 19780125
CONTRAST = 6.0
"""Decibels by which the mean power inside is higher."""
SHARE = (0.05, 0.2)
"""Of the image that a lesion takes."""
GRAIN = 0.012
"""Standard deviation of the point spread, of the side."""


def contrast(size: int | None = None) -> Dataset:
    """Bright lesions in ultrasound speckle, with what the best threshold reaches.

    Args:
        size: side in pixels, 32 to 256; None for 64.

    Raises:
        DataError: if `size` is out of range.
    """
    side = assembly.checked_size(NAME, size, scene.NATIVE, scene.LEAST)

    def draw(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        inside = scene.lesion(side, rng, SHARE).mask(side) > 0
        return _gray(_speckle(side, rng) * power(inside)), inside.astype(np.uint8)

    data = scene.dataset(NAME, "lesions in speckle", SEED, draw, None)
    level, dice = best_threshold(data.test.targets)
    answer = (
        f"Lesions are {CONTRAST:g} dB brighter than their ground, in speckle. Of all thresholds on "
        f"gray levels the best, {level}, reaches a mean Dice of {dice:.3f}; what is above it comes "
        "from looking at more than one pixel."
    )
    return replace(data, known_answer=KnownAnswer(answer, ideal_dice=dice))


def power(inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Mean power of every pixel."""
    return np.where(inside, 10 ** (CONTRAST / 10), 1.0)


def best_threshold(targets: NDArray[np.uint8] | None) -> tuple[int, float]:
    """The gray level above which pixels are best taken for lesion, and the mean Dice expected.

    With the share a of an image that is lesion, and the shares p and q of its pixels and of those
    of the ground that are above a level, Dice is 2 a p / (a p + (1 - a) q + a).

    Args:
        targets: `(n, h, w)`, 1 inside.
    """
    if targets is None:
        raise ValueError("targets are needed")
    share = targets.mean(axis=(1, 2))[:, None]
    levels = np.arange(256)
    least = 10 ** (DYNAMIC_RANGE * ((levels + 0.5) / 255 - REFERENCE) / 10)  # power of a level
    p, q = np.exp(-least / 10 ** (CONTRAST / 10)), np.exp(-least)
    dice = (2 * share * p / (share * p + (1 - share) * q + share)).mean(axis=0)
    best = int(dice.argmax())
    return best, float(dice[best])


def _speckle(size: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Power of speckle, of mean 1 and exponential in every pixel: `(size, size)`."""
    from scipy.ndimage import gaussian_filter

    grain = GRAIN * size
    scatterers = rng.standard_normal((2, size, size))
    real, imaginary = gaussian_filter(scatterers, sigma=(0, grain, grain), mode="wrap")
    scale = np.sqrt((gaussian_filter(_impulse(size), grain, mode="wrap") ** 2).sum())
    drawn: NDArray[np.float64] = (real**2 + imaginary**2) / (2 * scale**2)
    return drawn


def _impulse(size: int) -> NDArray[np.float64]:
    impulse = np.zeros((size, size))
    impulse[size // 2, size // 2] = 1
    return impulse


def _gray(power: NDArray[np.float64]) -> NDArray[np.float64]:
    gray: NDArray[np.float64] = 255 * (REFERENCE + 10 * np.log10(power + 1e-9) / DYNAMIC_RANGE)
    return gray
