"""Lookup tables of DICOM: their descriptors, entries of 8 and 16 bits, segmented palettes.

PS3.3, C.11.1.1 (modality), C.11.2.1.1 (values of interest), C.7.6.3.1.5 and .6 and C.7.9.2
(palettes).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Stored = NDArray[np.int64]


class Unreadable(ValueError):
    """What a file says of itself cannot be; the text quotes no value of it."""


@dataclass(frozen=True, eq=False)
class Table:
    """A lookup table.

    Attributes:
        entries: `(n,)` int64.
        first: the value that the first entry is for; values below it have that entry, too, and
            those above the last one the last.
        bits: of an entry, as declared.
    """

    entries: Stored
    first: int
    bits: int

    def of(self, values: NDArray[Any]) -> Stored:
        """The entry of each value."""
        rows = np.clip(np.rint(values) - self.first, 0, len(self.entries) - 1)
        found: Stored = self.entries[np.nan_to_num(rows).astype(np.int64)]
        return found

    @property
    def top(self) -> tuple[float, bool]:
        """What its brightest entry could be, and whether that is as it was declared: a table that
        uses fewer or more bits than it declares ends at its own largest entry."""
        largest = int(self.entries.max())
        if largest.bit_length() == self.bits or largest <= 0:
            return 2.0**self.bits - 1, True
        return float(largest), False


def table(descriptor: Any, data: Any, signed: bool, big_endian: bool) -> Table:
    """A lookup table as a file holds it.

    Args:
        descriptor: number of entries (0 for 65,536), first value, bits of an entry.
        data: the entries: bytes or numbers, of 8 or of 16 bits.
        signed: whether the values that are looked up may be negative, so that a first value of
            32,768 or more stands for one.
        big_endian: order of the bytes.

    Raises:
        Unreadable: if they do not belong together.
    """
    n, first, bits = _described(descriptor, big_endian)
    if signed and first >= 1 << 15:
        first -= 1 << 16
    return Table(_entries(data, n, big_endian), first, bits)


def palette(descriptor: Any, data: Any, segments: Any, signed: bool, big_endian: bool) -> Table:
    """The table of one colour; `segments` are used where there is no `data`.

    Raises:
        Unreadable: if they do not belong together.
    """
    if data:
        return table(descriptor, data, signed, big_endian)
    n, first, bits = _described(descriptor, big_endian)
    if signed and first >= 1 << 15:
        first -= 1 << 16
    words = _words(segments, 8 if bits == 8 and isinstance(segments, bytes) else 16, big_endian)
    return Table(_expanded(words, n), first, bits)


def _described(descriptor: Any, big_endian: bool) -> tuple[int, int, int]:
    if isinstance(descriptor, bytes):
        descriptor = np.frombuffer(descriptor, ">u2" if big_endian else "<u2").tolist()
    if not isinstance(descriptor, Sequence) or len(descriptor) != 3:
        raise Unreadable("the descriptor of a lookup table has not three numbers")
    n, first, bits = (int(number) for number in descriptor)
    n = (n & 0xFFFF) or 1 << 16
    if not 1 <= bits <= 16:
        raise Unreadable("a lookup table has entries of neither 8 nor 16 bits")
    return n, first, bits


def _entries(data: Any, n: int, big_endian: bool) -> Stored:
    """The first n entries; whether they are of one byte or of two is told by how many there are."""
    if isinstance(data, bytes):
        if n <= len(data) <= n + 1:
            return _words(data, 8, big_endian)[:n]
        found = _words(data[: len(data) // 2 * 2], 16, big_endian)
    elif isinstance(data, Sequence) or np.isscalar(data):
        found = np.atleast_1d(np.asarray(data, np.int64)) & 0xFFFF
        if len(found) == -(-n // 2) and n > 1:  # two in each word, the first in its low byte
            found = np.stack([found & 255, found >> 8], axis=1).reshape(-1)
    else:
        raise Unreadable("a lookup table has no entries")
    if not n <= len(found) <= n + 1:
        raise Unreadable("a lookup table has another number of entries than it declares")
    return found[:n]


def _words(data: Any, bits: int, big_endian: bool) -> Stored:
    if not isinstance(data, bytes):
        return np.atleast_1d(np.asarray(data, np.int64)) & 0xFFFF
    if bits == 16:
        return np.frombuffer(data, ">u2" if big_endian else "<u2").astype(np.int64)
    found = np.frombuffer(data, np.uint8).astype(np.int64)
    if big_endian and len(found) % 2 == 0:  # bytes of a word are exchanged
        found = found.reshape(-1, 2)[:, ::-1].reshape(-1)
    return found


def _expanded(words: Stored, n: int) -> Stored:
    """A segmented table: runs of entries, lines between two, and repeats of earlier segments.

    Raises:
        Unreadable: if the segments do not make up the table.
    """
    found: list[int] = []
    _append(words, 0, len(words), found, n)
    if len(found) < n:
        raise Unreadable("a segmented palette has fewer entries than it declares")
    return np.array(found[:n], np.int64)


def _append(words: Stored, start: int, segments: int, found: list[int], n: int) -> None:
    at = start
    while at + 1 < len(words) and segments > 0 and len(found) < n:
        code, length = int(words[at]), int(words[at + 1])
        if code == 0:
            found += words[at + 2 : at + 2 + length].tolist()
            at += 2 + length
        elif code == 1 and found and at + 2 < len(words):
            last = float(words[at + 2])
            steps = np.linspace(found[-1], last, length + 1)[1:]
            found += np.rint(steps).astype(int).tolist()
            at += 3
        elif code == 2 and at + 3 < len(words) and start == 0:
            back = int(words[at + 2]) | int(words[at + 3]) << 16
            if back >= at or (back == 0 and at == 0):
                raise Unreadable("a segmented palette repeats what comes later")
            _repeat(words, back, length, found, n)
            at += 4
        else:
            raise Unreadable("a segmented palette has an unknown segment")
        segments -= 1


def _repeat(words: Stored, at: int, segments: int, found: list[int], n: int) -> None:
    """Append earlier segments again, none of which may be a repeat."""
    for _ in range(segments):
        if at + 1 >= len(words) or words[at] not in (0, 1):
            raise Unreadable("a segmented palette repeats what is no segment")
        size = 2 + int(words[at + 1]) if words[at] == 0 else 3
        _append(words[at : at + size], 0, 1, found, n)
        at += size
