"""Images that are nearly the same: saved twice, scaled, recompressed, brightened or mirrored.

Identical images are found by their digests (`bench.data.splits`). Two others are near twins if
they are alike in both of these, as they are or with one of them mirrored (left to right, or top to
bottom):

1. their gray levels, averaged to 16×16, correlate by at least `COARSE`;
2. so do, by at least `DETAIL`, their gray levels at no more than 64×64 once everything coarser than
   about an eighth of the side is taken away (by a Gaussian's blur).

The first is quick, and true of many images of one body part; the second tells those apart. No
correlation changes with brightness or contrast.

Some images show too little for that, such as the outermost slices of a head, a bright spot on
black: spots of two patients are alike in both. Where the details of an image lie in less than
`LITTLE` of its area, the first correlation has to be `COARSE_OF_LITTLE`, which copies reach and
other patients do not; an image that is fainter than `FAINT` has no near twins at all.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.data.chunks import BYTES, images_at
from bench.data.dataset import Dataset
from bench.data.likeness import (
    COARSE_SIDE,
    DETAIL_SIDE,
    Vectors,
    coarse_pictures,
    detail_vectors,
    halved,
    spread,
)
from bench.data.splits import Rows, image_digests

COARSE = 0.97
"""Least correlation of 16×16 gray levels.

With both limits the twins found in BreastMNIST (61 of 156 test images), BUSI and HAM10000 were all
real where they were looked at; of the rest one pair of 5,856 in PneumoniaMNIST and one mirrored
pair of 400 white blood cells only look alike. Of copies that were scaled, recompressed, brightened
or mirrored 97 % and more are found in each of these sets.
"""

DETAIL = 0.85
"""Least correlation of details, for images of 48 px and more."""

DETAIL_SMALL = 0.80
"""The same for smaller images, whose details are single pixels and change most when they are
scaled."""

LITTLE = 0.18
"""Share of its area (`bench.data.likeness.spread`) over which the details of an image lie, below
which it shows little: of slices of heads those near the top, of other images few.

