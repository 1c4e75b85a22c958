"""What is wrong with a folder that is read all the same, to be looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.protocol.errors import DataError

_REASONS = 3  # why files cannot be read, of those that are told where hardly any can


@dataclass
class Problems:
    """What is wrong with a folder that is read all the same, to be looked at.

    Attributes:
        unreadable: a line for each image that cannot be read; it is left out.
        shared: patients that the manifest has put into several parts; groups are left out then.
    """

    unreadable: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)


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
    reasons = " ".join(unreadable[row] for row in sorted(unreadable)[:_REASONS])
    reasons += f" And {n - _REASONS:,} more." if n > _REASONS else ""
    if n == images:
        return DataError(f"Folder {root}: no image can be read. {reasons}")
    some = f"{n:,} of {images:,} images cannot be read"
    if 2 * n < images:
        return DataError(f"{error} {some}: {reasons}")
    return DataError(f"Folder {root}: {some}, and the others are too few. {reasons}")
