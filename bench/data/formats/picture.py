"""A picture as a file holds it, whatever the format."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.protocol.errors import DataError

MOST_PIXELS = 89_478_485
"""Of one image; a larger one is refused, since a small file can expand to any size. It is the
number from which Pillow warns."""


@dataclass(frozen=True)
class Part:
    """Which picture of a file.

    Attributes:
        frame: of several frames or pages, from 1; None for a file of one.
        axis, index: of a volume, the slice with this index perpendicular to this axis, from 0;
            None for the last of three axes and its middle.
    """

    frame: int | None = None
    axis: int | None = None
    index: int | None = None


ONLY = Part()
"""The picture of a file that holds one."""


@dataclass(frozen=True)
class Picture:
    """One picture as it is stored.

    Attributes:
        pixels: `(h, w)` or `(h, w, 3)`, uint8, or uint16 where 16 bits are stored.
        format: "png", "jpeg", "dicom" and so on.
        patient: what tells patients apart, or ""; it is kept in memory only.
        remarks: what a reader has to be told of how it was read, each said of many pictures, but
            for numbers of slices, see `bench.data.formats.nifti.with_slices_added`.
        grid: of a slice of a volume the affine `(4, 4)` of the volume, in its one orientation.
        spacing: mm from row to row and from column to column, None where the file does not say.
        slices: of a slice of a volume, how many lie along its axis; None of other pictures.
        instance: of DICOM, what other files call it; it is kept in memory only.
        position: of DICOM, mm in the patient, of its first pixel; None where it is not told.
        orientation: EXIF's, 1 to 8, by which it was turned; 1 where it was not.
        coarseness: of a JPEG file the sum of its quantisation tables, which says how it was
            compressed; 0 of others.
        stretched: whether its own percentiles became black and white, since the file does not say
            what shall.
    """

    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    format: str
    patient: str = field(default="", repr=False)
    remarks: tuple[str, ...] = ()
    grid: NDArray[np.float64] | None = field(default=None, compare=False)
    spacing: tuple[float, float] | None = None
    slices: int | None = None
    instance: str = field(default="", repr=False)
    position: tuple[float, float, float] | None = None
    orientation: int = 1
    coarseness: int = 0
    stretched: bool = False

    @property
    def bits(self) -> int:
        """How many bits its values take, from 8 to 16."""
        if self.pixels.dtype == np.uint8:
            return 8
        return max(int(self.pixels.max()).bit_length(), 8)

    def levels(self, bits: int) -> NDArray[np.uint8]:
        """Its pixels in 8 bits: of `bits` bits the upper 8. It is the same for a whole data set, so
        that the brightness of images stays comparable."""
        kept = self.pixels
        if kept.dtype != np.uint8:
            kept = np.minimum(kept >> (bits - 8), 255)
        return kept.astype(np.uint8, copy=False)


def without_reader(path: Path, error: ImportError) -> DataError:
    """What to say of a file whose reader is in the extra `medical`, which is not installed."""
    return DataError(
        f"{path}: reading it needs {error.name}. Install it with: "
        "pip install 'classical-vs-deep[medical]'"
    )


def refuse_too_large(path: Path, pixels: int) -> None:
    """Refuse an image of too many pixels.

    Raises:
        DataError: if it is one.
    """
    if pixels > MOST_PIXELS:
        raise DataError(
            f"{path}: refused, it says that it has {pixels / 1e6:,.0f} million pixels; "
            f"{MOST_PIXELS / 1e6:,.0f} million is the most. Save it smaller, or cut tiles."
        )


def chosen_frame(path: Path, frames: int, part: Part) -> int:
    """Which frame of a file is meant, from 0.

    Raises:
        DataError: if it has several and none is named, or has no such frame.
    """
    if part.frame is None and frames > 1:
        raise DataError(
            f"{path}: has {frames} frames. Name one in the column 'frame' of a manifest, from 1 "
            f"to {frames}."
        )
    if part.frame is not None and part.frame > frames:
        raise DataError(f"{path}: there is no frame {part.frame}; it has {frames}.")
    return (part.frame or 1) - 1