Of 3,929 slices of 110 patients (brain-mri-lgg, 64 px) 157 pairs of two patients were alike without
the limits on such images, and 7 are with them; docs/measurements/groups.md.
"""

COARSE_OF_LITTLE = 0.99
"""Least correlation of 16×16 gray levels where one of the two images shows little."""

FAINT = 1.0
"""Gray levels of 255, the standard deviation of 16×16 averages. What is fainter is shading, noise
and traces of compression."""

LIMITS = (COARSE, DETAIL, DETAIL_SMALL, LITTLE, COARSE_OF_LITTLE, FAINT)
"""On which the pairs that are found depend."""

MOST_COMPARISONS = 2 * 10**10
"""With more the search is left out: it would take many minutes."""

MOST_PAIRS = 10**6
"""Near twins that are listed; where there are more, the images are frames of a film, and of each
image some of its twins are listed, in train before those in val and test."""

DETAIL_BYTES = 512 * 2**20
"""Of details that are held at a time. Those of more images are made again as they are needed."""

_SMALL = 48  # px
_ROWS = 1024  # images whose correlations are held at a time
_FLIPS: tuple[int | None, ...] = (None, 2, 1)  # axis of (n, h, w) that is turned round
_LISTED = 8  # twins of an image that are listed of a film
_DENSE = 1 / 64  # share of pairs from which a product of matrices is quicker than one by one


@dataclass(frozen=True, eq=False)
class Twins:
    """What was found among the n cases of a data set, train first, then val, then test.

    Attributes:
        digests: `(n,)` uint64 of the images, equal for identical ones only.
        constant: `(n,)` whether an image shows nothing; it counts as nobody's twin.
        first, second: `(m,)` rows of near twins, first < second, each pair once. Of identical
            images only the first stands in a pair.
        mirrored: `(m,)` whether one of them is mirrored.
        complete: whether all pairs are here, and not only some of more than `MOST_PAIRS`; then
            every image that has twins has some here all the same.
    """

    digests: NDArray[np.uint64]
    constant: NDArray[np.bool_]
    first: Rows
    second: Rows
    mirrored: NDArray[np.bool_]
    complete: bool = True


def find_twins(data: Dataset) -> Twins | None:
    """All near twins among all images of a data set; None where there are too many to compare.

    Masks play no part in near twins; identical images have identical masks too.
    """
    parts = [part.images for _, part in data.parts()]
    return twins_among(parts, np.concatenate([image_digests(images) for images in parts]))


def twins_among(parts: Sequence[NDArray[np.uint8]], digests: NDArray[np.uint64]) -> Twins | None:
    """All near twins among images; None where there are too many to compare.

    Args:
        parts: images `(n, h, w, c)` of one shape, in several arrays.
        digests: of all of them, see `bench.data.splits.image_digests`.
    """
    _, kept = np.unique(digests, return_index=True)
    kept.sort()
    if len(kept) ** 2 // 2 > MOST_COMPARISONS:
        return None
    pictures = [coarse_pictures(images) for images in parts]
    vectors = np.concatenate([vectors for vectors, _ in pictures])
    constant: NDArray[np.bool_] = np.asarray(~vectors.any(axis=1))
    vectors[np.concatenate([deviation for _, deviation in pictures]) < FAINT] = 0
    vectors = vectors[kept]
    details = _Details(parts, kept)
    listed = _Listed(len(kept))
    for start in range(0, len(kept), _ROWS):
        for other in range(start, len(kept), _ROWS):
            if listed.full(start, other):
                continue
            for flip in _FLIPS:
                products = _coarse_products(vectors, start, other, flip, details.width_coarse)
                coarse = products >= COARSE
                if coarse.any():
                    found = details.alike(coarse, start, other, flip)
                    found &= (products >= COARSE_OF_LITTLE) | details.show_enough(start, other)
                    listed.add(found, start, other, flip)
    first, second, mirrored = listed.pairs()
    return Twins(digests, constant, kept[first], kept[second], mirrored, listed.complete)


def _coarse_products(
    vectors: Vectors, start: int, other: int, flip: int | None, width: int
) -> Vectors:
    """Correlations of the images of one block with those of another; -1 where a pair is told
    elsewhere."""
    some = vectors[start : start + _ROWS]
    if flip is not None:
        some = np.flip(some.reshape(len(some), -1, width), flip).reshape(some.shape)
    products: Vectors = some @ vectors[other : other + _ROWS].T
    if start == other:
        products[np.tril_indices(len(products))] = -1
    return products


class _Details:
    """The details of images, made when they are first asked for, a block of images at a time."""

    def __init__(self, parts: Sequence[NDArray[np.uint8]], kept: Rows) -> None:
        self._parts, self._kept = parts, kept
        h, w = parts[0].shape[1:3]
        self.width_coarse = min(w, COARSE_SIDE)
        self._shape = min(h, DETAIL_SIDE), min(w, DETAIL_SIDE)
        self._much = np.ones(len(kept), dtype=bool)  # of images whose details were made
        self._least = DETAIL if min(h, w) >= _SMALL else DETAIL_SMALL
        self._blocks: OrderedDict[int, tuple[Vectors, NDArray[np.bool_]]] = OrderedDict()
        self._most = max(2, DETAIL_BYTES // (4 * self._shape[0] * self._shape[1] * _ROWS))

    def alike(
        self, coarse: NDArray[np.bool_], start: int, other: int, flip: int | None
    ) -> NDArray[np.bool_]:
        """Which of the pairs of two blocks correlate in their details too.

        Args:
            coarse: `(rows, columns)` the pairs.
            start, other: where the blocks begin.
            flip: how the first of each pair is mirrored.
        """
        rows, columns = np.flatnonzero(coarse.any(axis=1)), np.flatnonzero(coarse.any(axis=0))
        seen, others = self._of(start, rows), self._of(other, columns)
        if flip is not None:
            seen = np.flip(seen.reshape(-1, *self._shape), flip).reshape(seen.shape)
        asked = coarse[np.ix_(rows, columns)]
        if np.count_nonzero(asked) > _DENSE * asked.size:
            sure, asked = self._by_halves(seen, others, asked)
        else:
            sure = np.zeros_like(asked)
        if np.count_nonzero(asked) > _DENSE * asked.size:
            asked &= seen @ others.T >= self._least
        else:
            self._one_by_one(seen, others, asked)
        found = np.zeros_like(coarse)
        found[np.ix_(rows, columns)] = asked | sure
        return found

    def show_enough(self, start: int, other: int) -> NDArray[np.bool_]:
        """`(rows, columns)` whether both images show more than a little, of pairs asked about."""
        much = self._much[start : start + _ROWS], self._much[other : other + _ROWS]
        found: NDArray[np.bool_] = much[0][:, None] & much[1]
        return found

    def _by_halves(
        self, seen: Vectors, others: Vectors, asked: NDArray[np.bool_]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which pairs are alike for sure, and which could be, by details at half the resolution.

        What is lost of two details x and y, of which a and b are left, correlates by no more than
        √(1 - a²) √(1 - b²), so that x·y lies within as much of a·b.
        """
        low = [halved(vectors.reshape(-1, *self._shape)) for vectors in (seen, others)]
        lost = [np.sqrt(np.maximum(1 - np.einsum("ij,ij->i", a, a), 0)) for a in low]
        product = low[0] @ low[1].T
        most = np.outer(lost[0], lost[1]) + 1e-5  # for rounding
        sure = asked & (product - most >= self._least)
        return sure, asked & ~sure & (product + most >= self._least)

    def _one_by_one(self, seen: Vectors, others: Vectors, asked: NDArray[np.bool_]) -> None:
        first, second = np.nonzero(asked)
        few = max(1, BYTES // (4 * seen.shape[1]))
        for begin in range(0, len(first), few):
            one, two = first[begin : begin + few], second[begin : begin + few]
            products = np.einsum("ij,ij->i", seen[one], others[two])
            asked[one, two] = products >= self._least

    def _of(self, start: int, rows: Rows) -> Vectors:
        """`(n, d)` the details of some images of the block that begins at `start`."""
        if start not in self._blocks:
            while len(self._blocks) >= self._most:
                self._blocks.popitem(last=False)
            n = min(_ROWS, len(self._kept) - start)
            size = self._shape[0] * self._shape[1]
            self._blocks[start] = np.empty((n, size), np.float32), np.zeros(n, dtype=bool)
        self._blocks.move_to_end(start)
        made, known = self._blocks[start]
        wanted = rows[~known[rows]]
        h, w, c = self._parts[0].shape[1:]
        few = max(1, BYTES // (h * w * c * 4))
        for begin in range(0, len(wanted), few):
            own = wanted[begin : begin + few]
            details = detail_vectors(images_at(self._parts, self._kept[start + own]))
            self._much[start + own] = spread(details.reshape(-1, *self._shape)) >= LITTLE
            made[own] = details
        known[wanted] = True
        return made if len(rows) == len(made) else made[rows]


class _Listed:
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
        blocks = (self._times[place : place + _ROWS] for place in (start, other))
        return all(bool((times >= _LISTED).all()) for times in blocks)

    def add(self, found: NDArray[np.bool_], start: int, other: int, flip: int | None) -> None:
        """Take the pairs of two blocks, `(rows, columns)`."""
        if not self.complete or self._number + np.count_nonzero(found) > MOST_PAIRS:
            self.complete = False
            room = _LISTED - self._times
            rows, columns = room[start : start + _ROWS], room[other : other + _ROWS]
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
