"""Brightness, contrast, gamma and saturation.

Each function takes images `(n, h, w, c)` float64 from 0 to 255 without a mask, a level, and draws,
which it does not need.
"""

import numpy as np

from bench.data.corruptions.draws import Draws, Floats

_LUMA = np.array([299, 587, 114]) / 1000  # ITU-R BT.601, as Pillow has it


def brightness(images: Floats, factor: float, draws: Draws) -> Floats:  # noqa: ARG001
    """Values times `factor`."""
    changed: Floats = images * factor
    return changed


def contrast(images: Floats, factor: float, draws: Draws) -> Floats:  # noqa: ARG001
    """Distances from the mean gray level of the image times `factor`."""
    gray = images if images.shape[3] == 1 else images @ _LUMA[:, None]
    middle = np.rint(gray.mean(axis=(1, 2), keepdims=True))
    changed: Floats = middle + factor * (images - middle)
    return changed


def gamma(images: Floats, power: float, draws: Draws) -> Floats:  # noqa: ARG001
    """Values, as shares of the range, to a power: above 1 darker, below brighter."""
    changed: Floats = 255 * (images / 255) ** power
    return changed


def saturation(images: Floats, added: float, draws: Draws) -> Floats:  # noqa: ARG001
    """HSV saturation plus `added`, at most 1; a gray pixel has no hue and stays gray."""
    value = images.max(axis=3, keepdims=True)
    chroma = value - images.min(axis=3, keepdims=True)
    old = chroma / np.maximum(value, 1)
    new = np.minimum(old + added, 1)
    changed: Floats = value - (value - images) * np.where(old > 0, new / np.maximum(old, 1e-9), 1)
    return changed
