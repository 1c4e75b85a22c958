"""One image of a folder, and what a data set in a folder looks like."""

from dataclasses import dataclass

from bench.data.dataset import SplitName
from bench.protocol.metadata import EXTERNAL

HOW = (
    "A data set is a folder with one sub-folder per class, or with a manifest.csv that has the "
    "columns path and label."
)

HOW_TO_SEGMENT = (
    "To be segmented, a folder has images and masks that belong together by their names, or a "
    "manifest.csv with the columns path and mask."
)

COLUMNS = ("path", "label", "split", "group", "mask", "frame", "axis", "index")
"""Columns of a manifest that mean something."""

NUMBERS = ("frame", "axis", "index")
"""Columns of a manifest that say which part of a file is meant."""


@dataclass(frozen=True, slots=True)
class Case:
    """One image of a folder.

    Attributes:
        path: relative to the folder, with forward slashes.
        label: name of its class.
        split: "train", "val", "test", "external:NAME", or "" where it is to be chosen.
        group: patient, or "" where patients are not known.
        masks: relative paths of the masks of its lesions.
        frame: which of several frames or pages, from 1; None for a file of one.
        axis: of a volume, the axis that the slice is perpendicular to, from 0.
        index: of a volume, the slice along that axis, from 0.
        listed: the path as the manifest writes it, where its letters are composed otherwise than in
            the name on disk; else "".
    """

    path: str
    label: str
    split: SplitName | str = ""
    group: str = ""
    masks: tuple[str, ...] = ()
    frame: int | None = None
    axis: int | None = None
    index: int | None = None
    listed: str = ""

    @property
    def external(self) -> str:
        """The name of the external part that it is of, "" for none."""
        return self.split.removeprefix(EXTERNAL) if self.split.startswith(EXTERNAL) else ""

    @property
    def id(self) -> str:
        """What identifies the case: its path, and which part of the file it is.

        >>> Case("a/b.dcm", "x", frame=3).id
        'a/b.dcm#frame=3'
        """
        return self.called(self.listed or self.path)

    def called(self, name: str) -> str:
        """The same under another name of the file."""
        if self.frame is None and self.axis is None and self.index is None:
            return name  # as of most, and it is asked for often
        parts = [f"{n}={v}" for n in NUMBERS if (v := getattr(self, n)) is not None]
        return f"{name}#{','.join(parts)}"
