"""What saving an image does to it.

Each function takes images `(n, h, w, c)` float64 from 0 to 255 without a mask, a level, and draws,
which it does not need.
"""

from io import BytesIO

import numpy as np
from PIL import Image

from bench.data.corruptions.draws import Draws, Floats
from bench.data.corruptions.lengths import across


def jpeg(images: Floats, quality: float, draws: Draws) -> Floats:  # noqa: ARG001
    """Saved as JPEG of that quality, 1 to 100, and read again."""
    return np.stack([_saved(image, round(quality)) for image in images.astype(np.uint8)])


def _saved(image: "np.typing.NDArray[np.uint8]", quality: int) -> Floats:
    buffer = BytesIO()
    Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).save(
        buffer, "JPEG", quality=quality
    )
    with Image.open(buffer) as read:
        return np.asarray(read, np.float64).reshape(image.shape)


def pixelate(images: Floats, number: float, draws: Draws) -> Floats:  # noqa: ARG001
    """Averaged to `number` pixels along the shorter side, and enlarged to what it was."""
    h, w = images.shape[1:3]
    block = min(h, w) / across(number, images.shape)
    rows, columns = _blocks(h, block), _blocks(w, block)
    turned = np.moveaxis(images, 3, 1)  # (n, c, h, w)
    blocked: Floats = np.moveaxis(rows @ turned @ columns.T, 1, 3)
    return blocked


def _blocks(side: int, block: float) -> Floats:
    """`(side, side)` weights that average a line over blocks and enlarge it again.

    A pixel that lies in two blocks gives to each what lies in it, and takes so from each.
    """
    few = max(1, round(side / block))
    edges = np.linspace(0, side, few + 1)
    pixels = np.arange(side)
    inside = np.minimum(pixels[None, :] + 1, edges[1:, None]) - np.maximum(
        pixels[None, :], edges[:-1, None]
    )
    share = np.clip(inside, 0, None)  # (few, side): of each pixel in each block
    weights: Floats = share.T @ (share / share.sum(axis=1, keepdims=True))
    return weights
