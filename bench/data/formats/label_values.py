"""Files that show which class every pixel is of → whole numbers from 0 to 255."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.data.formats import kinds
from bench.data.formats.dicom_seg import Segments, segments
from bench.data.formats.masks import (
    SOFT,
    has_gray_areas,
    is_soft,
    refuse_gray_areas,
    refuse_unclear_jpeg,
    seam,
    steps,
    values_of_mask,
)
from bench.data.formats.picture import Part, Picture
from bench.protocol.errors import DataError

Colour = tuple[int, ...]
"""Red, green and blue, 0 to 255."""

INSIDE = 255
"""What stands for the inside of a mask that has only an inside and an outside."""


@dataclass(frozen=True, eq=False)
class Readings:
    """The two ways to read whole numbers of which some lie between none and the largest. Which one
    is right is for all masks of a folder to say.

    Attributes:
        labels: `(h, w)` uint8, each number a class.
        soft: `(h, w)` uint8, `INSIDE` above half of the range.
        gradual: whether the mask on its own looks like a soft one: many numbers, in no solid area.
        steps, between: see `bench.data.formats.masks.steps`.
        gray: whether a gradual one has areas of gray, see `bench.data.formats.masks`.
        seam, gaps: see `bench.data.formats.masks.seam`.
    """

    labels: NDArray[np.uint8]
    soft: NDArray[np.uint8]
    gradual: bool
    steps: int
    between: int
    gray: bool
    seam: int
    gaps: int


@dataclass(frozen=True, eq=False)
class LabelValues:
    """What a file says of every pixel.

    Attributes:
        values: `(h, w)` uint8, 0 for the background; what the others mean is for the folder to say.
        remarks: what has to be said of how they were found.
        names: value → name, where the file itself has names.
        colours: value → (red, green, blue), of indices of a palette.
        readings: None where there is but one.
    """

    values: NDArray[np.uint8]
    remarks: tuple[str, ...] = ()
    names: tuple[tuple[int, str], ...] = ()
    readings: Readings | None = None
    colours: Mapping[int, Colour] = field(default_factory=dict)


def read_label_values(path: Path, data: bytes, part: Part, of: Picture | None) -> LabelValues:
    """The label values in a file.

    Gray levels, indices of a palette, voxels of a NIfTI volume and segments of a DICOM SEG are
    labels as they are. A mask whose border is gradual, as after scaling or JPEG, has an inside and
    an outside, above and below half of its range; of one of whole numbers both readings are given.

    Args:
        path: the file, for its name.
        data: its content.
        part: of its image: the same slice of a volume, the same frame where the mask has several.
        of: its image.

    Raises:
        DataError: if the file cannot be read, has other sides than its image, or if it cannot be
            told which class a pixel is of.
    """
    if kinds.kind_of(path, data[: kinds.START]) == "dicom":
        found = segments(path, data, part, of)
        if found is not None:
            return _of_segments(found)
    values, lossy, clear, remarks = values_of_mask(path, data, part, of)
    one = _of_values(path, data, values, lossy, clear)
    return replace(one, remarks=(*one.remarks, *remarks))


def _of_values(
    path: Path,
    data: bytes,
    values: NDArray[np.float64],
    lossy: bool,
    clear: NDArray[np.uint8] | None,
) -> LabelValues:
    if values.ndim == 3 and (indexed := _indices(data)) is not None:
        return indexed
    if values.ndim == 3:
        values = _one_channel(path, values)
    if clear is not None and clear.min() < 255:
        values = np.where(clear > 127, values, 0)
    largest = float(values.max(initial=0.0))
    if largest <= 0:
        return LabelValues(np.zeros(values.shape, np.uint8))
    if lossy:
        refuse_unclear_jpeg(path, values, largest)
        return LabelValues(np.where(values > 127.5, INSIDE, 0).astype(np.uint8), (SOFT,))
    gradual = is_soft(values, largest)
    soft = np.where(values > largest / 2, INSIDE, 0).astype(np.uint8)
    if gradual and (largest > 255 or not np.equal(values, np.rint(values)).all()):
        refuse_gray_areas(path, values, largest)
        return LabelValues(soft, (SOFT,))
    labels = _whole(path, values, largest)
    readings = _readings(values, largest, labels, soft, gradual)
    if gradual:
        return LabelValues(soft, (SOFT,), readings=readings)
    return LabelValues(labels, readings=readings)


def _readings(
    values: NDArray[np.float64],
    largest: float,
    labels: NDArray[np.uint8],
    soft: NDArray[np.uint8],
    gradual: bool,
) -> Readings | None:
    if largest > 255 or not ((values > 0) & (values < largest)).any():
        return None
    gray = gradual and has_gray_areas(values, largest)
    return Readings(labels, soft, gradual, *steps(values, largest), gray, *seam(values, largest))


def _of_segments(found: Segments) -> LabelValues:
    return LabelValues(found.values, found.remarks, found.names)


def _whole(path: Path, values: NDArray[np.float64], largest: float) -> NDArray[np.uint8]:
    """Values from 0 to 255; of a mask with one larger value that is its inside."""
    if values.min() < 0:
        raise DataError(f"{path}: has labels below 0. Save it with labels from 0 to 255.")
    if largest > 255:
        if len(np.unique(values[values > 0])) > 1:
            raise DataError(
                f"{path}: has labels up to {largest:.0f}; 255 is the most. Number its classes from "
                "1, 0 being the background."
            )
        return np.where(values > 0, INSIDE, 0).astype(np.uint8)
    return values.astype(np.uint8)


def _one_channel(path: Path, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The gray levels of a picture in colour, of which all but black is one colour, or gray."""
    if (values == values[..., :1]).all():
        return values[..., 0]
    packed = (values * [1 << 16, 1 << 8, 1]).sum(axis=2)
    if len(np.unique(packed[packed > 0])) > 1:
        raise DataError(
            f"{path}: a mask in several colours: it cannot be told which class each is. Save it in "
            "gray, one level for each class."
        )
    return np.where(packed > 0, float(INSIDE), 0.0)


def _indices(data: bytes) -> LabelValues | None:
    """The indices of a picture with a palette in colour, None of any other file."""
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(data)) as opened:
            if opened.mode != "P" or getattr(opened, "n_frames", 1) > 1:
                return None
            palette = np.array(opened.getpalette("RGB") or [0], np.uint8).reshape(-1, 3)
            found = np.asarray(ImageOps.exif_transpose(opened)).astype(np.uint8)
    except Exception:  # reading its values says what is wrong
        return None
    used = [value for value in np.unique(found).tolist() if value < len(palette)]
    colours = {value: tuple(palette[value].tolist()) for value in used}
    if all(len(set(colour)) == 1 for colour in colours.values()):
        return None
    return LabelValues(found, colours=colours)
