"""The files below a folder: links followed, loops and litter left out, everything counted."""

import errno
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bench.data.formats.kinds import PICTURES, is_image, is_named_like_an_image
from bench.protocol.errors import DataError

_LITTER = frozenset({"__macosx", "$recycle.bin", "system volume information", "lost+found"})
_GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})  # nothing is behind such a name

CLOSED = "cannot be looked into"
"""What is said of a folder whose images are not known."""


@dataclass
class Tree:
    """What lies below a folder.

    Attributes:
        images: paths relative to it, with forward slashes, in order.
        others: suffix → how many files are no images.
        repeated: links to folders that are read already under another name.
        unnamed: images whose name is not UTF-8; as in `images`, what is not has no letter.
        closed: path → why, of what may hold images and cannot be looked into.
    """

    images: list[str] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    repeated: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    closed: dict[str, str] = field(default_factory=dict)

    def unreadable(self, root: Path) -> tuple[str, ...]:
        """A sentence for each that is closed."""
        return tuple(closed(root, path, why) for path, why in sorted(self.closed.items()))


def tree_of(root: Path) -> Tree:
    """Look at all that lies below a folder, but for what is hidden, litter, and results of runs.

    Plain strings throughout: a folder may hold a million files.

    Raises:
        DataError: if the name of an image is not UTF-8, or the folder itself cannot be looked into.
    """
    found = whole_tree_of(root)
    if found.unnamed:
        raise DataError(not_utf8(root, found.unnamed[0]))
    return found


def whole_tree_of(root: Path) -> Tree:
    """The same where images whose name is not UTF-8 are of account, too.

    Raises:
        DataError: if the folder itself cannot be looked into.
    """
    found = Tree()
    links: list[str] = []
    seen: set[tuple[int, int]] = set()
    _walk(str(root), "", found, links, seen)
    if "" in found.closed:
        raise DataError(closed(root, "", found.closed[""]))
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
            if (about.st_dev, about.st_ino) in seen:
                if linked:
                    found.repeated.append(place)
                continue
            seen.add((about.st_dev, about.st_ino))
            with os.scandir(folder) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError as error:
            if error.errno not in _GONE:
                found.closed[place] = error.strerror or str(error)
            continue
        if place and _is_of_a_run({entry.name for entry in entries}):
            continue
        for entry in entries:
            name = entry.name
            path = f"{place}/{name}" if place else name
            if is_passed_over(name):
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(path)
                elif entry.is_dir():
                    links.append(path)
                elif entry.is_file() or entry.is_symlink():  # neither pipes nor sockets
                    _file(folder, path, name, found)
            except OSError as error:  # a link that goes in a circle, or through a closed folder
                if error.errno in _GONE or is_named_like_an_image(name):
                    _file(folder, path, name, found)
                else:
                    found.closed[path] = error.strerror or str(error)


def _is_of_a_run(names: set[str]) -> bool:
    return ".running" in names or {"study.json", "datasets"} <= names


def _file(folder: str, path: str, name: str, found: Tree) -> None:
    suffix = os.path.splitext(name)[1]
    listing = name.upper() == "DICOMDIR"  # of a medium; a DICOM file without an image
    if suffix.lower() in PICTURES or (not listing and is_image(Path(folder, name))):
        found.images.append(path)
    else:
        found.others[suffix.encode("utf-8", "replace").decode()] += 1


def is_passed_over(name: str) -> bool:
    """Whether what is called so is hidden, or litter that systems leave."""
    return name.startswith(".") or name.lower() in _LITTER


def closed(root: Path, path: str, why: str) -> str:
    """The sentence that says so of a folder, or of a link that may lead to one."""
    place = shown(os.path.join(root, path) if path else str(root))
    return f"Folder {place}: {CLOSED} ({why}). Make it readable, or move it away."


def with_closed(root: Path, error: DataError) -> DataError:
    """What to say where reading a folder fails, which it may for what cannot be looked into."""
    told = whole_tree_of(root).unreadable(root)
    return error if CLOSED in str(error) or not told else type(error)(f"{told[0]} {error}")


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
