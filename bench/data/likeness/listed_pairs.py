"""The pairs that a search for near-duplicates has found."""

import numpy as np
from numpy.typing import NDArray

from bench.data.likeness.details import ROWS
from bench.data.splits import Rows

MOST_PAIRS = 10**6
"""Near twins that are listed; where there are more, the images are frames of a film, and of each
image some of its twins are listed, in train before those in val and test."""

_LISTED = 8  # twins of an image that are listed of a film


class ListedPairs:
    """The pairs that were found; of a film, which has too many, some of each image."""

    def __init__(self, n: int) -> None:
        self.complete = True
        self._n = n
        self._number = 0
        self._pairs: list[NDArray[np.int64]] = []  # first · n + second
        self._mirrored: list[NDArray[np.bool_]] = []
        self._times = np.zeros(n, dtype=np.int64)  # pairs of each image

    def full(self, start: int, other: int) -> bool:
        """Whether enough is listed of every image of two blocks."""
        if self.complete:
            return False
        blocks = (self._times[place : place + ROWS] for place in (start, other))
        return all(bool((times >= _LISTED).all()) for times in blocks)

    def add(self, found: NDArray[np.bool_], start: int, other: int, flip: int | None) -> None:
        """Take the pairs of two blocks, `(rows, columns)`."""
        if not self.complete or self._number + np.count_nonzero(found) > MOST_PAIRS:
            self.complete = False
            room = _LISTED - self._times
            rows, columns = room[start : start + ROWS], room[other : other + ROWS]
            found = found & (
                (np.cumsum(found, axis=1, dtype=np.int16) <= rows[:, None])
                | (np.cumsum(found, axis=0, dtype=np.int16) <= columns)
            )
        first, second = np.nonzero(found)
        first, second = first + start, second + other
        self._number += len(first)
        np.add.at(self._times, first, 1)
        np.add.at(self._times, second, 1)
        self._pairs.append(first * self._n + second)
        self._mirrored.append(np.full(len(first), flip is not None))

    def pairs(self) -> tuple[Rows, Rows, NDArray[np.bool_]]:
        """The first and second of each pair, ascending, and whether it is found mirrored only."""
        if not self._pairs:
            return np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0, dtype=bool)
        pairs, earliest = np.unique(np.concatenate(self._pairs), return_index=True)
        mirrored = np.concatenate(self._mirrored)[earliest]  # of a block unmirrored ones come first
        return pairs // self._n, pairs % self._n, mirrored
