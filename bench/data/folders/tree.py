"""The files below a folder: links followed, loops and litter left out, everything counted."""

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bench.data.formats.kinds import PICTURES, is_image
from bench.protocol.errors import DataError

_LITTER = frozenset({"__macosx", "$recycle.bin", "system volume information", "lost+found"})


@dataclass
class Tree:
    """What lies below a folder.

    Attributes:
        images: paths relative to it, with forward slashes, in order.
        others: suffix → how many files are no images.
        repeated: links to folders that are read already under another name.
        unnamed: images whose name is not UTF-8; as in `images`, what is not has no letter.
    """

    images: list[str] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    repeated: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)


def tree_of(root: Path) -> Tree:
    """Look at all that lies below a folder, but for what is hidden, litter, and results of runs.

    Plain strings throughout: a folder may hold a million files.

    Raises:
        DataError: if the name of an image is not UTF-8.
    """
    found = whole_tree_of(root)
    if found.unnamed:
        raise DataError(not_utf8(root, found.unnamed[0]))
    return found


def whole_tree_of(root: Path) -> Tree:
    """The same where images whose name is not UTF-8 are of account, too."""
    found = Tree()
    links: list[str] = []
    seen: set[tuple[int, int]] = set()
    _walk(str(root), "", found, links, seen)
    while links:  # after everything that is really there, so that a link never hides it
        link = links.pop(0)
        _walk(str(root), link, found, links, seen, linked=True)
    found.unnamed = [path for path in found.images if not is_utf8(path)]
    if found.unnamed:
        found.images = [path for path in found.images if is_utf8(path)]
    found.images.sort(key=lambda path: path.split("/"))
    return found


def _walk(
    root: str,
    start: str,
    found: Tree,
    links: list[str],
    seen: set[tuple[int, int]],
    linked: bool = False,
) -> None:
    waiting = [start]
    while waiting:
        place = waiting.pop()
        folder = os.path.join(root, place) if place else root
        try:
            about = os.stat(folder)
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        if (about.st_dev, about.st_ino) in seen:
            if linked:
                found.repeated.append(place)
            continue
        seen.add((about.st_dev, about.st_ino))
        if place and _is_of_a_run({entry.name for entry in entries}):
            continue
        for entry in entries:
            name = entry.name
            path = f"{place}/{name}" if place else name
            if name.startswith(".") or name.lower() in _LITTER:
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            elif entry.is_dir():
                links.append(path)
            elif entry.is_file() or entry.is_symlink():  # neither pipes nor sockets
                _file(folder, path, name, found)


def _is_of_a_run(names: set[str]) -> bool:
    return ".running" in names or {"study.json", "datasets"} <= names


def _file(folder: str, path: str, name: str, found: Tree) -> None:
    suffix = os.path.splitext(name)[1]
    listing = name.upper() == "DICOMDIR"  # of a medium; a DICOM file without an image
    if suffix.lower() in PICTURES or (not listing and is_image(Path(folder, name))):
        found.images.append(path)
    else:
        found.others[suffix.encode("utf-8", "replace").decode()] += 1


def is_utf8(path: str) -> bool:
    """Whether the name of a file, as the system gives it, is UTF-8."""
    return path.isascii() or not any("\udc80" <= letter <= "\udcff" for letter in path)


def shown(path: str) -> str:
    r"""The name of a file to be printed, what is not UTF-8 as `\xe4`."""
    letters = (f"\\x{ord(a) - 0xDC00:02x}" if "\udc80" <= a <= "\udcff" else a for a in path)
    return "".join(letters).encode("utf-8", "backslashreplace").decode()


def not_utf8(root: Path, path: str) -> str:
    """The sentence that says so of a file below a folder."""
    folder = shown(str(root))
    return f"Folder {folder}: the name of the file {shown(path)} is not UTF-8. Rename it."
