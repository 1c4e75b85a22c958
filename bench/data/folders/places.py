"""Paths that a manifest names → files of its folder."""

import errno
import os
import re
import unicodedata
from itertools import takewhile
from pathlib import Path

from bench.data.folders.names.mask_folders import stem
from bench.data.folders.names.mask_names import kind_of_folder
from bench.data.folders.names.spelling import folded
from bench.data.folders.tree import whole_tree_of
from bench.protocol.errors import DataError, nearest_path


class NoSuchFile(DataError):
    """A row of a manifest that names what is not there."""


_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_LONGEST = 4096  # characters of a path, more than any system takes


class Places:
    """Finds the files of a folder, each folder below it looked at once.

    Args:
        root: the folder.
        allow_outside: whether files may lie outside of it.
    """

    def __init__(self, root: Path, allow_outside: bool) -> None:
        self._root = os.path.abspath(root)
        self._shown = root
        self._real = os.path.realpath(root)
        self._allow_outside = allow_outside
        self._folders: dict[str, str] = {}
        self._names: dict[str, dict[str, str]] = {}
        self._images: dict[str, list[str]] | None = None
        self._folded: dict[tuple[str, ...], list[tuple[str, list[str]]]] | None = None

    def find(self, where: str, path: str) -> tuple[str, str]:
        """The path of a file, relative to the folder and with forward slashes, as it is on disk and
        as it is listed. A link stays what it is called. A name alone, with or without its suffix,
        is that of the one image below the folder that is called so, none of a folder of masks.

        Args:
            where: in the manifest.
            path: as it is written there.

        Raises:
            NoSuchFile: if there is no such file.
            DataError: if a name is that of several, or if it lies outside.
        """
        if len(path) > _LONGEST:
            raise DataError(f"{where}: a path of {len(path):,} characters, {path[:40]}…")
        if "\0" in path:
            raise DataError(f"{where}: a path holds a null character.")
        joined = os.path.normpath(os.path.join(self._root, path.replace("\\", "/")))
        real = self._resolved(joined)
        if not self._inside(real) and not self._allow_outside:
            hint = "" if os.path.exists(real) else self._like(path)
            raise DataError(
                f"{where}: {path} lies outside the folder {self._shown}. Move the image into it, "
                f"or allow it with --allow-outside.{hint}"
            )
        listed = self._relative(joined, real)
        if os.path.isfile(real):
            return listed, listed
        if os.path.isdir(real):
            raise NoSuchFile(f"{where}: {path} is a folder, not a file.")
        found = self._otherwise_composed(listed) or self._by_name(where, path)
        if not found:
            if why := _closed(real):
                raise NoSuchFile(
                    f"{where}: {path} cannot be read ({why}). Make it and its folder readable."
                )
            if os.path.islink(joined):
                raise NoSuchFile(
                    f"{where}: {path} is a link that leads nowhere. Correct it, or leave it out."
                )
            hint = self._like(path) or nearest_path(Path(path), self._shown)
            raise NoSuchFile(f"{where}: there is no file {path}.{hint}")
        real = os.path.realpath(os.path.join(self._root, found))
        if not self._inside(real) and not self._allow_outside:
            raise DataError(f"{where}: {path} lies outside the folder {self._shown}.")
        return found, listed

    def _by_name(self, where: str, name: str) -> str:
        if "/" in name or "\\" in name:
            return ""
        if self._images is None:
            self._images = {}
            for path in whole_tree_of(self._shown).images:
                *folders, file = path.split("/")
                if not any(kind_of_folder(folder) == "masks" for folder in folders):
                    for called in {file, stem(file)}:
                        self._images.setdefault(called, []).append(path)
        found = self._images.get(name, [])
        if len(found) > 1:
            raise DataError(
                f"{where}: {name} could be {found[0]} or {found[1]}. Write the path of the image."
            )
        return found[0] if found else ""

    def _like(self, path: str) -> str:
        """A sentence, after a space, about the one image that a path nearly names: in other
        letters, below other folders, or with other zeros before its number; "" for none."""
        parts = folded(path.replace("\\", "/")).split("/")
        found, same = self._nearest(parts)
        if not found:
            return ""
        if same == len(parts) == len(found.split("/")):
            how = "capitals and small letters tell names apart"
        elif same:
            how = f"write paths from the folder {os.path.basename(self._root)} on, as this one"
        else:
            how = (
                "the zeros before its number are missing, as when spreadsheets take ids for "
                "numbers; write them, with the column as text"
            )
        return f" There is {found}: {how}."

    def _nearest(self, parts: list[str]) -> tuple[str, int]:
        """The one image that has the most last parts of a path in common with it, and how many;
        where none has, the one whose name differs in zeros before its number alone."""
        if self._folded is None:
            self._folded = {}
            for image in whole_tree_of(self._shown).images:
                *_, file = own = folded(image).split("/")
                for key in {
                    (file,),
                    ("0", _without_zeros(file)),
                    ("0", _without_zeros(stem(file))),
                }:
                    self._folded.setdefault(key, []).append((image, own))
        alike = self._folded.get((parts[-1],), [])
        length = [_in_common(parts, own) for _, own in alike]
        best = [alike[i][0] for i, n in enumerate(length) if n == max(length)]
        if len(best) == 1:
            return best[0], max(length)
        fits = self._folded.get(("0", _without_zeros(parts[-1])), []) if not alike else []
        return (fits[0][0], 0) if len(fits) == 1 else ("", 0)

    def _inside(self, real: str) -> bool:
        return real.startswith(self._real.rstrip(os.sep) + os.sep)

    def _resolved(self, joined: str) -> str:
        folder, name = os.path.split(joined)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        real = os.path.join(self._folders[folder], name)
        return os.path.realpath(real) if os.path.islink(real) else real

    def _relative(self, joined: str, real: str) -> str:
        relative = os.path.relpath(joined, self._root)
        if relative.startswith("..") and self._inside(real):
            relative = os.path.relpath(real, self._real)
        return relative.replace(os.sep, "/")

    def _otherwise_composed(self, listed: str) -> str:
        """The path on disk whose letters are composed otherwise (é as one sign or as two), "" where
        there is none."""
        found = ""
        for name in listed.split("/"):
            folder = os.path.join(self._root, found)
            if folder not in self._names:
                try:
                    on_disk = os.listdir(folder)
                except OSError:
                    return ""
                self._names[folder] = {unicodedata.normalize("NFC", n): n for n in on_disk}
            known = self._names[folder].get(unicodedata.normalize("NFC", name))
            if known is None:
                return ""
            found = f"{found}/{known}" if found else known
        return found if os.path.isfile(os.path.join(self._root, found)) else ""


def _closed(real: str) -> str:
    """Why the system does not say what a path is, "" where it does, or nothing is there."""
    try:
        os.stat(real)
    except OSError as error:
        gone = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
        return "" if error.errno in gone else error.strerror or str(error)
    return ""


def _in_common(one: list[str], other: list[str]) -> int:
    """How many of the last parts of two paths are the same."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return len([*takewhile(lambda pair: pair[0] == pair[1], pairs)])


def _without_zeros(name: str) -> str:
    """
    >>> _without_zeros("img_007.png"), _without_zeros("0000.png")
    ('img_7.png', '0.png')
    """
    return _ZEROS.sub("", name)
