"""Closed outlines in polar form: an ellipse with harmonics on its radius, and what lies inside."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ANGLES: NDArray[np.float64] = np.linspace(0, 2 * np.pi, 256, endpoint=False)
"""The directions at which an outline is known, in radians."""


@dataclass(frozen=True, eq=False)
class Outline:
    """A star-shaped outline.

    Attributes:
        centre: (row, column) in pixels.
        radius: `(256,)` distance of the outline from the centre at `ANGLES`, in pixels.
    """

    centre: tuple[float, float]
    radius: NDArray[np.float64]

    def depth(self, size: int) -> NDArray[np.float64]:
        """How far each pixel of a `(size, size)` image lies inside, along the ray, in pixels."""
        rows = np.arange(size)[:, None] - self.centre[0]
        columns = np.arange(size)[None, :] - self.centre[1]
        angle = np.mod(np.arctan2(rows, columns), 2 * np.pi)
        edge = np.interp(angle, ANGLES, self.radius, period=2 * np.pi)
        inside: NDArray[np.float64] = edge - np.hypot(rows, columns)
        return inside

    def coverage(self, size: int) -> NDArray[np.float64]:
        """Share of each pixel that lies inside, 0 to 1, to first order: `(size, size)`."""
        return np.clip(self.depth(size) + 0.5, 0, 1)

    def mask(self, size: int) -> NDArray[np.uint8]:
        """255 where the centre of the pixel lies inside, else 0: `(size, size)`."""
        return np.where(self.depth(size) > 0, 255, 0).astype(np.uint8)


def ellipse(ratio: float, tilt: float) -> NDArray[np.float64]:
    """Radius at `ANGLES` of an ellipse of area π with `ratio` = short over long axis."""
    long, short = ratio**-0.5, ratio**0.5
    along, across = np.cos(ANGLES - tilt), np.sin(ANGLES - tilt)
    radius: NDArray[np.float64] = 1 / np.hypot(along / long, across / short)
    return radius


def harmonics(
    orders: NDArray[np.int64], cosine: NDArray[np.float64], sine: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Σ c cos(kφ) + s sin(kφ) at `ANGLES`."""
    phase = orders[:, None] * ANGLES
    return cosine @ np.cos(phase) + sine @ np.sin(phase)


def of_area(radius: NDArray[np.float64], area: float) -> NDArray[np.float64]:
    """The same outline scaled to `area`, 1/2 ∫ r² dφ."""
    scaled: NDArray[np.float64] = radius * np.sqrt(area / (np.pi * np.mean(radius**2)))
    return scaled
