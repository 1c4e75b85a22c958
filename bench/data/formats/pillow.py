"""What Pillow reads: PNG, JPEG, JPEG 2000, GIF, BMP, WebP, and TIFF of 8 bits.

Of 16-bit colour Pillow keeps 8 bits; PNG and JPEG 2000 of that kind are read with imagecodecs, and
so is JPEG of 12 bits, which Pillow does not know.
"""

import warnings
import zlib
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from bench.data.formats.codestream import header
from bench.data.formats.picture import MOST_PIXELS, Part, Picture, chosen_frame, refuse_too_large
from bench.protocol.errors import DataError, reason

_PAGED = frozenset({"TIFF", "PNG", "WEBP", "GIF"})  # formats that may hold several pictures
_TOO_LARGE = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_ORIENTATION = 274
_TURNS = {  # orientation of EXIF → quarter turns to the left, after which columns are reversed
    2: (0, True),
    3: (2, False),
    4: (2, True),
    5: (3, True),
    6: (3, False),
    7: (1, True),
    8: (1, False),
}


def by_pillow(path: Path, data: bytes, part: Part) -> Picture:
    """One picture of a file, upright by its EXIF orientation, without transparency.

    Raises:
        DataError: if it is broken, has several pictures of which none is chosen, or is of a kind
            that is not supported.
    """
    _told_not_to_warn()
    try:
        with Image.open(BytesIO(data)) as opened:
            refuse_too_large(path, opened.width * opened.height)
            _turn_to(path, opened, part)
            if opened.format == "PNG":
                _refuse_damaged_png(path, data)
            kind = (opened.format or path.suffix[1:]).lower()
            deep = _deep(path, data, opened)
            if deep is not None:
                turned = _orientation(opened) if opened.format == "PNG" else 1
                return Picture(deep, kind, orientation=turned)
            opened.load()
            turned = _orientation(opened)
            picture = ImageOps.exif_transpose(opened)
            tables = getattr(opened, "quantization", None) or {}
            coarseness = sum(map(sum, tables.values()))
            pixels = _gray_or_rgb(path, picture)
            return Picture(pixels, kind, orientation=turned, coarseness=coarseness)
    except DataError:
        raise
    except _TOO_LARGE:
        raise DataError(
            f"{path}: refused, it has more than {MOST_PIXELS / 1e6:,.0f} million pixels. Save it "
            "smaller, or cut tiles."
        ) from None
    except Exception as error:  # of a broken file Pillow raises errors of any kind
        if (deep := _jpeg_of_12_bits(path, data)) is not None:
            return Picture(deep, "jpeg")
        unknown = isinstance(error, UnidentifiedImageError)  # its text names an object in memory
        text = "of no known format" if unknown else reason(error)
        raise DataError(
            f"{path}: cannot be read as an image ({text}). Replace or remove it."
        ) from None


def alpha(data: bytes, part: Part) -> NDArray[np.uint8] | None:
    """The transparency `(h, w)` of a picture that Pillow reads, None where it has none."""
    try:
        with Image.open(BytesIO(data)) as opened:
            if part.frame is not None and part.frame > 1:
                opened.seek(part.frame - 1)
            if "A" not in opened.getbands() and "transparency" not in opened.info:
                return None
            picture = ImageOps.exif_transpose(opened)
            return np.asarray(picture.convert("RGBA"))[..., 3]
    except Exception:
        return None  # reading the colours says what is wrong


def pages(data: bytes) -> int:
    """How many pictures a file of Pillow's holds, 0 if it is none."""
    try:
        with Image.open(BytesIO(data)) as opened:
            return int(getattr(opened, "n_frames", 1))
    except Exception:
        return 0  # reading it says what is wrong


def upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """An image `(h, w)` or `(h, w, 3)` turned as EXIF's orientation, 1 to 8, says.

    >>> upright(np.array([[1, 2], [3, 4]]), 6).tolist()
    [[3, 1], [4, 2]]
    """
    turns, reversed_ = _TURNS.get(orientation, (0, False))
    turned = np.rot90(pixels, turns)
    return np.ascontiguousarray(turned[:, ::-1] if reversed_ else turned)


def _orientation(opened: Any) -> int:
    """EXIF's, 1 where it says nothing or nothing that is known."""
    found = opened.getexif().get(_ORIENTATION, 1)
    return int(found) if found in _TURNS else 1


