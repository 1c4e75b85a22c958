"""Image files → 8-bit arrays of one size."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from bench.errors import DataError
from bench.sources import medical

PILLOW_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"})

_UNREADABLE = (OSError, UnidentifiedImageError, SyntaxError, ValueError)


def is_image(path: Path) -> bool:
    """Whether the file's name says that it is an image that can be read."""
    return path.suffix.lower() in PILLOW_SUFFIXES or medical.is_medical(path)


def bits_used(path: Path) -> int:
    """Bits that the values of an image take: 8, or 9 to 16 for gray images of 16 bits.

    Cameras and scanners often store 10 or 12 bits in 16. Broken files count as 8; `decode` names
    them.
    """
    if path.suffix.lower() not in PILLOW_SUFFIXES:
        return 8
    try:
        with Image.open(path) as opened:
            if not opened.mode.startswith("I"):
                return 8
            return min(max(int(np.asarray(opened).max()).bit_length(), 8), 16)
    except (*_UNREADABLE, Image.DecompressionBombError):
        return 8


def decode(path: Path, bits: int = 16) -> NDArray[np.uint8]:
    """The pixels of an image file, upright by its EXIF orientation, `(h, w)` or `(h, w, 3)` uint8.

    Transparency is dropped.

    Args:
        path: the file.
        bits: of a 16-bit image, how many bits are in use; the upper 8 of them are kept. It must be
            the same for all images of a data set, so that their brightness stays comparable.

    Raises:
        DataError: if the file is missing, broken, or of a kind that is not supported.
    """
    if not path.is_file():
        raise DataError(f"{path}: there is no such file.")
    if medical.is_medical(path):
        return medical.decode(path)
    try:
        with Image.open(path) as opened:
            opened.load()
            picture = ImageOps.exif_transpose(opened)
    except Image.DecompressionBombError as error:
        raise DataError(
            f"{path}: refused, it is larger than an image should be ({error})."
        ) from None
    except _UNREADABLE as error:
        raise DataError(
            f"{path}: cannot be read as an image ({error}). Replace or remove it."
        ) from None
    if picture.mode in ("L", "RGB"):
        return np.asarray(picture)
    if picture.mode in ("1", "LA"):
        return np.asarray(picture.convert("L"))
    if picture.mode.startswith("I"):
        return _from_16_bit(path, np.asarray(picture), bits)
    if picture.mode == "F":
        raise DataError(f"{path}: floating-point pixels are not supported; save it as 8 or 16 bit.")
    if picture.mode == "P":
        picture = picture.convert("RGBA")
    return np.asarray(picture.convert("RGB"))


def gray_if_equal(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The image as `(h, w)` where its three channels are equal, else unchanged."""
    if pixels.ndim == 3 and (pixels == pixels[..., :1]).all():
        return pixels[..., 0]
    return pixels


def letterbox(pixels: NDArray[np.uint8], size: int, smooth: bool = True) -> NDArray[np.uint8]:
    """The image scaled to fit a square of `size` px, the rest black; the aspect ratio is kept.

    Args:
        pixels: `(h, w)` or `(h, w, 3)`.
        size: side of the square.
        smooth: area-weighted bilinear interpolation; False takes the nearest pixel, for masks.
    """
    h, w = pixels.shape[:2]
    scale = size / max(h, w)
    height, width = max(1, round(h * scale)), max(1, round(w * scale))
    how = Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST
    resized = np.asarray(Image.fromarray(pixels).resize((width, height), how))
    boxed = np.zeros((size, size, *pixels.shape[2:]), dtype=np.uint8)
    top, left = (size - height) // 2, (size - width) // 2
    boxed[top : top + height, left : left + width] = resized
    return boxed


def _from_16_bit(path: Path, values: NDArray[np.int32], bits: int) -> NDArray[np.uint8]:
    if values.min() < 0 or values.max() > 65535:
        raise DataError(f"{path}: its values do not fit 16 bits; save it as 8 or 16 bit.")
    levels: NDArray[np.uint8] = np.minimum(values >> (bits - 8), 255).astype(np.uint8)
    return levels
