"""The size at which pixels are described, and the way there and back."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WANTED_WIDTH = 12.0
"""How wide the structures of the narrowest class are left, px."""

LEAST_SIDE = 96
"""Longer side below which nothing is scaled down, px."""

_SAMPLE = 100  # images whose classes are measured


def class_width(targets: NDArray[np.uint8]) -> float | None:
    """Width of the structures of the narrowest class but the background, px.

    Twice the area over the length of the outline, of pixel edges: the width of a band.

    Args:
        targets: ``(n, h, w)``.

    Returns:
        None where all is background.
    """
    widths = []
    for label in range(1, int(targets.max(initial=0)) + 1):
        inside = np.pad(targets == label, ((0, 0), (1, 1), (1, 1)))
        edges = (inside[:, 1:] != inside[:, :-1]).sum() + (
            inside[..., 1:] != inside[..., :-1]
        ).sum()
        if edges:
            widths.append(2 * float(inside.sum()) / float(edges))
    return min(widths, default=None)


def working_scale(targets: NDArray[np.uint8]) -> float:
    """By how much images are scaled down, so that pixels are few and filters reach far; at most 1.

    A lesion is found at `LEAST_SIDE`, a vessel of three pixels only where nothing is scaled. What
    is narrow is asked of a hundred images of the training part ``(n, h, w)``.
    """
    longer = max(targets.shape[1:])
    rows = np.unique(np.linspace(0, len(targets) - 1, _SAMPLE).astype(np.intp))
    width = class_width(targets[rows])
    if width is None or longer <= LEAST_SIDE:
        return 1.0
    side = math.ceil(longer * WANTED_WIDTH / width / 32) * 32
    return float(min(longer, max(LEAST_SIDE, side)) / longer)


def chosen_scale(scale: float | str, targets: NDArray[np.uint8]) -> float:
    """`working_scale` for "auto", else the scale itself.

    Raises:
        ValueError: if it is neither "auto" nor above 0 and at most 1.
    """
    if scale == "auto":
        return working_scale(targets)
    if isinstance(scale, str) or not 0 < scale <= 1:
        raise ValueError(f"scale must be 'auto' or above 0 and at most 1, not {scale!r}")
    return float(scale)


def scaled_shape(shape: tuple[int, int], scale: float) -> tuple[int, int]:
    """Height and width times a scale, at least 8 px unless they were less before."""
    height, width = (max(min(8, side), round(side * scale)) for side in shape)
    return height, width


def scaled_image(image: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """An image ``(h, w, c)`` in another height and width, averaged where it shrinks."""
    if image.shape[:2] == shape:
        return image
    channels = [
        Image.fromarray(np.ascontiguousarray(image[..., k])).resize(
            (shape[1], shape[0]), Image.Resampling.BILINEAR
        )
        for k in range(image.shape[2])
    ]
    return np.stack([np.asarray(channel) for channel in channels], axis=-1)


def scaled_targets(targets: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Classes ``(h, w)`` of the nearest pixels."""
    if targets.shape == shape:
        return targets
    image = Image.fromarray(np.ascontiguousarray(targets))
    return np.asarray(image.resize((shape[1], shape[0]), Image.Resampling.NEAREST))


def scaled_probabilities(
    probabilities: NDArray[np.float32], shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Probabilities ``(h, w, k)`` in another height and width, bilinear."""
    if probabilities.shape[:2] == shape:
        return probabilities
    planes = [
        Image.fromarray(np.ascontiguousarray(probabilities[..., k])).resize(
            (shape[1], shape[0]), Image.Resampling.BILINEAR
        )
        for k in range(probabilities.shape[2])
    ]
    return np.stack([np.asarray(plane, dtype=np.float32) for plane in planes], axis=-1)
