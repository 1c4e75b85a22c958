"""Paths that a manifest names → files of its folder."""

import os
import unicodedata
from pathlib import Path

from bench.protocol.errors import DataError, nearest_path

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

    def find(self, where: str, path: str) -> tuple[str, str]:
        """The path of a file, relative to the folder and with forward slashes, as it is on disk and
        as it is listed. A link stays what it is called.

        Args:
            where: in the manifest.
            path: as it is written there.

        Raises:
            DataError: if there is no such file, or if it lies outside.
        """
        if len(path) > _LONGEST:
            raise DataError(f"{where}: a path of {len(path):,} characters, {path[:40]}…")
        if "\0" in path:
            raise DataError(f"{where}: a path holds a null character.")
        joined = os.path.normpath(os.path.join(self._root, path.replace("\\", "/")))
        real = self._resolved(joined)
        if not self._inside(real) and not self._allow_outside:
            raise DataError(
                f"{where}: {path} lies outside the folder {self._shown}. Move the image into it, "
                "or allow it with --allow-outside."
            )
        listed = self._relative(joined, real)
        if os.path.isfile(real):
            return listed, listed
        if os.path.isdir(real):
            raise DataError(f"{where}: {path} is a folder, not a file.")
        found = self._otherwise_composed(listed)
        if not found:
            hint = nearest_path(Path(path), self._shown)
            raise DataError(f"{where}: there is no file {path}.{hint}")
        real = os.path.realpath(os.path.join(self._root, found))
        if not self._inside(real) and not self._allow_outside:
            raise DataError(f"{where}: {path} lies outside the folder {self._shown}.")
        return found, listed

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
