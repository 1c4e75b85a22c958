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
other patients do not; an image that is fainter than `FAINT` has no near twins at all. Where very
many images of different patients are alike, what they have in common is taken away first
(`bench.data.likeness.common_structure`); where patients are unknown, the edge of a field of view on
a dark ground (`bench.data.likeness.field_of_view`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset
from bench.data.likeness.common_structure import COMMON_LIMITS
from bench.data.likeness.details import (
    COARSE,
    DETAIL,
    DETAIL_SMALL,
    DETAIL_SMALL_MIRRORED,
    LITTLE,
    ROWS,
    Details,
)
from bench.data.likeness.field_of_view import FIELD_LIMITS
from bench.data.likeness.listed_pairs import ListedPairs
from bench.data.likeness.vectors import LONG, Vectors, coarse_pictures
from bench.data.splits import Rows, groups_of, image_digests

COARSE_OF_LITTLE = 0.99
"""Least correlation of 16×16 gray levels where one of the two images shows little."""

FAINT = 1.0
"""Gray levels of 255, the standard deviation of 16×16 averages. What is fainter is shading, noise
and traces of compression."""

LIMITS = (
    *(COARSE, DETAIL, DETAIL_SMALL, DETAIL_SMALL_MIRRORED),
    *(LITTLE, COARSE_OF_LITTLE, FAINT),
    *COMMON_LIMITS,
    *FIELD_LIMITS,
)
"""On which the pairs that are found depend."""

MOST_COMPARISONS = 2 * 10**10
"""With more the search is left out: it would take many minutes."""

_FLIPS: tuple[int | None, ...] = (None, 2, 1)  # axis of (n, h, w) that is turned round


@dataclass(frozen=True, eq=False)
class Twins:
    """What was found among the n cases of a data set, train first, then val, then test.

    Attributes:
        digests: `(n,)` uint64 of the images, equal for identical ones only.
        constant: `(n,)` whether an image shows nothing; it counts as nobody's twin.
        first, second: `(m,)` rows of near twins, first < second, each pair once. Of identical
            images only the first stands in a pair.
        mirrored: `(m,)` whether one of them is mirrored.
        complete: whether all pairs are here, and not only some of more than
            `bench.data.likeness.listed_pairs.MOST_PAIRS`; then every image that has twins has some
            here all the same.
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
    splits = [part for _, part in data.parts()]
    parts = [split.images for split in splits]
    digests = np.concatenate([image_digests(images) for images in parts])
    return twins_among(parts, digests, groups_of(splits))


def twins_among(
    parts: Sequence[NDArray[np.uint8]],
    digests: NDArray[np.uint64],
    groups: NDArray[np.str_] | None = None,
) -> Twins | None:
    """All near twins among images; None where there are too many to compare.

    Args:
        parts: images `(n, h, w, c)` of one shape, in several arrays.
        digests: of all of them, see `bench.data.splits.image_digests`.
        groups: `(n,)` their patients, where they are known.
    """
    _, kept = np.unique(digests, return_index=True)
    kept.sort()
    if len(kept) ** 2 // 2 > MOST_COMPARISONS:
        return None
    views = [_View(parts, kept, LONG)]
    if views[0].has_bars:
        views.append(_View(parts, kept, 0))
    own = None if groups is None else groups[kept]
    for view in views:
        view.details.leave_out_common(view.vectors, digests[kept], own)
    listed = ListedPairs(len(kept))
    for start in range(0, len(kept), ROWS):
        for other in range(start, len(kept), ROWS):
            if listed.full(start, other):
                continue
            for flip in _FLIPS:
                found = [view.alike(start, other, flip) for view in views]
                either = np.logical_or.reduce(found)
                if either.any():
                    listed.add(either, start, other, flip)
    first, second, mirrored = listed.pairs()
    constant = views[0].constant
    return Twins(digests, constant, kept[first], kept[second], mirrored, listed.complete)


class _View:
    """Images as they are compared: with the bars of a letterbox, but for long images, or without.

    Copies that were cut to other shapes are alike with their bars. Mirrored ones are without them:
    of an odd number of pixels one side has one more, and details do not outlive a pixel.

    Attributes:
        vectors: `(k, d)` the coarse pictures of those that are compared.
        constant: `(n,)` whether an image shows nothing.
        has_bars: whether bars stay in some.
        details: theirs.
    """

    def __init__(self, parts: Sequence[NDArray[np.uint8]], kept: Rows, bars: float) -> None:
        found, deviations, stay = zip(*(coarse_pictures(own, bars) for own in parts), strict=True)
        vectors = np.concatenate(found)
        self.constant: NDArray[np.bool_] = np.asarray(~vectors.any(axis=1))
        self.has_bars = any(stay)
        vectors[np.concatenate(deviations) < FAINT] = 0
        self.vectors = vectors[kept]
        self.details = Details(parts, kept, bars)

    def alike(self, start: int, other: int, flip: int | None) -> NDArray[np.bool_]:
        """`(rows, columns)` which pairs of the blocks that begin there are near twins."""
        products = _coarse_products(self.vectors, start, other, flip, self.details.width_coarse)
        coarse = products >= COARSE
        if not coarse.any():
            return coarse
        found = self.details.alike(coarse, start, other, flip)
        return found & ((products >= COARSE_OF_LITTLE) | self.details.show_enough(start, other))


def _coarse_products(
    vectors: Vectors, start: int, other: int, flip: int | None, width: int
) -> Vectors:
    """Correlations of the images of one block with those of another; -1 where a pair is told
    elsewhere."""
    some = vectors[start : start + ROWS]
    if flip is not None:
        some = np.flip(some.reshape(len(some), -1, width), flip).reshape(some.shape)
    products: Vectors = some @ vectors[other : other + ROWS].T
    if start == other:
        products[np.tril_indices(len(products))] = -1
    return products
