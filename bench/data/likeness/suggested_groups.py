"""Patients that the images themselves suggest: slices of a volume, frames of a film, copies.

Two images are joined if each is among the two nearest of the other (a slice has one neighbour on
either side) and they are much nearer to each other than what comes next: the squared distance of
their details is at most `RATIO` of that to the `NEXT`th nearest image of either. So what counts as
near is found in the neighbourhood of each image, since some look like many others and some like
none. Near twins (`bench.data.likeness.near_duplicates`) are joined, too, unless more than a fifth
of all images are twins of twins, so that likeness tells nothing. A group is a chain of such pairs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.data.chunks import BYTES, chunks
from bench.data.file_facts import FileFacts
from bench.data.likeness.clusters import MOST_TOGETHER, clusters
from bench.data.likeness.near_duplicates import Twins
from bench.data.likeness.vectors import averaged

RATIO = 0.65
"""Of distances. Where the truth is known, 1 in 30 of the pairs joined with it is of two patients;
see docs/measurements/groups.md."""

SURE = 0.5
"""A group is called sure if all its pairs are identical or within this ratio."""

NEXT = 6

MOST = 20_000
"""Of more images nothing is suggested: all pairs would take minutes."""

_SIDE = 64  # px
_BLUR = 1 / 16  # standard deviation of the blur, of the side
_ROWS = 1024
_NEAREST = 2

Rows = NDArray[np.intp]
Vectors = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Suggestion:
    """Groups of n images.

    Attributes:
        groups: `(n,)` int64, 0 to k - 1 in the order of their first images.
        first, second: `(m,)` rows of the pairs that were joined.
        ratio: `(m,)` of distances, 0 for identical images.
        left_out: pairs that are alike and were not joined, since their files differ in size.
        twins_across_sizes: near twins that were joined although their files differ in size.
    """

    groups: NDArray[np.int64]
    first: Rows
    second: Rows
    ratio: NDArray[np.float64]
    left_out: int = 0
    twins_across_sizes: int = 0

    @property
    def number(self) -> int:
        """Of groups, an image that stands alone counted as one."""
        return int(self.groups.max()) + 1

    @property
    def several(self) -> NDArray[np.int64]:
        """Groups with more than one image, the largest first."""
        images = np.bincount(self.groups)
        order = np.argsort(-images, kind="stable")
        return order[images[order] > 1].astype(np.int64)

    @property
    def sure(self) -> NDArray[np.int64]:
        """Those of them that are sure."""
        doubtful = self.groups[self.first[self.ratio > SURE]]
        return self.several[~np.isin(self.several, doubtful)]


def suggest(
    parts: Sequence[NDArray[np.uint8]], twins: Twins | None, files: FileFacts | None = None
) -> Suggestion | None:
    """The groups that images suggest; None of more than `MOST`, or where twins are not known.

    Args:
        parts: images `(n, h, w, c)` of one shape, in several arrays.
        twins: what `bench.data.likeness.near_duplicates.find_twins` found among them.
        files: which they were read from; only twins are joined across sizes.
    """
    n = sum(map(len, parts))
    if twins is None or n > MOST:
        return None
    vectors = np.concatenate([_details(images) for images in parts])
    first, second, ratio, following = _outstanding(vectors)
    both = ~(twins.constant[first] | twins.constant[second])
    near = both & (ratio <= RATIO)
    first, second, ratio = first[near], second[near], ratio[near]
    left_out = across = 0
    if files is not None:
        differs = _sizes_differ(files, first, second)
        first, second, ratio = first[~differs], second[~differs], ratio[~differs]
        left_out = int(differs.sum())
    own = 1 - _likeness(vectors, twins.first, twins.second)
    most = np.maximum(following[twins.first], following[twins.second])
    own /= np.maximum(most, 1e-6)
    cluster = clusters(twins)
    few = np.bincount(cluster)[cluster] <= MOST_TOGETHER * n
    trusted = few[twins.first] | (own <= RATIO)
    near_first, near_second = twins.first[trusted], twins.second[trusted]
    if files is not None:
        across = int(_sizes_differ(files, near_first, near_second).sum())
    same, copy = _identical(twins)
    first = np.concatenate([first, same, near_first])
    second = np.concatenate([second, copy, near_second])
    ratio = np.concatenate([ratio, np.zeros(len(same)), own[trusted]])
    return Suggestion(_components(n, first, second), first, second, ratio, left_out, across)


def _details(images: NDArray[np.uint8]) -> Vectors:
    """`(n, d)` details of every colour, as vectors of mean 0 and length 1."""
    from scipy.ndimage import gaussian_filter

    c = images.shape[3]
    colours = c - (c % 2 == 0)
    made = []
    for some in chunks(images, BYTES // 4):
        details = []
        for k in range(colours):
            gray = averaged(some[..., k : k + 1], _SIDE)
            blur = (0, gray.shape[1] * _BLUR, gray.shape[2] * _BLUR)
            details.append((gray - gaussian_filter(gray, blur)).reshape(len(some), -1))
        vectors = np.concatenate(details, axis=1)
        vectors -= vectors.mean(axis=1, keepdims=True)
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        made.append(vectors / np.maximum(length, 1e-6))
    return np.concatenate(made)


def _outstanding(
    vectors: Vectors,
) -> tuple[Rows, Rows, NDArray[np.float64], NDArray[np.float64]]:
    """Pairs of mutually nearest images, first < second, the ratio of their distances, and `(n,)`
    the squared distance of each image to the next that counts."""
    n = len(vectors)
    if n <= NEXT:
        return np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0), np.zeros(n)
    nearest = np.empty((n, _NEAREST), np.intp)
    distance = np.empty((n, NEXT))
    for start in range(0, n, _ROWS):
        products = vectors[start : start + _ROWS] @ vectors.T
        rows = np.arange(len(products))
        products[rows, start + rows] = -2  # not itself
        best = np.argpartition(-products, NEXT, axis=1)[:, :NEXT]
        likeness = np.take_along_axis(products, best, axis=1)
        order = np.argsort(-likeness, axis=1, kind="stable")
        nearest[start + rows] = np.take_along_axis(best, order, axis=1)[:, :_NEAREST]
        distance[start + rows] = 1 - np.take_along_axis(likeness, order, axis=1)
    one = np.repeat(np.arange(n), _NEAREST)
    other, own = nearest.reshape(-1), distance[:, :_NEAREST].reshape(-1)
    mutual = (nearest[other] == one[:, None]).any(axis=1) & (one < other)
    one, other, own = one[mutual], other[mutual], own[mutual]
    following = np.maximum(distance[one, -1], distance[other, -1])
    return one, other, np.maximum(own, 0) / np.maximum(following, 1e-6), distance[:, -1]


def _likeness(vectors: Vectors, first: Rows, second: Rows) -> Vectors:
    """`(m,)` the products of pairs of vectors; some at a time, since there may be many pairs."""
    products = np.empty(len(first), np.float32)
    few = max(1, BYTES // (4 * vectors.shape[1]))
    for start in range(0, len(first), few):
        some = slice(start, start + few)
        products[some] = np.einsum("ij,ij->i", vectors[first[some]], vectors[second[some]])
    return products


def _sizes_differ(files: FileFacts, first: Rows, second: Rows) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (files.width[first] != files.width[second]) | (
        files.height[first] != files.height[second]
    )
    return found


def _identical(twins: Twins) -> tuple[Rows, Rows]:
    """Each image with the next identical one, those that show nothing left out."""
    order = np.argsort(twins.digests, kind="stable")
    order = order[~twins.constant[order]]
    same = twins.digests[order][1:] == twins.digests[order][:-1]
    return order[:-1][same], order[1:][same]


def _components(n: int, first: Rows, second: Rows) -> NDArray[np.int64]:
    """`(n,)` numbers of the chains, in the order of their first images."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(first)), (first, second)), shape=(n, n))
    _, found = connected_components(graph, directed=False)
    _, place, groups = np.unique(found, return_index=True, return_inverse=True)
    numbers: NDArray[np.int64] = np.argsort(np.argsort(place))[groups].astype(np.int64)
    return numbers
