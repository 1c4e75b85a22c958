"""A test image with the outlines of the truth and of what two methods found."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from bench.protocol.label_maps import Map
from bench.protocol.preprocessing import Resize
from reports.statistics.segmentation.surface import outline

LONGER_SIDE = 176
"""Pixels of the longer side of a picture."""

_COLOURS = 64  # of the PNG, which halves it
_DASH = 4  # pixels of a dash, and of the gap after it

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Pen:
    """How an outline is drawn: colour never stands alone.

    Attributes:
        colour: red, green, blue.
        dashed: whether with gaps.
    """

    colour: Colour
    dashed: bool = False


TRUTH = Pen((255, 255, 255))


def with_outlines(
    thumbnail: bytes, layers: list[tuple[Map, Pen]], resize: Resize = "letterbox"
) -> bytes:
    """A PNG of an image at its file's proportions, with the outlines of label maps drawn in.

    Args:
        thumbnail: of the image as methods saw it.
        layers: label maps of one shape, that of the file, each with its pen; the last on top.
        resize: how the image had reached the size that methods saw.
    """
    height, width = layers[0][0].shape
    scale = LONGER_SIDE / max(height, width)
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    with Image.open(io.BytesIO(thumbnail), formats=("PNG",)) as opened:
        picture = _at_proportions(opened.convert("RGB"), (height, width), (rows, columns), resize)
    drawn = np.array(picture)
    for label_map, pen in layers:
        small = _nearest(label_map, rows, columns)
        for k in np.unique(small[small > 0]):
            places = outline(small == k).astype(np.intp)
            if pen.dashed:
                places = places[places.sum(axis=1) % (2 * _DASH) < _DASH]
            drawn[places[:, 0], places[:, 1]] = pen.colour
    few = Image.fromarray(drawn).quantize(
        _COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    )
    buffer = io.BytesIO()
    few.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _at_proportions(
    picture: Image.Image, file: tuple[int, int], wanted: tuple[int, int], resize: Resize
) -> Image.Image:
    """The picture without its padding, at the wanted height and width."""
    w, h = picture.size
    rows, columns = wanted
    smooth = Image.Resampling.BICUBIC
    if resize == "squash":
        return picture.resize((columns, rows), smooth)
    if resize == "letterbox":
        scale = min(h / file[0], w / file[1])
        own_rows, own_columns = max(1, round(file[0] * scale)), max(1, round(file[1] * scale))
        top, left = (h - own_rows) // 2, (w - own_columns) // 2
        box = left, top, left + own_columns, top + own_rows
        return picture.crop(box).resize((columns, rows), smooth)
    scale = max(h / file[0], w / file[1])  # what was cropped off is black
    seen_rows = max(1, min(rows, round(rows * h / (file[0] * scale))))
    seen_columns = max(1, min(columns, round(columns * w / (file[1] * scale))))
    whole = Image.new("RGB", (columns, rows))
    place = (columns - seen_columns) // 2, (rows - seen_rows) // 2
    whole.paste(picture.resize((seen_columns, seen_rows), smooth), place)
    return whole


def _nearest(label_map: Map, rows: int, columns: int) -> Map:
    height, width = label_map.shape
    down = ((np.arange(rows) + 0.5) * height / rows).astype(np.intp)
    across = ((np.arange(columns) + 0.5) * width / columns).astype(np.intp)
    scaled: Map = label_map[down[:, None], across]
    return scaled
