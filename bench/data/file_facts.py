"""What can be told of image files without looking at what they show."""

from collections.abc import Collection
from dataclasses import dataclass, field, fields, replace

import numpy as np
from numpy.typing import NDArray

from bench.protocol.cards import CheckFinding


@dataclass(frozen=True, eq=False)
class FileFacts:
    """What can be told of image files without looking at what they show.

    Attributes:
        width, height: `(n,)` int32, as stored, px.
        size: `(n,)` int64, of the file, bytes.
        formats: `(n,)` str, for example "png".
        coarseness: `(n,)` int32, of JPEG files the sum of their quantisation tables, else 0.
        stretched: `(n,)` bool, whether its own percentiles became black and white, since the file
            does not say what shall.
        bits: `(n,)` uint8, that its values take, 8 or more.
        mask_share: `(n,)` float32, of the image that is inside its masks, NaN without masks.
        mask_border: `(n,)` bool, whether its masks touch the border of the image.
        remarks: `(n,)` str, what has to be said of how it was read, separated by line breaks.
        mask_digest: `(n,)` uint64, equal for masks that are identical in their files only.
        mask_shows: `(n,)` str, for segmentation the classes that its masks show, separated by line
            breaks; else "mask" where they show something.
        mask_lost: `(n,)` str, those of them that are gone at the size of the images.
        said: what was understood, joined or left out when the folder was listed.
        salt: of what must not be told by name, see `bench.data.pseudonyms`; never stored.
        groups_given: whether the groups are those that a manifest gives.
    """

    width: NDArray[np.int32]
    height: NDArray[np.int32]
    size: NDArray[np.int64]
    formats: NDArray[np.str_]
    coarseness: NDArray[np.int32]
    stretched: NDArray[np.bool_]
    bits: NDArray[np.uint8]
    mask_share: NDArray[np.float32]
    mask_border: NDArray[np.bool_]
    remarks: NDArray[np.str_]
    mask_digest: NDArray[np.uint64]
    mask_shows: NDArray[np.str_]
    mask_lost: NDArray[np.str_]
    said: tuple[CheckFinding, ...] = ()
    salt: bytes = field(default=b"", repr=False)
    groups_given: bool = False

    def take(self, rows: NDArray[np.intp]) -> "FileFacts":
        """Those of some files, in this order."""
        return replace(self, **{name: getattr(self, name)[rows] for name in self.columns()})

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """Names of the fields that have a value for each file."""
        return tuple(f.name for f in fields(cls) if f.name not in ("said", "salt", "groups_given"))

    def hiding(self, checks: Collection[str]) -> "FileFacts":
        """The same, where findings of these checks quote nothing that was read."""
        said = tuple(
            replace(finding, text=f"{finding.text.partition(':')[0]}.", examples=())
            if finding.check in checks and finding.level != "fine"
            else finding
            for finding in self.said
        )
        return replace(self, said=said)
