"""Slices of NIfTI volumes → pictures; needs the extra `medical`.

Every volume has one orientation, by its affine: axis 0 runs from left to right, 1 from back to
front, 2 from foot to head (RAS+), whatever the order in the file. A slice is turned as viewers show
it: its second axis upwards, its first to the right.
"""

import gzip
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data.formats.picture import Part, Picture, refuse_too_large, without_reader
from bench.data.formats.scaling import between_percentiles
from bench.protocol.errors import DataError

_MOST_EXPANDED = 10**9  # bytes of a compressed volume
_MOST_KEPT = 2 * 10**8  # bytes of the last one, for its other slices
_HEADER = (
    544  # bytes of the longer of two kinds of headers, with what says that no extension follows
)
_SIZES = {348: "Nifti1", 540: "Nifti2"}

_MIDDLE = (
    "a volume of which the middle slice alone is read (across axis {axis}, {way}) and no other, "
    "{left}; for all slices list each in a manifest.csv with the columns path, axis and index"
)
_LEFT = re.compile(r"(?<= and no other, )([\d,]+) slices? (?:is|are) left out")

_WAYS = ("left to right", "back to front", "foot to head")

Values = NDArray[np.float64]


def nifti(path: Path, data: bytes, part: Part) -> Picture:
    """A slice of a NIfTI volume; the 0.5 and 99.5 percentiles of its finite values become black and
    white, and what is no number is black.

    Raises:
        DataError: if the reader is not installed, the file is broken or there is no such slice.
    """
    found = nifti_values(path, data, part)
    if not np.isfinite(found.values).any():
        raise DataError(f"{path}: the slice has no finite value. Name another, or remove it.")
    return Picture(
        between_percentiles(found.values),
        "nifti",
        remarks=(_of_middle(found),) if found.chosen else (),
        grid=found.grid,
        spacing=found.spacing,
        slices=found.slices,
        stretched=True,
    )


def with_slices_added(counted: Mapping[str, int]) -> dict[str, int]:
    """Remarks on files → how often each was made, those on volumes of different lengths joined: the
    slices that are left out of all of them are added.

    >>> told = "middle and no other, {} left out"
    >>> with_slices_added({told.format("1 slice is"): 2, told.format("30 slices are"): 1})
    {'middle and no other, 32 slices are left out': 3}
    """
    made: dict[tuple[str, ...], list[int]] = {}
    for remark, times in counted.items():
        match = _LEFT.search(remark)
        parts = (remark[: match.start()], remark[match.end() :]) if match else (remark,)
        known = made.setdefault(parts, [0, 0])
        known[0] += times
        known[1] += times * int(match[1].replace(",", "")) if match else 0
    return {_left(left).join(parts): times for parts, (times, left) in made.items()}


def _of_middle(found: "Slice") -> str:
    """What is said of a volume of several slices of which none is named."""
    return _MIDDLE.format(axis=found.axis, way=_WAYS[found.axis], left=_left(found.slices - 1))


def _left(slices: int) -> str:
    return f"{slices:,} {'slice is' if slices == 1 else 'slices are'} left out"


@dataclass(frozen=True, eq=False)
class Slice:
    """A slice of a volume.

    Attributes:
        values: `(h, w)`, scaled as the header says.
        grid: where the volume lies: its affine `(4, 4)` in its one orientation, None where the file
            gives none.
        spacing: mm from row to row and from column to column, None likewise.
        slices: how many there are along its axis.
        axis: which it is perpendicular to.
        chosen: whether it is the middle of several, since none was named.
    """

    values: Values
    grid: Values | None
    spacing: tuple[float, float] | None
    slices: int
    axis: int
    chosen: bool


def nifti_values(path: Path, data: bytes, part: Part) -> Slice:
    """The values of a slice, and where it lies.

    Raises:
        DataError: as `nifti` does.
    """
    try:
        return _slice(path, data, part)
    except DataError:
        raise
    except ImportError as error:
        raise without_reader(path, error) from None
    except Exception as error:  # a broken file can raise errors of any kind
        raise DataError(
            f"{path}: cannot be read as NIfTI ({type(error).__name__}). Replace or remove it."
        ) from None


@cache
def _reader() -> Any:
    """nibabel, which is told not to write about broken headers to the terminal."""
    import nibabel

    nibabel.imageglobals.logger.disabled = True
    return nibabel


def _image_class(path: Path, start: bytes) -> Any:
    """The class that reads this version of the format."""
    sizes = {int.from_bytes(start[:4], order) for order in ("little", "big")}
    version = next((name for size, name in _SIZES.items() if size in sizes), "")
    if not version:
        raise DataError(f"{path}: is no NIfTI file. Replace or remove it.")
    return getattr(_reader(), f"{version}Image")


