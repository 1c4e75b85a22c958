"""How an image of any sides becomes one of given sides."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.protocol.preprocessing import Resize

DONE = {"letterbox": "letterboxed", "squash": "squashed", "crop": "cropped at the centre"}
"""What the card of a data set says of each policy."""

Pixels = NDArray[np.uint8]


def fit(picture: Pixels, shape: tuple[int, int], how: Resize, smooth: bool = True) -> Pixels:
    """The image `(h, w)` or `(h, w, 3)` scaled; letterboxed ones still without their borders.

    Args:
        picture: the image.
        shape: height and width to be reached.
        how: the policy.
        smooth: area-weighted bilinear interpolation; False takes the nearest pixel, for masks.
    """
    h, w = picture.shape[:2]
    height, width = shape
    if how == "crop":
        scale = max(height / h, width / w)
        rows, cols = min(h, round(height / scale)), min(w, round(width / scale))
        top, left = (h - rows) // 2, (w - cols) // 2
        picture = picture[top : top + max(rows, 1), left : left + max(cols, 1)]
    elif how == "letterbox":
        scale = min(height / h, width / w)
        height, width = max(1, round(h * scale)), max(1, round(w * scale))
    if picture.shape[:2] == (height, width):
        return picture
    sampling = Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST
    source = Image.fromarray(np.ascontiguousarray(picture))
    return np.asarray(source.resize((width, height), sampling))


def pad(picture: Pixels, shape: tuple[int, int]) -> Pixels:
    """The image in the middle of a black one of the given height and width."""
    h, w = picture.shape[:2]
    if (h, w) == shape:
        return picture
    boxed = np.zeros((*shape, *picture.shape[2:]), dtype=np.uint8)
    top, left = (shape[0] - h) // 2, (shape[1] - w) // 2
    boxed[top : top + h, left : left + w] = picture
    return boxed
