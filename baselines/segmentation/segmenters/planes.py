"""Single planes of an image in which something may be brighter or darker than the rest."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from baselines.segmentation.pixels.multiscale import colour_planes, luma

GRAY = ("gray",)
COLOUR = ("gray", "green", "red_share", "blue_share", "saturation")


def plane_names(channels: int) -> tuple[str, ...]:
    """Of images of 1 or 3 channels."""
    return COLOUR if channels == 3 else GRAY


def plane(image: NDArray[np.uint8], name: str, smoothing: float) -> NDArray[np.float32]:
    """A plane ``(h, w) float32`` in 0..1 of an image ``(h, w, 1 or 3)``.

    Args:
        image: the image.
        name: one of `COLOUR`.
        smoothing: standard deviation of a Gaussian, in parts of the shorter side.
    """
    if name == "gray":
        values = luma(image)
    elif name == "green":
        values = image[..., 1].astype(np.float32) / np.float32(255)
    else:
        values = colour_planes(image)[COLOUR.index(name) - 2]
    if smoothing:
        sigma = smoothing * min(values.shape)
        values = ndimage.gaussian_filter(values, sigma, mode="nearest", truncate=3.0)
    return values
