"""One number for each label of DICOM segments in a folder: files number theirs as they come."""

import threading
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bench.data.formats.label_values import LabelValues
from bench.protocol.errors import DataError

_MOST = 255


class SegmentNumbers:
    """The labels of segments in the files of a folder. May be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._given: dict[str, int] = {}
        self._files: dict[str, tuple[tuple[int, str], ...]] = {}

    def noted(self, path: str, one: LabelValues) -> NDArray[np.uint8]:
        """The values of a file by the numbers that its labels have until now, which `numbers` may
        change: those of the file, where they are not taken.

        Raises:
            DataError: if a folder has too many labels.
        """
        lookup = np.zeros(256, np.uint8)
        with self._lock:
            self._files[path] = one.names
            for number, label in one.names:
                lookup[number] = _number(self._given, label, number, path)
        return lookup[one.values]

    def numbers(self) -> tuple[dict[str, int], NDArray[np.uint8] | None]:
        """Label → number in the order of the files' paths, and how numbers of `noted` change; None
        where they stay."""
        found: dict[str, int] = {}
        for path in sorted(self._files):
            for number, label in self._files[path]:
                _number(found, label, number, path)
        if found == self._given:
            return found, None
        lookup = np.zeros(256, np.uint8)
        for label, number in self._given.items():
            lookup[number] = found[label]
        return found, lookup

    def other(self, numbers: Mapping[str, int]) -> tuple[str, int, str] | None:
        """A file with a label that has another one of these numbers there, the number, and the
        label."""
        for path in sorted(self._files):
            for number, label in self._files[path]:
                if numbers[label] != number:
                    return path, number, label
        return None

    @property
    def files(self) -> Mapping[str, tuple[tuple[int, str], ...]]:
        """Path → number and label of its segments."""
        return self._files


def _number(known: dict[str, int], label: str, wanted: int, path: str) -> int:
    """The number of a label: the wanted one for a new label, if no other has it."""
    if label not in known:
        taken = {*known.values()}
        free = next((n for n in (wanted, *range(1, _MOST + 1)) if n not in taken), None)
        if free is None:
            raise DataError(
                f"{path}: more than {_MOST} labels of segments; leave out those of no account."
            )
        known[label] = free
    return known[label]
