"""One image of a folder, and what a data set in a folder looks like."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.data.dataset import SplitName

SPLITS: Mapping[str, SplitName] = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
"""What a part may be called, and which it is."""

HOW = (
    "A data set is a folder with one sub-folder per class, or with a manifest.csv that has the "
    "columns path and label."
)

NUMBERS = ("frame", "axis", "index")
"""Columns of a manifest that say which part of a file is meant."""


@dataclass(frozen=True, slots=True)
class Case:
    """One image of a folder.

    Attributes:
        path: relative to the folder, with forward slashes.
        label: name of its class.
        split: "train", "val", "test", or "" where it is to be chosen.
        group: patient, or "" where patients are not known.
        masks: relative paths of the masks of its lesions.
        frame: which of several frames or pages, from 1; None for a file of one.
        axis: of a volume, the axis that the slice is perpendicular to, from 0.
        index: of a volume, the slice along that axis, from 0.
    """

    path: str
    label: str
    split: SplitName | str = ""
    group: str = ""
    masks: tuple[str, ...] = ()
    frame: int | None = None
    axis: int | None = None
    index: int | None = None

    @property
    def id(self) -> str:
        """What identifies the case: its path, and which part of the file it is.

        >>> Case("a/b.dcm", "x", frame=3).id
        'a/b.dcm#frame=3'
        """
        parts = [f"{n}={v}" for n in NUMBERS if (v := getattr(self, n)) is not None]
        return f"{self.path}#{','.join(parts)}" if parts else self.path
