"""Small images whose segmentation is known."""

import numpy as np


def discs(n=10, side=40, channels=1, *, dark=False, empty=(), seed=0):
    """Noisy discs on a noisy ground: images (n, h, w, c) and masks (n, h, w).

    The rows in `empty` have no disc.
    """
    rng = np.random.default_rng(seed)
    row, column = np.mgrid[:side, :side]
    masks = np.zeros((n, side, side), np.uint8)
    for i in range(n):
        if i not in empty:
            middle, radius = rng.uniform(0.35, 0.65, 2) * side, rng.uniform(0.15, 0.25) * side
            masks[i] = (row - middle[0]) ** 2 + (column - middle[1]) ** 2 <= radius**2
    level = np.where(masks == 1, 60 if dark else 180, 120)[..., None]
    noise = rng.normal(0, 15, (n, side, side, channels))
    return np.clip(level + noise, 0, 255).astype(np.uint8), masks


def cells(n=10, side=40, seed=0):
    """Dark nuclei (class 2) in brighter cells (1) on a bright ground (0), RGB."""
    rng = np.random.default_rng(seed)
    row, column = np.mgrid[:side, :side]
    classes = np.zeros((n, side, side), np.uint8)
    for i in range(n):
        middle, radius = rng.uniform(0.4, 0.6, 2) * side, rng.uniform(0.25, 0.35) * side
        distance = np.hypot(row - middle[0], column - middle[1])
        classes[i][distance <= radius] = 1
        classes[i][distance <= radius / 2] = 2
    colours = np.array([[230, 230, 230], [180, 150, 200], [90, 40, 130]])
    images = colours[classes] + rng.normal(0, 8, (n, side, side, 3))
    return np.clip(images, 0, 255).astype(np.uint8), classes


def vessels(n=6, side=64, channels=1, *, bright=False, seed=0):
    """Wavy lines of 3 px: images (n, h, w, c) and masks (n, h, w)."""
    rng = np.random.default_rng(seed)
    row, column = np.mgrid[:side, :side]
    masks = np.zeros((n, side, side), np.uint8)
    for i in range(n):
        for _ in range(3):
            way = rng.uniform(0.1, 0.9) * side + 4 * np.sin(column / rng.uniform(6, 10))
            masks[i] |= np.abs(row - way) <= 1.5
    level = np.where(masks == 1, 170 if bright else 70, 120)[..., None]
    images = level + rng.normal(0, 8, (n, side, side, channels))
    return np.clip(images, 0, 255).astype(np.uint8), masks


def dice(found, truth):
    """Mean Dice over images of two stacks of masks; 1 where both are empty."""
    found, truth = found.astype(bool), truth.astype(bool)
    total = found.sum((1, 2)) + truth.sum((1, 2))
    both = (found & truth).sum((1, 2))
    return float(np.where(total > 0, 2 * both / np.maximum(total, 1), 1.0).mean())