@cache
def _told_not_to_warn() -> None:
    warnings.filterwarnings("ignore", module=r"PIL\b", category=UserWarning)


def _turn_to(path: Path, opened: Any, part: Part) -> None:
    several = getattr(opened, "n_frames", 1) if opened.format in _PAGED else 1
    frame = chosen_frame(path, several, part)
    if frame:
        opened.seek(frame)
        refuse_too_large(path, opened.width * opened.height)


def _refuse_damaged_png(path: Path, data: bytes) -> None:
    """Refuse a PNG of which a checksum differs; Pillow does not look at that of the last pixels."""
    at = 8
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        if kind in (b"IHDR", b"PLTE", b"IDAT"):
            if zlib.crc32(data[at + 4 : end]).to_bytes(4, "big") != data[end : end + 4]:
                raise DataError(
                    f"{path}: cannot be read as an image (the checksum of a part differs). "
                    "Replace or remove it."
                )
        elif kind == b"IEND":
            return
        at = end + 4


def _deep(path: Path, data: bytes, opened: Any) -> NDArray[np.uint16] | None:
    """Pixels of more than 8 bits of which Pillow would keep 8, None of any others."""
    if opened.format == "PNG" and data[24] == 16 and data[25] in (2, 4, 6):
        if getattr(opened, "n_frames", 1) > 1:
            raise DataError(f"{path}: animated PNG of 16-bit colour is not supported.")
        opened.load()  # which refuses what libpng only warns of
        return _expanded(path, data, "png_decode", opened.getexif().get(_ORIENTATION, 1))
    if opened.format == "JPEG2000":
        about = header(data)
        if about is not None and about.signed:
            raise DataError(
                f"{path}: has values below 0, which are not supported; save it without a sign."
            )
        if about is not None and about.precision > 8:
            return _expanded(path, data, "jpeg2k_decode", 1)
    return None


def _jpeg_of_12_bits(path: Path, data: bytes) -> NDArray[np.uint16] | None:
    about = header(data)
    if about is None or about.coding not in ("extended", "progressive") or about.precision != 12:
        return None
    refuse_too_large(path, about.height * about.width)
    return _expanded(path, data, "jpeg_decode", 1)


def _expanded(path: Path, data: bytes, codec: str, orientation: int) -> NDArray[np.uint16]:
    import imagecodecs

    try:
        more = {"bitspersample": 12} if codec == "jpeg_decode" else {}
        values = np.asarray(getattr(imagecodecs, codec)(data, **more))
    except Exception as error:  # of each codec an error of its own
        raise DataError(
            f"{path}: cannot be read as an image ({reason(error)}). Replace or remove it."
        ) from None
    if values.dtype != np.uint16 or values.ndim not in (2, 3):
        raise DataError(f"{path}: pixels of the type {values.dtype} are not supported.")
    if values.ndim == 3:  # gray or colours, then transparency
        values = values[..., 0] if values.shape[2] < 3 else values[..., :3]
    return upright(values, orientation)


def _gray_or_rgb(path: Path, picture: Any) -> NDArray[np.uint8] | NDArray[np.uint16]:
    if picture.mode in ("L", "RGB"):
        return np.asarray(picture)
    if picture.mode in ("1", "LA", "La"):
        return np.asarray(picture.convert("LA").convert("L") if picture.mode == "La" else
                          picture.convert("L"))  # fmt: skip
    if picture.mode.startswith("I"):
        return _in_16_bits(path, np.asarray(picture))
    if picture.mode == "F":
        raise DataError(f"{path}: floating-point pixels are not supported; save it as 8 or 16 bit.")
    if picture.mode in ("LAB", "HSV"):
        raise DataError(f"{path}: {picture.mode} colours are not supported; save it as RGB.")
    if picture.mode in ("P", "PA"):
        picture = picture.convert("RGBA")
    return np.asarray(picture.convert("RGB"))


def _in_16_bits(path: Path, values: NDArray[Any]) -> NDArray[np.uint16]:
    if values.min() < 0 or values.max() > 65535:
        raise DataError(f"{path}: its values do not fit 16 bits; save it as 8 or 16 bit.")
    return values.astype(np.uint16)
