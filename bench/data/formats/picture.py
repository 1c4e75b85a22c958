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
        pixels: `(h, w)` uint8, or uint16 where 16 bits are stored, or `(h, w, 3)` uint8.
        format: "png", "jpeg", "dicom" and so on.
        patient: what tells patients apart, or ""; it is kept in memory only.
    """

    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    format: str
    patient: str = field(default="", repr=False)

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
