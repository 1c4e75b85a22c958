"""Which class every pixel of an image is of: as it is true, and as a method says.

A label map is stored as a PNG of 8-bit gray values that are class indices, 0 being the background:
some hundred bytes for a lesion in 256 px. Maps that a method made have the size that it saw; true
ones have the size of their files, and `to_original` brings the former to the latter.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from bench.protocol.errors import ResultsError, reason
from bench.protocol.preprocessing import Resize

MOST_PIXELS = 89_478_485
"""Of one label map; a larger one is refused, since a small file can expand to any size."""

MOST_CLASSES = 255
"""Classes that a label map can tell apart beside the background."""

Map = NDArray[np.uint8]
"""`(h, w)` class indices."""

_START = b"\x89PNG\r\n\x1a\n"
_CHUNKS = frozenset({b"IHDR", b"IDAT", b"IEND"})  # all that `encode` writes


@dataclass(frozen=True, eq=False)
class LabelMaps:
    """What a method makes of the validation and the test cases, pixel by pixel.

    Attributes:
        case_ids: `(n,)` strings.
        split: `(n,)` "val", "test", or "external:NAME" of a further test part.
        pngs: a label map for each, at the size that the method saw; see `decode`.
    """

    case_ids: NDArray[np.str_]
    split: NDArray[np.str_]
    pngs: tuple[bytes, ...]

    def __len__(self) -> int:
        return len(self.pngs)

    def part(self, split: str) -> "LabelMaps":
        """Only the cases of one part, in stored order."""
        rows = np.flatnonzero(self.split == split)
        pngs = tuple(self.pngs[row] for row in rows)
        return LabelMaps(self.case_ids[rows], self.split[rows], pngs)


@dataclass(frozen=True, eq=False)
class Targets:
    """What is true of the validation and the test cases of a data set, pixel by pixel.

    Attributes:
        case_ids: `(n,)` strings.
        split: `(n,)` "val", "test", or "external:NAME" of a further test part. With folds every
            case is tested once and stands here once, as "test"; in which part of a fold it is,
            `LabelMaps` says.
        groups: `(n,)` patient ids as strings, or None.
        pngs: a label map for each, at the size of its file; see `decode`.
        heights, widths: `(n,)` int32, of the file's image, px.
        spacings: `(n, 2)` float64, mm from row to row and from column to column, NaN where it is
            not known.
    """

    case_ids: NDArray[np.str_]
    split: NDArray[np.str_]
    groups: NDArray[np.str_] | None
    pngs: tuple[bytes, ...]
    heights: NDArray[np.int32]
    widths: NDArray[np.int32]
    spacings: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.pngs)

    def take(self, rows: NDArray[np.intp]) -> "Targets":
        """Those of some cases, in this order."""
        return Targets(
            self.case_ids[rows],
            self.split[rows],
            None if self.groups is None else self.groups[rows],
            tuple(self.pngs[row] for row in rows),
            self.heights[rows],
            self.widths[rows],
            self.spacings[rows],
        )

    def part(self, split: str) -> "Targets":
        """Only the cases of one part, in stored order."""
        return self.take(np.flatnonzero(self.split == split))


def encode(label_map: Map) -> bytes:
    """The PNG of a label map `(h, w)` uint8."""
    from PIL import Image

    file = BytesIO()
    Image.fromarray(np.ascontiguousarray(label_map)).save(file, "PNG", optimize=True)
    return file.getvalue()


def sides(png: bytes) -> tuple[int, int]:
    """Height and width that the header of a label map states.

    Raises:
        ResultsError: if it is no PNG of 8-bit gray values.
    """
    if not png.startswith(_START) or png[12:16] != b"IHDR" or len(png) < 33:
        raise _refused("it is no PNG")
    width, height, *kind = struct.unpack(">IIBBBBB", png[16:29])
    if kind != [8, 0, 0, 0, 0]:
        raise _refused("it is no PNG of 8-bit gray values")
    if not height or not width:
        raise _refused("it has no pixels")
    return height, width


def decode(png: bytes, limit: int = MOST_PIXELS) -> Map:
    """The label map `(h, w)` uint8 in a PNG.

    Only what `encode` writes is read: a file with anything else in it is refused before its pixels
    are looked at.

    Args:
        png: the file.
        limit: of pixels.

    Raises:
        ResultsError: if it is larger, damaged, or another kind of file.

    >>> decode(encode(np.eye(2, dtype=np.uint8))).tolist()
    [[1, 0], [0, 1]]
    """
    from PIL import Image

    height, width = sides(png)
    if height * width > limit:
        raise _refused(f"{width}×{height} px are more than {limit:,}")
    if any(kind not in _CHUNKS for kind in _chunks(png)):
        raise _refused("it holds more than pixels")
    try:
        with Image.open(BytesIO(png), formats=["PNG"]) as opened:
            return np.array(opened, dtype=np.uint8)
    except Exception as error:  # of a broken file Pillow raises errors of any kind
        raise _refused(reason(error)) from None


def to_original(label_map: Map, height: int, width: int, resize: Resize = "letterbox") -> Map:
    """A label map at the size of the file that its image came from, by the nearest pixel.

    Args:
        label_map: `(h, w)` uint8, as a method made it.
        height, width: of the file's image, px.
        resize: how the image had reached the size of the map. What "crop" cut off is background.

    Returns:
        `(height, width)` uint8.
    """
    h, w = label_map.shape
    if resize == "squash":
        return _nearest(label_map, height, width)
    if resize == "letterbox":
        scale = min(h / height, w / width)
        rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
        top, left = (h - rows) // 2, (w - columns) // 2
        return _nearest(label_map[top : top + rows, left : left + columns], height, width)
    scale = max(h / height, w / width)
    rows, columns = max(1, min(height, round(h / scale))), max(1, min(width, round(w / scale)))
    top, left = (height - rows) // 2, (width - columns) // 2
    whole = np.zeros((height, width), np.uint8)
    whole[top : top + rows, left : left + columns] = _nearest(label_map, rows, columns)
    return whole


def _nearest(label_map: Map, height: int, width: int) -> Map:
    """Scaled so that each pixel is the one in which its centre lies."""
    h, w = label_map.shape
    rows = ((np.arange(height) + 0.5) * (h / height)).astype(np.intp)
    columns = ((np.arange(width) + 0.5) * (w / width)).astype(np.intp)
    scaled: Map = label_map[np.minimum(rows, h - 1)[:, None], np.minimum(columns, w - 1)]
    return scaled


def _chunks(png: bytes) -> Iterator[bytes]:
    """The kinds of the chunks of a PNG, their checksums compared."""
    at, kind = len(_START), b""
    while kind != b"IEND":
        if at + 12 > len(png):
            raise _refused("it ends too early")
        end = at + 8 + int.from_bytes(png[at : at + 4], "big")
        kind = png[at + 4 : at + 8]
        if zlib.crc32(png[at + 4 : end]).to_bytes(4, "big") != png[end : end + 4]:
            raise _refused("the checksum of a part differs")
        yield kind
        at = end + 4


def _refused(why: str) -> ResultsError:
    return ResultsError(f"A label map cannot be read: {why}. Run the study again.")
