"""Texture matrices and their descriptors as the definitions are written, slowly."""

import numpy as np
from numpy.typing import NDArray

from tests.baselines.analytic import analytic_images

STEPS = ((0, 1), (1, 1), (1, 0), (1, -1))
NEIGHBOURS = tuple((a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if (a, b) != (0, 0))


def random_regions(levels: int) -> NDArray[np.uint8]:
    """Images of levels ``(8, 13, 17) uint8``: noise and patches, in random regions and in none."""
    rng = np.random.default_rng(5)
    noise = rng.integers(1, levels + 1, (4, 13, 17))
    coarse = rng.integers(1, levels + 1, (4, 5, 6)).repeat(3, axis=1).repeat(3, axis=2)
    images = np.concatenate([noise, coarse[:, :13, :17]])
    images[2:] *= rng.random((6, 13, 17)) < np.array([0.9, 0.3, 1, 0.9, 0.7, 0.05])[:, None, None]
    return images.astype(np.uint8)


def analytic_levels(levels: int) -> NDArray[np.uint8]:
    """Levels ``(4, 32, 32) uint8`` of the red channel of the analytic images, in their masks."""
    images = np.stack(list(analytic_images().values()))
    return ((images[..., 0].astype(int) * levels // 256 + 1) * images[..., 3]).astype(np.uint8)


def pixels_of(image):
    """Level of each pixel of the region, by its position."""
    return {position: int(level) for position, level in np.ndenumerate(image) if level > 0}


def size_descriptors(pairs: list[tuple[int, int]], pixels: int) -> dict[str, float]:
    """Descriptors of the matrix of counted (level, size) pairs."""
    i, j = np.array(sorted(set(pairs)), dtype=float).T
    c = np.array([pairs.count(pair) for pair in sorted(set(pairs))], dtype=float)
    n = c.sum()
    p = c / n
    by_level = np.array([c[i == level].sum() for level in np.unique(i)])
    by_size = np.array([c[j == size].sum() for size in np.unique(j)])
    return {
        "small_emphasis": np.sum(p / j**2),
        "large_emphasis": np.sum(p * j**2),
        "low_level_emphasis": np.sum(p / i**2),
        "high_level_emphasis": np.sum(p * i**2),
        "small_low_level_emphasis": np.sum(p / i**2 / j**2),
        "small_high_level_emphasis": np.sum(p * i**2 / j**2),
        "large_low_level_emphasis": np.sum(p * j**2 / i**2),
        "large_high_level_emphasis": np.sum(p * i**2 * j**2),
        "level_nonuniformity": np.sum(by_level**2) / n,
        "level_nonuniformity_normalised": np.sum(by_level**2) / n**2,
        "size_nonuniformity": np.sum(by_size**2) / n,
        "size_nonuniformity_normalised": np.sum(by_size**2) / n**2,
        "percentage": n / pixels,
        "level_variance": np.sum((i - np.sum(i * p)) ** 2 * p),
        "size_variance": np.sum((j - np.sum(j * p)) ** 2 * p),
        "entropy": -np.sum(p * np.log2(p)),
        "energy": np.sum(p**2),
    }
