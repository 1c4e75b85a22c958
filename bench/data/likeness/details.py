"""Whether images that are alike coarsely are alike in their details."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bench.data.chunks import BYTES, images_at
from bench.data.likeness.common_structure import (
    LEFT,
    common_structure,
    many_alike,
    one_of_each,
    what_is_left,
)
from bench.data.likeness.field_of_view import ALIKE, ALIKE_SMALL, inside_vectors
from bench.data.likeness.vectors import (
    COARSE_SIDE,
    DETAIL_SIDE,
    Vectors,
    detail_vectors,
    halved,
    spread,
)
from bench.data.splits import Rows

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

DETAIL_SMALL_MIRRORED = 0.90
"""The same where one of two smaller images is mirrored.

Round things such as cells are nearly their own mirror image there: of 400 white blood cells at
28 px 14 pairs lie between 0.80 and 0.88, of which one is a pair at 64 px and none at 128 px. Of
images that were mirrored at 128 px, recompressed and brightened or not, 99 % are found at 28 px.
"""

LITTLE = 0.18
"""Share of its area (`bench.data.likeness.vectors.spread`) over which the details of an image lie,
below which it shows little: of slices of heads those near the top, of other images few.

Of 3,929 slices of 110 patients (brain-mri-lgg, 64 px) 157 pairs of two patients were alike without
the limits on such images, and 7 are with them; docs/measurements/groups.md.
"""

DETAIL_BYTES = 512 * 2**20
"""Of details that are held at a time. Those of more images are made again as they are needed."""

ROWS = 1024
"""Images whose correlations are held at a time."""

_SMALL = 48  # px
_DENSE = 1 / 64  # share of pairs from which a product of matrices is quicker than one by one


class Details:
    """The details of images, made when they are first asked for, a block of images at a time.

    Args:
        parts: images `(n, h, w, c)` of one shape, in several arrays.
        kept: rows of those that are compared.
        bars: see `bench.data.likeness.vectors.coarse_pictures`.
    """

    def __init__(self, parts: Sequence[NDArray[np.uint8]], kept: Rows, bars: float) -> None:
        self._parts, self._kept, self._bars = parts, kept, bars
        h, w = parts[0].shape[1:3]
        self.width_coarse = min(w, COARSE_SIDE)
        self._shape = min(h, DETAIL_SIDE), min(w, DETAIL_SIDE)
        self._size = self._shape[0] * self._shape[1]
        self._much = np.ones(len(kept), dtype=bool)  # of images whose details were made
        self._small = min(h, w) < _SMALL
        self._least = DETAIL_SMALL if self._small else DETAIL
        self._least_mirrored = DETAIL_SMALL_MIRRORED if self._small else DETAIL
        self._common: Vectors | None = None
        self._details = _Held(self._size, len(kept), self._with_spread)
        self._inside: list[_Held] = []

    def leave_out_common(
        self, vectors: Vectors, digests: NDArray[np.uint64], groups: NDArray[np.str_] | None
    ) -> None:
        """Compare images without what most of them have in common, if there is such.

        That is what those of most patients share; where patients are unknown or fewer than 20, or
        nobody has several images, the edge of the field of view.

        Args:
            vectors: `(n, d)` their coarse pictures.
            digests: `(n,)` theirs.
            groups: `(n,)` their patients, None where they are not known.
        """
        n = len(vectors)
        patients = np.arange(n) if groups is None else np.unique(groups, return_inverse=True)[1]
        rows = one_of_each(patients, digests)
        known = len(rows) > 0 and patients.max() < n - 1
        if not known:
            rows = one_of_each(np.arange(n), digests)
        some = vectors[rows]
        found = many_alike(
            np.asarray(some @ some.T >= COARSE),
            lambda: self._made(self._kept[rows], partial(detail_vectors, bars=self._bars)),
            self._least,
        )
        if found is None:
            return
        if known:
            self._common = common_structure(found)
        else:
            self._inside = [
                _Held(self._size, n, partial(self._insides, bars=bars))
                for bars in sorted({self._bars, 0.0})  # as ground, and with the ground between them
            ]

    def alike(
        self, coarse: NDArray[np.bool_], start: int, other: int, flip: int | None
    ) -> NDArray[np.bool_]:
        """Which of the pairs of two blocks correlate in their details too.

        Args:
            coarse: `(rows, columns)` the pairs.
            start, other: where the blocks begin.
            flip: how the first of each pair is mirrored.
        """
        least = self._least if flip is None else self._least_mirrored
        rows, columns = np.flatnonzero(coarse.any(axis=1)), np.flatnonzero(coarse.any(axis=0))
        seen, others = self._pair(self._details, start, rows, other, columns, flip)
        asked = coarse[np.ix_(rows, columns)]
        if np.count_nonzero(asked) > _DENSE * asked.size:
            sure, asked = self._by_halves(seen, others, asked, least)
        else:
            sure = np.zeros_like(asked)
        _keep_correlated(seen, others, asked, least)
        asked |= sure
        if self._common is not None:
            left = what_is_left(seen, self._common), what_is_left(others, self._common)
            _keep_correlated(*left, asked, LEFT)
        for inside in self._inside:
            inner = self._pair(inside, start, rows, other, columns, flip)
            one, two = (vectors.any(axis=1) for vectors in inner)
            no_field = asked & ~np.logical_and.outer(one, two)  # no dark ground
            _keep_correlated(*inner, asked, ALIKE_SMALL if self._small else ALIKE)
            asked |= no_field
        found = np.zeros_like(coarse)
        found[np.ix_(rows, columns)] = asked
        return found

    def show_enough(self, start: int, other: int) -> NDArray[np.bool_]:
        """`(rows, columns)` whether both images show more than a little, of pairs asked about."""
        much = self._much[start : start + ROWS], self._much[other : other + ROWS]
        found: NDArray[np.bool_] = much[0][:, None] & much[1]
        return found

    def _by_halves(
        self, seen: Vectors, others: Vectors, asked: NDArray[np.bool_], least: float
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which pairs are alike for sure, and which could be, by details at half the resolution.

        What is lost of two details x and y, of which a and b are left, correlates by no more than
        √(1 - a²) √(1 - b²), so that x·y lies within as much of a·b.
        """
        low = [halved(vectors.reshape(-1, *self._shape)) for vectors in (seen, others)]
        lost = [np.sqrt(np.maximum(1 - np.einsum("ij,ij->i", a, a), 0)) for a in low]
        product = low[0] @ low[1].T
        most = np.outer(lost[0], lost[1]) + 1e-5  # for rounding
        sure = asked & (product - most >= least)
        return sure, asked & ~sure & (product + most >= least)

    def _pair(
        self, held: "_Held", start: int, rows: Rows, other: int, columns: Rows, flip: int | None
    ) -> tuple[Vectors, Vectors]:
        seen, others = held.of(start, rows), held.of(other, columns)
        if flip is not None:
            seen = np.flip(seen.reshape(-1, *self._shape), flip).reshape(seen.shape)
        return seen, others

    def _with_spread(self, rows: Rows) -> Vectors:
        details = self._made(self._kept[rows], partial(detail_vectors, bars=self._bars))
        self._much[rows] = spread(details.reshape(-1, *self._shape)) >= LITTLE
        return details

    def _insides(self, rows: Rows, bars: float) -> Vectors:
        return self._made(self._kept[rows], partial(inside_vectors, bars=bars))

    def _made(self, images: Rows, make: Callable[[NDArray[np.uint8]], Vectors]) -> Vectors:
        """`(n, d)` vectors of images, which are read a few at a time."""
        h, w, c = self._parts[0].shape[1:]
        few = max(1, BYTES // (h * w * c * 4))
        made = np.empty((len(images), self._size), np.float32)
        for begin in range(0, len(images), few):
            own = slice(begin, begin + few)
            made[own] = make(images_at(self._parts, images[own]))
        return made


class _Held:
    """Vectors `(d,)` of n images, made when they are first asked for; the latest blocks are held.

    Args:
        size: d.
        number: n.
        make: rows → `(m, d)` their vectors.
    """

    def __init__(self, size: int, number: int, make: Callable[[Rows], Vectors]) -> None:
        self._size, self._number, self._make = size, number, make
        self._blocks: OrderedDict[int, tuple[Vectors, NDArray[np.bool_]]] = OrderedDict()
        self._most = max(2, DETAIL_BYTES // (4 * size * ROWS))

    def of(self, start: int, rows: Rows) -> Vectors:
        """`(m, d)` the vectors of some images of the block that begins at `start`."""
        if start not in self._blocks:
            while len(self._blocks) >= self._most:
                self._blocks.popitem(last=False)
            n = min(ROWS, self._number - start)
            self._blocks[start] = np.empty((n, self._size), np.float32), np.zeros(n, dtype=bool)
        self._blocks.move_to_end(start)
        made, known = self._blocks[start]
        wanted = rows[~known[rows]]
        if len(wanted):
            made[wanted] = self._make(start + wanted)
            known[wanted] = True
        return made if len(rows) == len(made) else made[rows]


def _keep_correlated(
    seen: Vectors, others: Vectors, asked: NDArray[np.bool_], least: float
) -> None:
    """Of the pairs that are asked about, in place, those that correlate by at least so much."""
    if np.count_nonzero(asked) > _DENSE * asked.size:
        asked &= seen @ others.T >= least
        return
    first, second = np.nonzero(asked)
    few = max(1, BYTES // (4 * seen.shape[1]))
    for begin in range(0, len(first), few):
        one, two = first[begin : begin + few], second[begin : begin + few]
        products = np.einsum("ij,ij->i", seen[one], others[two])
        asked[one, two] = products >= least
