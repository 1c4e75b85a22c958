"""phantom-lookalike: in every image a lesion and its look-alike, which only what lies around tells.

Both are discs of one size, brightness and noise with four small satellites: those of a lesion lie
above, below, left and right of it, those of a look-alike on the diagonals. One is the other turned
by 45°, so whatever is measured alike in every direction has the same values in both; and each stays
what it is when it is mirrored.
"""

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset, KnownAnswer
from bench.data.phantoms import assembly
from bench.data.phantoms.segmented import scene

NAME = "phantom-lookalike"
SEED = 20030317
RADIUS = (0.09, 0.115)
"""Of the discs, of the side."""
SATELLITE, DISTANCE = 0.4, 1.8
"""Radius of a satellite and its distance from the centre, in radii of the disc."""
GROUND, DISC, NOISE = 90.0, 170.0, 12.0
"""Gray levels of the ground and of discs, and the standard deviation of noise."""


def lookalike(size: int | None = None) -> Dataset:
    """Lesions with satellites along the axes, and look-alikes with satellites on the diagonals.

    Args:
        size: side in pixels, 32 to 256; None for 64.

    Raises:
        DataError: if `size` is out of range.
    """
    side = assembly.checked_size(NAME, size, scene.NATIVE, scene.LEAST)

    def draw(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        radius = side * rng.uniform(*RADIUS)
        lesion, other = _places(side, radius, rng)
        inside = _disc(side, lesion, radius)
        bright = inside | _disc(side, other, radius)
        for place, turned in ((lesion, 0.0), (other, np.pi / 4)):
            for angle in turned + np.arange(4) * np.pi / 2:
                away = DISTANCE * radius * np.array([np.sin(angle), np.cos(angle)])
                bright |= _disc(side, place + away, SATELLITE * radius)
        gray = np.where(bright, DISC, GROUND) + rng.normal(0, NOISE, bright.shape)
        return gray, inside.astype(np.uint8)

    answer = (
        "Every image shows a lesion and a look-alike of the same size, brightness and noise, which "
        "differ by 45° in where their four satellites lie. A method that cannot tell them apart "
        "has a mean Dice of at most 2/3, by marking both; one that can, of 1."
    )
    known = KnownAnswer(answer, expected="deep")
    return scene.dataset(NAME, "lesions and look-alikes", SEED, draw, known)


def _places(
    side: int, radius: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Centres of a lesion and a look-alike that keep clear of each other, whole pixels, so that the
    two discs have as many pixels."""
    reach = (DISTANCE + SATELLITE) * radius
    while True:  # at any side a third of all draws will do
        one, other = np.rint(rng.uniform(reach, side - 1 - reach, (2, 2)))
        if np.hypot(*(one - other)) > 2 * reach - 1:
            return one, other


def _disc(side: int, centre: NDArray[np.float64], radius: float) -> NDArray[np.bool_]:
    rows, columns = np.ogrid[:side, :side]
    inside: NDArray[np.bool_] = np.hypot(rows - centre[0], columns - centre[1]) < radius
    return inside
