"""DICOM Segmentation objects → which segment every pixel of an image is of."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data.formats.dicom_files import SEGMENTATIONS, guarded, position_of, reader, whole_file
from bench.data.formats.picture import Part, Picture
from bench.protocol.errors import DataError

_MOST_VALUES = 5 * 10**8  # of all frames together
_MOST_SEGMENTS = 255
_SAME_PLACE = 0.01  # mm

FRACTIONAL = "fractional segments: inside is what is above half of their range"
"""Said of segments that give a probability or an occupancy."""

OVERLAP = "segments overlap: a pixel is of the smallest that it is in"
"""Said of segments of which some pixels are in several, as a tumour lies in its organ."""


@dataclass(frozen=True, eq=False)
class Segments:
    """The segments of one image.

    Attributes:
        values: `(h, w)` uint8, the number of the segment, 0 for none; of segments that overlap the
            one with the fewest pixels.
        names: number → label, of all segments of the file.
        remarks: what has to be said of how they were read.
    """

    values: NDArray[np.uint8]
    names: tuple[tuple[int, str], ...]
    remarks: tuple[str, ...] = ()


def segments(path: Path, data: bytes, part: Part, of: Picture | None) -> Segments | None:
    """The segments of an image, None if the file is no segmentation object.

    Of a file that is about several images the frames are taken that refer to this one: by its frame
    number where `part` names one, else by its instance; where no frame refers to any, those that
    lie where the image does.

    Raises:
        DataError: if the file is broken, or does not say what belongs to the image.
    """
    with guarded(path):
        file = whole_file(path, data, SEGMENTATIONS)
        return None if file is None else _segments(path, file, part, of)


def referred(path: Path, data: bytes) -> set[str] | None:
    """The instances of the images that a DICOM file is about, None if it is no segmentation object
    or cannot be read.

    Raises:
        DataError: if no reader of DICOM is installed.
    """
    with guarded(path):
        reader()
    try:
        file = whole_file(path, data, SEGMENTATIONS)
        if file is None:
            return None
        frames = file.get("PerFrameFunctionalGroupsSequence") or []
        return (_listed(file) | {_source(frame)[0] for frame in frames}) - {""}
    except Exception:  # reading the pixels says what is wrong
        return None


def _segments(path: Path, file: Any, part: Part, of: Picture | None) -> Segments:
    numbers = [int(item.SegmentNumber) for item in file.SegmentSequence]
    if not numbers or max(numbers) > _MOST_SEGMENTS or min(numbers) < 1:
        raise DataError(f"{path}: its segments are not numbered from 1 to {_MOST_SEGMENTS}.")
    labels = [
        " ".join(str(item.get("SegmentLabel") or "").split()) for item in file.SegmentSequence
    ]
    names = tuple((n, label or f"segment {n}") for n, label in zip(numbers, labels, strict=True))
    shape = int(file.Rows), int(file.Columns)
    frames = file.get("PerFrameFunctionalGroupsSequence") or []
    if len(frames) * shape[0] * shape[1] > _MOST_VALUES:
        raise DataError(f"{path}: refused, its {len(frames):,} frames have too many pixels.")
    if of is not None and shape != of.pixels.shape[:2]:
        h, w = of.pixels.shape[:2]
        raise DataError(
            f"{path}: the mask is {shape[1]}×{shape[0]} px, its image {w}×{h}. Save it in the size "
            "of its image."
        )
    kind = str(file.get("SegmentationType") or "BINARY").upper()
    stored = int(file.get("NumberOfFrames") or 1)
    if stored != len(frames):
        raise DataError(f"{path}: has {stored} frames and tells of {len(frames)}.")
    chosen = _frames_of(path, file, frames, part, of)
    values = np.zeros(shape, np.uint8)
    if not chosen:
        return Segments(values, names)
    pixels = file.pixel_array.reshape(-1, *shape)
    if kind == "LABELMAP":
        for i in chosen:
            _refuse_unlisted(path, {*np.unique(pixels[i]).tolist()} - {0}, numbers)
            values = np.maximum(values, pixels[i].astype(np.uint8))
        return Segments(values, names)
    _refuse_unlisted(path, {_segment(frames[i]) for i in chosen}, numbers)
    half = float(file.get("MaximumFractionalValue") or 1) / 2 if kind == "FRACTIONAL" else 0.0
    inside = dict.fromkeys(sorted(_segment(frames[i]) for i in chosen), np.zeros(shape, np.bool_))
    for i in chosen:
        number = _segment(frames[i])
        inside[number] = inside[number] | (pixels[i] > half)
    for number in sorted(inside, key=lambda number: -int(inside[number].sum())):
        values[inside[number]] = number
    overlap = sum(int(own.sum()) for own in inside.values()) > int(np.count_nonzero(values))
    said = (FRACTIONAL,) * (kind == "FRACTIONAL") + (OVERLAP,) * overlap
    return Segments(values, names, said)


def _refuse_unlisted(path: Path, used: set[int], numbers: list[int]) -> None:
    unlisted = sorted(used - {*numbers})
    if unlisted:
        raise DataError(
            f"{path}: its frames show segment {unlisted[0]}, which its list of segments does not "
            "have. Replace or remove it."
        )


def _segment(frame: Any) -> int:
    return int(frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber)


def _frames_of(path: Path, file: Any, frames: Any, part: Part, of: Picture | None) -> list[int]:
    """Which frames are about the image, from 0."""
    told = [_source(frame) for frame in frames]
    if part.frame is not None:
        numbered = [i for i, (_, number) in enumerate(told) if number == part.frame]
        if numbered or any(number for _, number in told):
            return numbered
    instance = "" if of is None else of.instance
    if instance and any(uid == instance for uid, _ in told):
        return [i for i, (uid, _) in enumerate(told) if uid == instance]
    listed = _listed(file)
    if len({*told}) <= 1 and not (instance and told and told[0][0]):
        several = _repeated(frames) or (part.frame is not None and len(frames) > 1)
        if not (several and told[0] == ("", 0)) or (instance and listed == {instance}):
            return [*range(len(told))]
        if (there := _in_place(frames, of)) is not None and (there or instance in listed):
            return there
    elif instance and instance in listed:
        return []  # it is one of the images that were looked at, and nothing is in it
    raise DataError(
        f"{path}: does not say which of its frames belong to the image. Name its mask as a file of "
        "one image, or save it as PNG."
    )


def _in_place(frames: Any, of: Picture | None) -> list[int] | None:
    """The frames that lie where the image does, None where that is not told of all."""
    planes = [(frame.get("PlanePositionSequence") or [{}])[0] for frame in frames]
    places = [position_of(plane) for plane in planes]
    if of is None or of.position is None or None in places:
        return None
    known = np.array(places, float)
    return np.flatnonzero((abs(known - of.position) <= _SAME_PLACE).all(axis=1)).tolist()


def _repeated(frames: Any) -> bool:
    """Whether a segment, or a label map, is in several frames, as of several images."""
    numbers = [
        _segment(frame) if frame.get("SegmentIdentificationSequence") else 0 for frame in frames
    ]
    return len({*numbers}) < len(numbers)


def _source(frame: Any) -> tuple[str, int]:
    """Instance and frame number, 0 where it has none, of the image that a frame is about."""
    for derivation in frame.get("DerivationImageSequence") or []:
        for source in derivation.get("SourceImageSequence") or []:
            number = source.get("ReferencedFrameNumber") or 0
            first = number[0] if isinstance(number, list | tuple) else number
            return str(source.get("ReferencedSOPInstanceUID") or ""), int(first)
    return "", 0


def _listed(file: Any) -> set[str]:
    """The instances that the file says it is about."""
    return {
        str(instance.get("ReferencedSOPInstanceUID") or "")
        for series in file.get("ReferencedSeriesSequence") or []
        for instance in series.get("ReferencedInstanceSequence") or []
    }
