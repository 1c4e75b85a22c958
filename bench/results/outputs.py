"""What a command is about to write: never over what it reads, nor over what is no file."""

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from bench.protocol.errors import UsageError, dead_link


def refuse_output(
    out: Path, option: str, inputs: Iterable[Path | None], ending: str | None = None
) -> None:
    """Refuse a file that lies there and is read by the same command, or is no regular file.

    A link is refused, too: it would be replaced, and `/dev/stdout` is one.

    Args:
        out: what is to be written.
        option: that names it.
        inputs: files and folders that are read; None is left out. All that lies in a folder is
            read, but for
        ending: files whose names end so.

    Raises:
        UsageError: if it is to be refused.
    """
    mode = _mode(out)
    if mode is None:
        return
    if stat.S_ISLNK(mode):
        raise UsageError(f"{option} {out}: is a link. Name the file itself.")
    if stat.S_ISDIR(mode):
        raise UsageError(f"{option} {out}: is a folder. Name a file.")
    if not stat.S_ISREG(mode):
        raise UsageError(f"{option} {out}: is a device or a pipe. Name a file.")
    ours = ending is not None and out.name.lower().endswith(ending)
    for each in inputs:
        if each is not None and (_same(out, each) or (not ours and _below(out, each))):
            raise UsageError(
                f"{option} {out}: is read by this command itself, and would be lost. Name another "
                "file."
            )


def refuse_unless_new(out: Path, option: str) -> None:
    """Refuse a file that exists, or whose folder cannot be made or written to.

    For files that are written after a look at all images: what would fail then fails at once.

    Args:
        out: what is to be written.
        option: that names it.

    Raises:
        UsageError: if it is to be refused.
    """
    if _mode(out) is not None:
        raise UsageError(f"{option} {out} exists and is not overwritten. Name another file.")
    folder = out.parent
    while not os.path.lexists(folder):  # those that are missing are made
        folder = folder.parent
    if not folder.is_dir():
        raise UsageError(f"{option} {out}: {folder} is no folder. Name a file elsewhere.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(
            f"{option} {out}: nothing can be written to {folder.resolve()}. Allow it, or name a "
            "file elsewhere."
        )


def refuse_output_folder(out: Path, option: str, inputs: Iterable[Path | None]) -> None:
    """Refuse a folder for files that is read by the same command, or is a file.

    Args:
        out: where files are to be written.
        option: that names it.
        inputs: folders that are read; None is left out.

    Raises:
        UsageError: if it is to be refused.
    """
    if os.path.lexists(out) and not out.is_dir():
        raise UsageError(f"{option} {out}: is no folder. Name one.{dead_link(out)}")
    if any(each is not None and _same(out, each) for each in inputs):
        raise UsageError(f"{option} {out}: is read by this command itself. Name another folder.")


def _mode(path: Path) -> int | None:
    """What lies there, None where nothing does; what cannot be looked at is said by the write."""
    with suppress(OSError, ValueError):
        return path.lstat().st_mode
    return None


def _same(out: Path, other: Path) -> bool:
    with suppress(OSError, ValueError):
        return os.path.samefile(out, other)
    return False


def _below(out: Path, folder: Path) -> bool:
    return folder.is_dir() and Path(os.path.realpath(out)).is_relative_to(os.path.realpath(folder))