def _slice(path: Path, data: bytes, part: Part) -> Slice:
    if part.frame is not None and part.frame > 1:
        raise DataError(f"{path}: frame is for DICOM and TIFF; name axis and index of a volume.")
    content = _header_and_values(path, data)
    volume: Any = _image_class(path, content).from_bytes(content)
    shape = _shape(path, volume)
    needed = int(volume.dataobj.offset) + int(np.prod(shape)) * volume.get_data_dtype().itemsize
    if len(content) < needed:
        raise DataError(f"{path}: is cut off: values are missing. Replace or remove it.")
    order, forward, grid = _orientation(path, volume, shape)
    axis = _axis(shape, order) if part.axis is None else part.axis
    if len(volume.shape) == 2 and order[axis] != 2:
        raise DataError(f"{path}: is one slice; it has no axis {axis}.")
    length = shape[order[axis]]
    index = length // 2 if part.index is None else part.index
    if index >= length:
        raise DataError(
            f"{path}: there is no slice {index} along axis {axis}; it has {length}, from 0."
        )
    sides = [shape[order[i]] for i in range(3) if i != axis]
    refuse_too_large(path, sides[0] * sides[1])
    where: list[Any] = [slice(None)] * 3 + [0] * (len(volume.shape) - 3)
    where[order[axis]] = index if forward[axis] else length - 1 - index
    values = np.asarray(volume.dataobj[tuple(where[: len(volume.shape)])], dtype=float)
    across, upwards = (i for i in range(3) if i != axis)
    if order[across] > order[upwards]:
        values = values.T
    values = values[:: 1 if forward[across] else -1, :: 1 if forward[upwards] else -1]
    spacing = None
    if grid is not None:
        voxel = np.linalg.norm(grid[:3, :3], axis=0)
        spacing = float(voxel[upwards]), float(voxel[across])
    chosen = part.index is None and length > 1
    return Slice(np.ascontiguousarray(np.rot90(values)), grid, spacing, length, axis, chosen)


def _axis(shape: tuple[int, int, int], order: list[int]) -> int:
    """The axis along which slices are taken where none is named: that of a single slice, or else
    the last one."""
    thin = [axis for axis in range(3) if shape[order[axis]] == 1]
    return thin[0] if len(thin) == 1 else 2


def _shape(path: Path, volume: Any) -> tuple[int, int, int]:
    shape = tuple(int(n) for n in volume.shape)
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    kind = volume.get_data_dtype()
    if kind.fields is not None:
        raise DataError(f"{path}: colour NIfTI is not supported; save the slice as PNG.")
    if kind.kind == "c":
        raise DataError(f"{path}: has complex values, which are not supported; save what counts.")
    if len(shape) not in (2, 3):
        raise DataError(f"{path}: has {len(shape)} dimensions; a volume of 3 is needed.")
    return shape[0], shape[1], shape[2] if len(shape) == 3 else 1


def _orientation(
    path: Path, volume: Any, shape: tuple[int, int, int]
) -> tuple[list[int], list[bool], Values | None]:
    """For each axis of the one orientation, which of the file's it is and whether it runs the same
    way; and the affine in the one orientation. A file without an affine counts as it is."""
    header = volume.header
    if int(header["sform_code"]) <= 0 and int(header["qform_code"]) <= 0:
        return [0, 1, 2], [True, True, True], None
    orientations: Any = _reader().orientations
    affine = np.asarray(volume.affine, float)
    found = (
        orientations.io_orientation(affine)
        if np.isfinite(affine).all()
        else np.full((3, 2), np.nan)
    )
    if not np.isfinite(found).all():
        raise DataError(
            f"{path}: its affine gives no orientation. Correct its header, or save its slices as "
            "images."
        )
    order, forward = [0, 0, 0], [True, True, True]
    for stored, (axis, way) in enumerate(found):
        order[int(axis)], forward[int(axis)] = stored, way > 0
    return order, forward, affine @ orientations.inv_ornt_aff(found, shape)


def _header_and_values(path: Path, data: bytes) -> bytes:
    """The file without its compression, expanded to no more than its header says."""
    global _last
    if data[:2] != b"\x1f\x8b":
        return data
    packed_before, expanded = _last
    if packed_before is data:
        return expanded
    try:
        with gzip.open(BytesIO(data)) as packed:
            start = packed.read(_HEADER)
            header: Any = _image_class(path, start).header_class.from_fileobj(BytesIO(start))
            voxels = int(np.prod([int(n) for n in header.get_data_shape()], dtype=object))
            needed = int(header.get_data_offset()) + voxels * header.get_data_dtype().itemsize
            if needed > _MOST_EXPANDED:
                raise DataError(
                    f"{path}: refused, it expands to {needed / 1e9:.1f} GB; "
                    f"{_MOST_EXPANDED / 1e9:.0f} GB is the most. Save its slices as files."
                )
            expanded = start + packed.read(max(needed - len(start), 0))
    except (OSError, EOFError, zlib.error):
        raise DataError(f"{path}: its compression is damaged. Replace or remove it.") from None
    if len(expanded) <= _MOST_KEPT:
        _last = (data, expanded)
    return expanded


_last: tuple[bytes, bytes] = (b"", b"")  # a compressed volume and its content
