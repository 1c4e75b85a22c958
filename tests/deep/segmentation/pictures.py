"""Small images whose segmentation is known."""

import numpy as np


def discs(n=12, shape=(32, 32), channels=1, *, empty=(), classes=2, seed=0):
    """Noisy bright discs: images (n, h, w, c) and classes (n, h, w), of three also a core.

    The rows in `empty` have no disc.
    """
    rng = np.random.default_rng(seed)
    row, column = np.mgrid[: shape[0], : shape[1]]
    targets = np.zeros((n, *shape), np.uint8)
    for i in range(n):
        if i not in empty:
            middle, radius = rng.uniform(0.35, 0.65, 2) * shape, rng.uniform(0.2, 0.3) * min(shape)
            distance = np.hypot(row - middle[0], column - middle[1])
            targets[i][distance <= radius] = 1
            if classes == 3:
                targets[i][distance <= radius / 2] = 2
    level = np.array([100, 170, 240])[targets][..., None]
    noise = rng.normal(0, 12, (n, *shape, channels))
    return np.clip(level + noise, 0, 255).astype(np.uint8), targets


def dice(found, truth):
    """Mean Dice over images of two stacks of masks; 1 where both are empty."""
    found, truth = found.astype(bool), truth.astype(bool)
    total = found.sum((1, 2)) + truth.sum((1, 2))
    both = (found & truth).sum((1, 2))
    return float(np.where(total > 0, 2 * both / np.maximum(total, 1), 1.0).mean())
