"""Random numbers that belong to an image, whatever stands beside it in an array."""

import hashlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Draws:
    """A random generator for each of some images, made from the image's pixels and a seed.

    Every call begins anew, so that a corruption of any severity gets the same numbers.

    Parameters
    ----------
    images : (n, h, w, c) uint8
    key : str
        What the numbers are for: other keys give other numbers.
    seed : int
    """

    def __init__(self, images: NDArray[np.uint8], key: str, seed: int) -> None:
        start = f"{key} {seed} {images.shape[1:]}".encode()
        self._seeds = [
            hashlib.blake2b(start + image.tobytes(), digest_size=16).digest() for image in images
        ]

    def generators(self) -> list[np.random.Generator]:
        """One for each image, at its beginning."""
        return [
            np.random.Generator(np.random.PCG64(int.from_bytes(seed, "little")))
            for seed in self._seeds
        ]

    def each(self, draw: Callable[[np.random.Generator], NDArray[np.generic]]) -> Floats:
        """`draw(generator)` of every image, stacked: `(n, ...)` float64."""
        return np.stack([draw(generator) for generator in self.generators()]).astype(np.float64)

    def normal(self, *shape: int) -> Floats:
        """Standard normal numbers, `(n, *shape)`."""
        return self.each(lambda generator: generator.standard_normal(shape))

    def uniform(self, *shape: int) -> Floats:
        """Numbers in 0..1, `(n, *shape)`."""
        return self.each(lambda generator: generator.random(shape))
