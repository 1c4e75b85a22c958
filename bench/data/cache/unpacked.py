"""The images of an npz file as memory maps in the cache, unpacked once and never all in memory.

An entry is used if the file has not been touched since; if it has but its MD5 checksum is the same,
its pixels are taken over.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.data.cache import decoded
from bench.data.cache.checksum import md5_of
from bench.data.cache.decoded import Entry
from bench.data.chunks import chunks
from bench.data.folders.case import Case
from bench.data.folders.files import quick_keys
from bench.data.formats.npz import Archive
from bench.machine.cache_folder import cache
from bench.protocol.errors import DataError


@dataclass(frozen=True, eq=False)
class Packed:
    """Images that are still in an archive.

    Attributes:
        array: its name.
        shape: `(n, h, w, c)` of the images, which are uint8.
        labels: `(n,)` int64.
    """

    array: str
    shape: tuple[int, int, int, int]
    labels: NDArray[np.int64]


class File:
    """An npz file on its way to an entry of the cache.

    The facts of its entry are "labels", `(n,)` int64 of train, val and test, and "md5", the
    checksum of the file, hexadecimal.

    Args:
        path: of the file.
        reading: what the entry depends on beside the file.

    Raises:
        DataError: if there is no such file.
    """

    def __init__(self, path: Path, reading: str) -> None:
        self._path = path
        self._reading = reading
        self._home = decoded.home(cache(), path.name, None)
        self._quick = self._quick_keys()

    def remembered(self) -> Entry | None:
        """The entry of the cache for just this file, if it is there and intact.

        Raises:
            DataError: if the cache cannot be written, or the file cannot be read.
        """
        known = [e for e in decoded.entries(self._home) if e.arrangement == self._reading]
        for entry in known:
            if np.array_equal(entry.quick, self._quick) and decoded.is_intact(entry):
                decoded.use(entry)
                return entry
        for entry in known:
            if str(entry.facts["md5"]) == self._md5 and decoded.is_intact(entry, wholly=True):
                return self._taken_over(entry)
        return None

    def unpacked(
        self, arrays: Archive, parts: Sequence[Packed], fingerprint: Callable[[Entry], str]
    ) -> Entry:
        """The entry, made anew.

        Args:
            arrays: the file, open.
            parts: train, val and test.
            fingerprint: of the data set of an entry; its errors keep the entry out of the cache.

        Raises:
            DataError: if an array is damaged, the images are of several sizes, or the cache cannot
                be written.
        """
        shape = parts[0].shape[1:]
        for part in parts:
            if part.shape[1:] != shape:
                raise DataError(
                    f"{self._path}: images are {shape} in {parts[0].array} but {part.shape[1:]} in "
                    f"{part.array}; all parts need one shape."
                )
        n = tuple(part.shape[0] for part in parts)
        with decoded.incomplete(self._home) as made:
            _write(made / "images.npy", (sum(n), *shape), arrays, parts)
            entry = Entry(
                folder=made,
                arrangement=self._reading,
                quick=self._quick,
                content=np.frombuffer(bytes.fromhex(self._md5), np.uint8)[None],
                order=np.zeros(sum(n), np.int64),
                parts=(n[0], n[1], n[2]),
                shape=shape,
                bits=8,
                facts={
                    "labels": np.concatenate([part.labels for part in parts]),
                    "md5": np.array(self._md5),
                },
            )
            entry = replace(entry, fingerprint=fingerprint(entry))
            if not np.array_equal(self._quick, self._quick_keys()):
                raise DataError(f"{self._path}: it was changed while it was read. Try again.")
            return self._published(entry)

    def _taken_over(self, entry: Entry) -> Entry | None:
        """The pixels of another entry under the keys of this file, None where links are unknown."""
        with decoded.incomplete(self._home) as made:
            try:
                os.link(entry.folder / "images.npy", made / "images.npy")
            except OSError:
                return None
            return self._published(replace(entry, folder=made, quick=self._quick))

    def _published(self, entry: Entry) -> Entry:
        decoded.write_about(entry)
        folder = decoded.publish(entry.folder, self._home)
        decoded.forget_old(cache(), self._home, folder)
        return replace(entry, folder=folder)

    def _quick_keys(self) -> NDArray[np.uint8]:
        path = self._path.resolve()
        root = Path(path.anchor)
        return quick_keys(root, [Case(path.relative_to(root).as_posix(), label="")])

    @cached_property
    def _md5(self) -> str:
        try:
            return md5_of(self._path)
        except OSError as error:
            raise DataError(f"{self._path}: cannot be read ({error.strerror or error}).") from None


def _write(target: Path, shape: tuple[int, ...], arrays: Archive, parts: Sequence[Packed]) -> None:
    """Write the images of all parts as one npy file."""
    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    with target.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for part in parts:
            if arrays.header(part.array).fortran:
                file.writelines(_turned(arrays, part, target.with_name("raw")))
            else:
                file.writelines(arrays.stream(part.array))


def _turned(arrays: Archive, part: Packed, raw: Path) -> Iterator[memoryview]:
    """The elements, last index fastest, of an array whose first index runs fastest."""
    with raw.open("wb") as file:
        file.writelines(arrays.stream(part.array))
    for images in chunks(np.memmap(raw, np.uint8, "r", 0, part.shape[::-1]).T):
        yield np.ascontiguousarray(images).data
    raw.unlink()
