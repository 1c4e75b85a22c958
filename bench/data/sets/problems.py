"""What is wrong with a folder that is read all the same, to be looked at; and without its parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.data.cache.masks import MASKS_ARE_OPTIONAL
from bench.data.folders.case import Case
from bench.data.folders.listing import manifest_of
from bench.data.folders.names.mask_names import part_of_folder
from bench.data.folders.reading import SplitColumn
from bench.protocol.errors import DataError

_REASONS = 3  # why files cannot be read, of those that are told where hardly any can


@dataclass
class Problems:
    """What is wrong with a folder that is read all the same, to be looked at.

    Attributes:
        unreadable: a line for each image that cannot be read, and for each folder that cannot be
            looked into; they are left out.
        shared: patients that the manifest has put into several parts; groups are left out then.
        split: the column that says so.
    """

    unreadable: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)
    split: SplitColumn = field(default_factory=SplitColumn)

    @property
    def mend_split(self) -> str:
        """What to do about patients that are in several parts, a sentence."""
        return (
            f"Correct the column {self.split.name!r}{self.split.behind}, or {self.split.without} "
            "to have the split made with the images of a patient kept together."
        )


def without_unreadable(
    root: Path, images: int, unreadable: Mapping[int, str], error: DataError
) -> DataError:
    """What to say where parts cannot be made of the images that can be read.

    Args:
        root: the folder.
        images: how many it has.
        unreadable: row → why it cannot be read.
        error: why parts cannot be made.
    """
    n = len(unreadable)
    if not n:
        return error
    first = [unreadable[row] for row in sorted(unreadable)[:_REASONS]]
    reasons = " ".join(reason.removesuffix(f" {MASKS_ARE_OPTIONAL}") for reason in first)
    reasons += f" And {n - _REASONS:,} more." if n > _REASONS else ""
    if any(MASKS_ARE_OPTIONAL in reason for reason in first):
        reasons += f" {MASKS_ARE_OPTIONAL}"
    if n == images:
        return DataError(f"Folder {root}: no image can be read. {reasons}")
    some = f"{n:,} of {images:,} images cannot be read"
    if 2 * n < images:
        return DataError(f"{error} {some}: {reasons}")
    return DataError(f"Folder {root}: {some}, and the others are too few. {reasons}")


def lacking_part(
    root: Path, found: Sequence[Case], needed: str, split: SplitColumn | None
) -> DataError:
    """What to say where no image is in a part that has to be.

    Args:
        root: the folder.
        found: its cases of train, val and test, all of them in parts.
        needed: the part.
        split: the column that tells the parts.
    """
    there = sorted({case.split for case in found})
    listed = " and ".join(map(repr, there))
    told = f"Folder {root}: {len(found):,} images are in {listed}, none in {needed!r}"
    split = split or SplitColumn()
    folders = [name for name in found[0].path.split("/")[:-1] if part_of_folder(name)]
    if manifest_of(root) or not folders:
        return DataError(
            f"{told}{split.behind}. Correct the column {split.name!r}, or {split.without} to have "
            "the parts made here."
        )
    return DataError(
        f"{told}: a folder called like a part, as {folders[0]!r} is, is one. Call one {needed}; or "
        "rename them all, if they are none, or write a manifest.csv, to have the parts made here."
    )
