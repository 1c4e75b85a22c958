"""A picture of some images of each class, with their masks, as methods see them."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from bench.data.dataset import Dataset
from bench.data.splits import Pooled
from bench.protocol.errors import DataError

MOST = 50
"""Images per class at most."""

_SIDE = 128  # px of a tile at least
_GAP = 6
_LINE = 18  # px of a line of text
_PAPER = (255, 255, 255)
_INK = (0, 0, 0)
_OUTLINE = (255, 64, 0)

Pixels = NDArray[np.uint8]


def contact_sheet(data: Dataset, per_class: int) -> Image.Image:
    """A row of images for each class, taken evenly from all of them in the order of their parts.

    The border of a mask, or of what is to be segmented, is drawn in orange; below each image stands
    the end of its name.

    Args:
        data: the data set.
        per_class: images of each class, at most.
    """
    pooled = Pooled.of(data)
    h, w = data.image_shape[:2]
    scale = max(1, -(-_SIDE // max(h, w)))
    width, height = w * scale + _GAP, h * scale + _LINE + _GAP
    rows = [_chosen(pooled.labels, label, per_class) for label in range(len(data.class_names))]
    columns = max(len(chosen) for chosen in rows)
    size = (max(columns * width, 40 * 8) + _GAP, len(rows) * (height + _LINE) + _GAP)
    sheet = Image.new("RGB", size, _PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default()
    for number, (name, chosen) in enumerate(zip(data.class_names, rows, strict=True)):
        top = number * (height + _LINE) + _GAP
        total = int(np.sum(pooled.labels == number))
        draw.text((_GAP, top), f"{_printable(name)}: {len(chosen)} of {total:,}", _INK, font)
        for place, row in enumerate(chosen):
            left = place * width + _GAP
            tile = _tile(pooled.images(np.array([row]))[0], scale)
            if data.task == "segmentation":
                _outline(tile, pooled.targets(np.array([row]))[0], scale)
            sheet.paste(Image.fromarray(tile), (left, top + _LINE))
            case = _printable(str(pooled.case_ids[row]))
            while len(case) > 1 and draw.textlength(case, font) > width - _GAP:
                case = case[1:]
            draw.text((left, top + _LINE + h * scale), case, _INK, font)
    return sheet


def write_contact_sheet(data: Dataset, per_class: int, path: Path) -> None:
    """Write it as a PNG file.

    Raises:
        DataError: if the file cannot be written.
    """
    try:
        contact_sheet(data, per_class).save(path, "PNG")
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror or error}).") from None


def _chosen(labels: NDArray[np.int64], label: int, most: int) -> list[int]:
    rows = np.flatnonzero(labels == label)
    if len(rows) > most:
        rows = rows[np.linspace(0, len(rows) - 1, most).round().astype(int)]
    found: list[int] = rows.tolist()
    return found


def _tile(image: Pixels, scale: int) -> Pixels:
    """`(h, w, c)` as RGB, enlarged, with the border of its mask."""
    colours = image[..., :3] if image.shape[2] > 2 else np.repeat(image[..., :1], 3, axis=2)
    large: Pixels = colours.repeat(scale, 0).repeat(scale, 1)
    if image.shape[2] % 2 == 0:
        large[_border(image[..., -1].repeat(scale, 0).repeat(scale, 1) > 0)] = _OUTLINE
    return large


def _outline(tile: Pixels, targets: NDArray[np.uint8], scale: int) -> None:
    """Draw the border of every class of pixels but the background, in place."""
    for label in range(1, int(targets.max(initial=0)) + 1):
        tile[_border((targets == label).repeat(scale, 0).repeat(scale, 1))] = _OUTLINE


def _border(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What is inside and has a neighbour outside, or lies at the edge of the picture."""
    padded = np.pad(inside, 1)
    amidst = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    border: NDArray[np.bool_] = inside & ~amidst
    return border


def _printable(text: str) -> str:
    """Text that the built-in font has signs for."""
    return text.encode("latin-1", "replace").decode("latin-1")
