"""TIFF files → pictures.

Pillow reads what it reads rightly: 8 bits and fewer, interleaved. Everything else is read with
tifffile, since Pillow takes signed bytes for unsigned ones, forgets that white is 0 in 16-bit
files of low byte first, and mixes up the planes and bytes of 16-bit colour.
"""

import logging
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL.TiffImagePlugin import COMPRESSION_INFO

from bench.data.formats.picture import Part, Picture, chosen_frame, refuse_too_large
from bench.data.formats.pillow import by_pillow, upright
from bench.data.formats.quiet import quiet
from bench.protocol.errors import DataError, reason

_WHITE_IS_0, _BLACK_IS_0, _RGB, _PALETTE, _CMYK, _YCBCR = 0, 1, 2, 3, 5, 6
_COLOURS = {_WHITE_IS_0: 1, _BLACK_IS_0: 1, _RGB: 3, _PALETTE: 1, _CMYK: 4}
_OF_PILLOW = (_WHITE_IS_0, _BLACK_IS_0, _RGB, _PALETTE, _CMYK, _YCBCR)
_FORMATS = {1: "u", 2: "i", 3: "f", 4: "u"}
_ORIENTATION = 274


def tiff(path: Path, data: bytes, part: Part) -> Picture:
    """One page of a TIFF file.

    Raises:
        DataError: if it is broken, has several pages of which none is chosen, or is of a kind that
            is not supported: floating point, values below 0, colours other than gray, RGB, CMYK,
            YCbCr and palettes.
    """
    try:
        with _reader().TiffFile(BytesIO(data)) as opened:
            page: Any = opened.pages[chosen_frame(path, len(opened.pages), part)]
            refuse_too_large(path, int(page.imagewidth) * int(page.imagelength))
            if _pillow_knows(page):
                _refuse_compression(path, page)
                with quiet():
                    return by_pillow(path, data, part)
            _refuse_others(path, page)
            values, table = page.asarray(), page.colormap
            tag = page.tags.get(_ORIENTATION)
            turned = 1 if tag is None else int(tag.value)
            pixels = upright(_pixels(path, values, page, table), turned)
            return Picture(pixels, "tiff", orientation=turned)
    except DataError:
        raise
    except Exception as error:  # a broken file can raise errors of many kinds
        raise DataError(
            f"{path}: cannot be read as an image ({reason(error)}). Replace or remove it."
        ) from None


@cache
def _reader() -> Any:
    """tifffile, which is told not to write about broken files to the terminal."""
    import tifffile

    logging.getLogger("tifffile").disabled = True
    return tifffile


def _bits(page: Any) -> int:
    bits = page.bitspersample
    return int(max(bits) if isinstance(bits, tuple) else bits)


def _format(page: Any) -> str:
    kind = page.sampleformat
    return _FORMATS.get(int(kind[0] if isinstance(kind, tuple) else kind or 1), "c")


def _pillow_knows(page: Any) -> bool:
    interleaved = int(page.planarconfig) == 1 or page.samplesperpixel == 1
    unsigned = _format(page) == "u" and _bits(page) <= 8
    few = int(page.samplesperpixel) <= 1 + _COLOURS.get(int(page.photometric), 3)
    return unsigned and interleaved and few and int(page.photometric) in _OF_PILLOW


def _refuse_compression(path: Path, page: Any) -> None:
    """Refuse what Pillow would call no image at all."""
    if int(page.compression) not in COMPRESSION_INFO:
        name = getattr(page.compression, "name", "")
        named = f"{name} ({int(page.compression)})" if name else str(int(page.compression))
        raise DataError(
            f"{path}: is a TIFF whose compression, {named}, is not supported. Save it with LZW or "
            "Deflate, without compression, or as PNG."
        )


def _refuse_others(path: Path, page: Any) -> None:
    if _format(page) in "fc":
        raise DataError(f"{path}: floating-point pixels are not supported; save it as 8 or 16 bit.")
    meaning = int(page.photometric)
    if meaning not in _COLOURS:
        name = getattr(page.photometric, "name", meaning)
        raise DataError(f"{path}: colours of the kind {name} are not supported; save it as RGB.")
    extra = int(page.samplesperpixel) - _COLOURS[meaning]
    if extra not in (0, 1):
        raise DataError(
            f"{path}: has {page.samplesperpixel} channels; save the one that counts as gray, or "
            "three as RGB."
        )
    if int(page.imagedepth) != 1:
        raise DataError(f"{path}: is a volume; save its slices as pages.")


def _pixels(
    path: Path, values: NDArray[Any], page: Any, table: NDArray[Any] | None
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    shape = (int(page.imagelength), int(page.imagewidth), int(page.samplesperpixel))
    if shape[2] > 1 and int(page.planarconfig) == 2:
        values = np.moveaxis(values.reshape(shape[2], *shape[:2]), 0, 2)
    values = values.reshape(shape)[..., : _COLOURS[int(page.photometric)]]
    if values.dtype.kind not in "uib":
        raise DataError(f"{path}: pixels of the type {values.dtype} are not supported.")
    meaning, full = int(page.photometric), (1 << _bits(page)) - 1
    if values.dtype.kind == "i" and values.min() < 0:
        raise DataError(
            f"{path}: has values below 0, which are not supported; save it as 8 or 16 bit without "
            "a sign."
        )
    if meaning == _WHITE_IS_0:
        if values.dtype.kind == "i":
            full >>= 1
        values = full - values.astype(np.int64)
    if meaning == _PALETTE:
        return _coloured(path, values[..., 0], table)
    if meaning == _CMYK:
        values = _of_inks(values, full)
    if values.max() > 65535:
        raise DataError(f"{path}: its values do not fit 16 bits; save it as 8 or 16 bit.")
    kept = values.astype(np.uint8 if _bits(page) <= 8 else np.uint16)
    return np.ascontiguousarray(kept[..., 0] if kept.shape[2] == 1 else kept)


def _coloured(path: Path, index: NDArray[Any], table: NDArray[Any] | None) -> NDArray[np.uint8]:
    """Colours of a palette, whose entries have 16 bits; some programs write 8."""
    if table is None or int(index.max()) >= table.shape[1]:
        raise DataError(f"{path}: its palette lacks colours. Replace or remove it.")
    entries = (table >> (8 if int(table.max()) > 255 else 0)).astype(np.uint8)
    return np.ascontiguousarray(np.moveaxis(entries[:, index], 0, 2))


def _of_inks(values: NDArray[Any], full: int) -> NDArray[np.uint16]:
    """CMYK as RGB: (1 - ink) (1 - black)."""
    left = 1.0 - values.astype(np.float64) / full
    return np.rint(full * left[..., :3] * left[..., 3:]).astype(np.uint16)
