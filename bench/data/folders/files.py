"""The files behind cases: whether they changed, and what they hold."""

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.data.folders.case import Case
from bench.data.formats.images import absent, file_bytes

KEY = 16
"""Bytes of a key."""

Keys = NDArray[np.uint8]
"""`(n, KEY)`, a key per case."""

_KEPT = 4  # files of several cases that are kept, for the next of their slices
_MOST_KEPT = 2 * 10**8  # bytes of one of them


def quick_keys(root: Path, cases: Sequence[Case], skip_absent: bool = False) -> Keys:
    """Keys that change when a file of a case is written, replaced or given another name.

    They are made of names, sizes, and the times of the last change of content and of the entry in
    the folder; no file is opened.

    Args:
        root: the folder of the cases.
        cases: n of them.
        skip_absent: whether a file may be missing, which decoding says then.

    Raises:
        DataError: if a file is missing or behind a closed folder, or a link leads nowhere.
    """
    keys = np.empty((len(cases), KEY), np.uint8)
    base = str(root)
    for i, case in enumerate(cases):
        digest = hashlib.blake2b(case.id.encode(), digest_size=KEY)
        for path in (case.path, *case.masks):
            try:
                seen = os.stat(f"{base}/{path}")
            except OSError as error:
                if skip_absent:
                    digest.update(f"\0{path}\0".encode())
                    continue
                raise absent(root / path, error) from None
            digest.update(
                f"\0{path}\0{seen.st_size} {seen.st_mtime_ns} {seen.st_ctime_ns}".encode()
            )
        keys[i] = np.frombuffer(digest.digest(), np.uint8)
    return keys


class Reader:
    """Reads files; one that several cases share is read once for neighbouring cases.

    It may be used from several threads.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[bytes, bytes]] = OrderedDict()

    def content(self, path: str, shared: bool) -> tuple[bytes, bytes]:
        """The bytes of a file and their digest.

        Args:
            path: relative to the folder.
            shared: whether another case may need the file too.

        Raises:
            DataError: if it cannot be read.
        """
        if shared:
            with self._lock:
                if path in self._kept:
                    self._kept.move_to_end(path)
                    return self._kept[path]
        data = file_bytes(self._root / path)
        found = (data, hashlib.blake2b(data, digest_size=KEY).digest())
        if shared and len(data) <= _MOST_KEPT:
            with self._lock:
                self._kept[path] = found
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return found


def content_key(case: Case, digests: Sequence[bytes]) -> bytes:
    """What the pixels of a case depend on, whatever its files are called.

    Args:
        case: for the part of the file that it is.
        digests: of its image and of its masks.
    """
    part = f"{case.frame} {case.axis} {case.index} {len(case.masks)}"
    return hashlib.blake2b(b"".join(digests) + part.encode(), digest_size=KEY).digest()
