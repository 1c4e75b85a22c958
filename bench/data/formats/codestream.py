"""What a compressed picture says of itself before it is expanded: JPEG, JPEG-LS and JPEG 2000."""

from dataclasses import dataclass
from typing import Literal

_JPEG = {0xC0: "baseline", 0xC1: "extended", 0xC2: "progressive", 0xC3: "lossless", 0xF7: "ls"}
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
_SOS = 0xDA

Colours = Literal["RGB", "YCbCr", ""]


@dataclass(frozen=True)
class Codestream:
    """The header of a compressed picture.

    Attributes:
        coding: "baseline", "extended", "progressive", "lossless", "ls" or "jpeg2000".
        height, width: px.
        samples: per pixel.
        precision: bits of a sample.
        signed: whether samples may be negative.
        colours: of three samples, as markers, names of components or sub-sampling tell; "" where
            they do not.
    """

    coding: str
    height: int
    width: int
    samples: int
    precision: int
    signed: bool = False
    colours: Colours = ""


def header(data: bytes) -> Codestream | None:
    """The header of a picture, None if it is of none of these kinds, or broken.

    >>> header(b"no picture") is None
    True
    """
    if data[:2] == b"\xff\xd8":
        return _jpeg(data)
    start = data[:65536].find(b"\xff\x4f\xff\x51")  # in a JP2 file boxes stand before it
    if start >= 0:
        return _jpeg2000(data[start:])
    return None


def _jpeg(data: bytes) -> Codestream | None:
    at, jfif, adobe = 2, False, -1
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        if marker in _JPEG:
            return _frame(_JPEG[marker], body, jfif, adobe)
        if marker == _SOS or length < 2:
            return None
        jfif |= marker == 0xE0 and body[:5] == b"JFIF\0"
        if marker == 0xEE and body[:5] == b"Adobe" and len(body) >= 12:
            adobe = body[11]
        at += 2 + length
    return None


def _frame(coding: str, body: bytes, jfif: bool, adobe: int) -> Codestream | None:
    if len(body) < 6 or len(body) < 6 + 3 * body[5]:
        return None
    samples = body[5]
    names = bytes(body[6 + 3 * i] for i in range(samples))
    sampling = [body[7 + 3 * i] for i in range(samples)]
    colours: Colours = ""
    if samples == 3:
        if adobe >= 0:
            colours = "YCbCr" if adobe == 1 else "RGB"
        elif jfif or sampling[1:] != sampling[:1] * 2:
            colours = "YCbCr"
        elif names in (b"RGB", b"rgb"):
            colours = "RGB"
    return Codestream(
        coding=coding,
        height=int.from_bytes(body[1:3], "big"),
        width=int.from_bytes(body[3:5], "big"),
        samples=samples,
        precision=body[0],
        colours=colours,
    )


def _jpeg2000(data: bytes) -> Codestream | None:
    if len(data) < 43:
        return None
    right, bottom, left, top = (int.from_bytes(data[i : i + 4], "big") for i in (8, 12, 16, 20))
    samples = int.from_bytes(data[40:42], "big")
    depth = data[42]
    return Codestream(
        coding="jpeg2000",
        height=bottom - top,
        width=right - left,
        samples=samples,
        precision=(depth & 0x7F) + 1,
        signed=bool(depth & 0x80),
    )
