"""phantom-intensity: lesions whose gray levels do not overlap with those of the ground.

A threshold that training images show finds every pixel: a mean Dice of 1. Whatever a method makes
of the surroundings, it cannot be better.
"""

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset, KnownAnswer
from bench.data.phantoms import assembly
from bench.data.phantoms.segmented import scene

NAME = "phantom-intensity"
SEED = 19790101
SHARE = (0.05, 0.2)
"""Of the image that a lesion takes."""
GROUND = (30.0, 110.0)
INSIDE = (130.0, 210.0)
"""Gray levels, least and most, each as likely as the others."""


def intensity(size: int | None = None) -> Dataset:
    """Lesions that a threshold finds wholly, with noise that tells nothing.

    Args:
        size: side in pixels, 32 to 256; None for 64.

    Raises:
        DataError: if `size` is out of range.
    """
    side = assembly.checked_size(NAME, size, scene.NATIVE, scene.LEAST)

    def draw(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        inside = scene.lesion(side, rng, SHARE).mask(side) > 0
        ground, lesion = (rng.uniform(*levels, (side, side)) for levels in (GROUND, INSIDE))
        return np.where(inside, lesion, ground), inside.astype(np.uint8)

    answer = (
        f"Every pixel of a lesion is brighter than {GROUND[1]:g}, no other is: the threshold "
        "reaches a mean Dice of exactly 1, and no method can be better."
    )
    known = KnownAnswer(answer, ideal_dice=1.0, expected="not-deep")
    return scene.dataset(NAME, "lesions that a threshold finds", SEED, draw, known)
