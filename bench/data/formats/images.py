"""Image files → arrays of gray levels or colours."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from bench.data.formats import medical
from bench.data.formats.picture import MOST_PIXELS, ONLY, Part, Picture, refuse_too_large
from bench.protocol.errors import DataError, reason

PILLOW_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"})

_LARGEST_FILE = 2 * 10**9  # bytes
_PAGED = frozenset({"TIFF", "PNG", "WEBP"})  # formats that may hold several pictures
_TOO_LARGE = (Image.DecompressionBombError, Image.DecompressionBombWarning)


def is_image(path: Path) -> bool:
    """Whether the file's name, or its first bytes, say that it is an image that can be read."""
    if path.suffix.lower() in PILLOW_SUFFIXES:
        return True
    return medical.is_medical(path)


def decode(path: Path, bits: int = 16, part: Part = ONLY) -> NDArray[np.uint8]:
    """The pixels of an image file, `(h, w)` or `(h, w, 3)`.

    Args:
        path: the file.
        bits: of a 16-bit image, how many bits are in use; the upper 8 of them are kept.
        part: which picture of the file.

    Raises:
        DataError: if the file is missing, broken, or of a kind that is not supported.
    """
    return read(path, file_bytes(path), part).levels(bits)


def file_bytes(path: Path) -> bytes:
    """The content of a file.

    Raises:
        DataError: if it cannot be read.
    """
    try:
        size = path.stat().st_size
        if size > _LARGEST_FILE:
            raise DataError(
                f"{path}: refused, the file has {size / 1e9:.1f} GB; {_LARGEST_FILE / 1e9:.0f} GB "
                "is the most. Save its pictures as files of their own."
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file.") from None
    except (OSError, MemoryError) as error:
        raise DataError(f"{path}: cannot be read ({error}).") from None


def read(path: Path, data: bytes, part: Part = ONLY) -> Picture:
    """The picture in a file, upright by its EXIF orientation, without transparency.

    Args:
        path: the file, for its name.
        data: its content.
        part: which picture of it.

    Raises:
        DataError: if it is broken, too large, or of a kind that is not supported.
    """
    if not data:
        raise DataError(f"{path}: the file is empty. Replace or remove it.")
    kind = medical.kind(path, data)
    if kind == "dicom":
        return medical.dicom(path, data, part)
    if kind == "nifti":
        return medical.nifti(path, data, part)
    if part.axis is not None or part.index is not None:
        raise DataError(f"{path}: axis and index are for NIfTI volumes; this file is none.")
    return _pillow(path, data, part)


def read_mask(path: Path, data: bytes, part: Part = ONLY) -> NDArray[np.bool_]:
    """Where a mask is above 0, `(h, w)`; of several channels where any of them is.

    It is read like its image: the same slice of a volume, and the same frame where the mask has
    several.

    Raises:
        DataError: as `read` does.
    """
    if medical.kind(path, data) == "nifti":
        return medical.nifti_values(path, data, part) > 0
    if part.frame is not None and _pages(data) == 1:
        part = Part()
    drawn = read(path, data, Part(frame=part.frame)).pixels
    inside: NDArray[np.bool_] = drawn > 0
    return inside if inside.ndim == 2 else np.asarray(inside.any(axis=2))


def gray_if_equal(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The image as `(h, w)` where its three channels are equal, else unchanged."""
    if pixels.ndim == 3 and (pixels == pixels[..., :1]).all():
        return np.ascontiguousarray(pixels[..., 0])
    return pixels


def _pillow(path: Path, data: bytes, part: Part) -> Picture:
    try:
        with Image.open(BytesIO(data)) as opened:
            refuse_too_large(path, opened.width * opened.height)
            _turn_to(path, opened, part.frame)
            kind = (opened.format or path.suffix[1:]).lower()
            opened.load()
            picture = ImageOps.exif_transpose(opened)
    except DataError:
        raise
    except _TOO_LARGE:
        raise DataError(
            f"{path}: refused, it has more than {MOST_PIXELS / 1e6:,.0f} million pixels. Save it "
            "smaller, or cut tiles."
        ) from None
    except Exception as error:  # of a broken file Pillow raises errors of any kind
        if path.suffix.lower() in (".tif", ".tiff") and isinstance(error, UnidentifiedImageError):
            return _tiff(path, data, part)
        unknown = isinstance(error, UnidentifiedImageError)  # its text names an object in memory
        text = "of no known format" if unknown else reason(error)
        raise DataError(
            f"{path}: cannot be read as an image ({text}). Replace or remove it."
        ) from None
    return Picture(_gray_or_rgb(path, picture), kind)


def _turn_to(path: Path, opened: Any, frame: int | None) -> None:
    pages = getattr(opened, "n_frames", 1) if opened.format in _PAGED else 1
    _check_frame(path, pages, frame)
    if frame is not None and frame > 1:
        opened.seek(frame - 1)
        refuse_too_large(path, opened.width * opened.height)


def _check_frame(path: Path, pages: int, frame: int | None) -> None:
    if frame is None and pages > 1:
        raise DataError(
            f"{path}: has {pages} frames. Name one in the column 'frame' of a manifest, from 1 "
            f"to {pages}."
        )
    if frame is not None and frame > pages:
        raise DataError(f"{path}: there is no frame {frame}; it has {pages}.")


def _pages(data: bytes) -> int:
    try:
        with Image.open(BytesIO(data)) as opened:
            return int(getattr(opened, "n_frames", 1))
    except Exception:
        return 0  # not a file of Pillow's; reading it says what is wrong


def _gray_or_rgb(path: Path, picture: Any) -> NDArray[np.uint8] | NDArray[np.uint16]:
    if picture.mode in ("L", "RGB"):
        return np.asarray(picture)
    if picture.mode in ("1", "LA"):
        return np.asarray(picture.convert("L"))
    if picture.mode.startswith("I"):
        return _in_16_bits(path, np.asarray(picture))
    if picture.mode == "F":
        raise DataError(f"{path}: floating-point pixels are not supported; save it as 8 or 16 bit.")
    if picture.mode == "P":
        picture = picture.convert("RGBA")
    return np.asarray(picture.convert("RGB"))


def _in_16_bits(path: Path, values: NDArray[Any]) -> NDArray[np.uint16]:
    if values.min() < 0 or values.max() > 65535:
        raise DataError(f"{path}: its values do not fit 16 bits; save it as 8 or 16 bit.")
    return values.astype(np.uint16)


def _tiff(path: Path, data: bytes, part: Part) -> Picture:
    """The kinds of TIFF that Pillow does not know, 16-bit colour above all, of which the upper 8
    bits are kept."""
    import tifffile

    try:
        with tifffile.TiffFile(BytesIO(data)) as opened:
            _check_frame(path, len(opened.pages), part.frame)
            page: Any = opened.pages[(part.frame or 1) - 1]
            refuse_too_large(path, int(np.prod(page.shape[:2])))
            values = page.asarray()
            upside_down = page.photometric == tifffile.PHOTOMETRIC.MINISWHITE
    except DataError:
        raise
    except Exception as error:  # a broken file can raise errors of many kinds
        text = reason(error)
        raise DataError(
            f"{path}: cannot be read as an image ({text}). Replace or remove it."
        ) from None
    if values.dtype.kind not in "u" or values.dtype.itemsize > 2:
        raise DataError(
            f"{path}: pixels of the type {values.dtype} are not supported; save it as 8 or 16 bit."
        )
    if values.ndim == 3 and values.shape[2] >= 3:
        shift = 8 * (values.dtype.itemsize - 1)
        return Picture((values[..., :3] >> shift).astype(np.uint8), "tiff")
    if values.ndim == 3 and values.shape[2] <= 2:
        values = values[..., 0]
    if values.ndim != 2:
        raise DataError(f"{path}: is no image: it has the shape {values.shape}.")
    return Picture(np.iinfo(values.dtype).max - values if upside_down else values, "tiff")
