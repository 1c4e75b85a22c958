"""Thumbnails as a report holds them, and with a map of what a network looked at."""

import io
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_COLOURS = 64  # of a PNG that is not gray, which halves it
_OPACITY = 0.65  # of the map where it is highest


def compact(png: bytes) -> bytes:
    """The same picture with fewer colours; a gray one is not changed."""
    with Image.open(io.BytesIO(png), formats=("PNG",)) as opened:
        return png if opened.mode == "L" else _saved(opened.convert("RGB"))


def overlaid(png: bytes, grid: NDArray[np.uint8]) -> bytes:
    """The picture in gray under a map of heat: the higher a value the more of its colour is seen.

    Args:
        png: the picture.
        grid: `(gh, gw)` over the whole of it, interpolated between the middles of its cells.
    """
    with Image.open(io.BytesIO(png), formats=("PNG",)) as opened:
        picture = np.asarray(opened.convert("L"), dtype=np.float64)
    height, width = picture.shape[:2]
    heat = np.asarray(Image.fromarray(grid).resize((width, height), Image.Resampling.BILINEAR))
    opacity = _OPACITY * heat[..., None] / 255
    mixed = (1 - opacity) * picture[..., None] + opacity * _heat_colours()[heat]
    return _saved(Image.fromarray(np.rint(mixed).astype(np.uint8)))


@cache
def _heat_colours() -> NDArray[np.float64]:
    """`(256, 3)` of the map inferno, whose lightness alone says how high a value is."""
    from matplotlib import colormaps

    colours: NDArray[np.float64] = 255 * colormaps["inferno"](np.arange(256))[:, :3]
    return colours


def _saved(picture: Image.Image) -> bytes:
    few = picture.quantize(_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    few.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
