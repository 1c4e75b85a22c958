"""Images that are nearly the same: saved twice, scaled, recompressed, brightened or mirrored.

Identical images are found by their digests (`bench.data.splits`). Two others are near twins if
they are alike in both of these, as they are or with one of them mirrored (left to right, or top to
bottom):

1. their gray levels, averaged to 16×16, correlate by at least `COARSE`;
2. so do, by at least `DETAIL`, their gray levels at no more than 64×64 once everything coarser than
   about an eighth of the side is taken away (by a Gaussian's blur).

The first is quick, and true of many images of one body part; the second tells those apart. No
correlation changes with brightness or contrast.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.data.chunks import BYTES, chunks
from bench.data.dataset import Dataset
from bench.data.splits import Pooled, Rows, image_digests

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

MOST_COMPARISONS = 2 * 10**10
"""With more the search is left out: it would take many minutes."""

MOST_PAIRS = 10**6
"""Near twins that are listed; where there are more, the images are frames of a film."""

_SIDE = 16  # px of the coarse picture
_FINE = 64  # px of the one with details, at most
_SMALL = 48  # px
_BLUR = 1 / 16  # standard deviation of the blur, of the side
_ROWS = 1024  # images whose correlations are held at a time
_FLIPS: tuple[int | None, ...] = (None, 2, 1)  # axis of (n, h, w) that is turned round

Vectors = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Twins:
    """What was found among the n cases of a data set, train first, then val, then test.

    Attributes:
        digests: `(n,)` uint64 of the images, equal for identical ones only.
        constant: `(n,)` whether an image shows nothing; it counts as nobody's twin.
        first, second: `(m,)` rows of near twins, first < second, each pair once. Of identical
            images only the first stands in a pair.
        mirrored: `(m,)` whether one of them is mirrored.
        complete: whether all pairs are here, and not only some of more than `MOST_PAIRS`.
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
    digests = np.concatenate([image_digests(part.images) for _, part in data.parts()])
    _, kept = np.unique(digests, return_index=True)
    kept.sort()
    if len(kept) ** 2 // 2 > MOST_COMPARISONS:
        return None
    pooled = Pooled.of(data)
    vectors = np.concatenate([coarse_vectors(part.images) for _, part in data.parts()])
    constant: NDArray[np.bool_] = np.asarray(~vectors.any(axis=1))
    vectors = vectors[kept]
    pairs: dict[tuple[int, int], bool] = {}
    for first, second, flip in _alike(vectors, min(data.image_shape[1], _SIDE)):
        first, second = kept[first], kept[second]
        alike = _alike_in_detail(pooled, first, second, flip)
        for pair in zip(first[alike].tolist(), second[alike].tolist(), strict=True):
            pairs.setdefault(pair, flip is not None)
        if len(pairs) > MOST_PAIRS:
            break
    ordered = sorted(pairs)
    rows = np.array(ordered, dtype=np.intp).reshape(-1, 2)
    mirrored = np.array([pairs[pair] for pair in ordered], dtype=bool)
    complete = len(pairs) <= MOST_PAIRS
    return Twins(digests, constant, rows[:, 0], rows[:, 1], mirrored, complete)


def with_twin_elsewhere(twins: Twins, place: NDArray[np.intp]) -> NDArray[np.bool_]:
    """`(n,)` which cases have a near or identical twin in another place.

    Args:
        twins: of n cases.
        place: `(n,)` where each is, for example its part or its class.
    """
    kinds, kind = np.unique(twins.digests, return_inverse=True)
    low, high = np.full(len(kinds), np.iinfo(np.intp).max), np.full(len(kinds), -1)
    np.minimum.at(low, kind, place)  # where identical images are
    np.maximum.at(high, kind, place)
    near_low, near_high = low.copy(), high.copy()
    for one, other in ((twins.first, twins.second), (twins.second, twins.first)):
        np.minimum.at(near_low, kind[one], low[kind[other]])
        np.maximum.at(near_high, kind[one], high[kind[other]])
    found: NDArray[np.bool_] = (near_low[kind] != place) | (near_high[kind] != place)
    return found & ~twins.constant


def near_duplicates(data: Dataset, twins: Twins | None) -> tuple[str, ...] | None:
    """Ids of the test cases with a near or identical twin in train or validation, in order.

    None where twins were not searched for.
    """
    if twins is None:
        return None
    n_rest = len(data.train) + len(data.val)
    place = (np.arange(n_rest + len(data.test)) >= n_rest).astype(np.intp)
    found = with_twin_elsewhere(twins, place)[n_rest:]
    return tuple(str(case) for case in data.test.case_ids[found])


def coarse_vectors(images: NDArray[np.uint8]) -> Vectors:
    """16×16 averages of images `(n, h, w, c)` as vectors `(n, d)` of mean 0 and length 1.

    The product of two is their correlation. A constant image gives zeros.
    """
    _, h, w, _ = images.shape
    vectors = np.empty((len(images), min(h, _SIDE) * min(w, _SIDE)), dtype=np.float32)
    start = 0
    for some in chunks(images):
        vectors[start : start + len(some)] = _unit(averaged(some, _SIDE))
        start += len(some)
    return vectors


def detail_vectors(images: NDArray[np.uint8]) -> Vectors:
    """The details of images `(n, h, w, c)` as vectors of mean 0 and length 1."""
    from scipy.ndimage import gaussian_filter

    gray = averaged(images, _FINE)
    blur = (0, gray.shape[1] * _BLUR, gray.shape[2] * _BLUR)
    return _unit(gray - gaussian_filter(gray, blur))


def averaged(images: NDArray[np.uint8], side: int) -> Vectors:
    """Gray levels `(n, h', w')` of images, averaged over areas to at most `side` px each way.

    Mirroring an image mirrors its average.
    """
    _, h, w, c = images.shape
    gray: Vectors = images[..., 0].astype(np.float32)
    if c > 2:  # faster than a mean over an axis of three
        gray += images[..., 1]
        gray += images[..., 2]
        gray *= np.float32(1 / 3)
    rows, columns = _overlaps(h, min(h, side)), _overlaps(w, min(w, side))
    return np.asarray(rows @ gray @ columns.T, dtype=np.float32)


def _overlaps(n: int, side: int) -> Vectors:
    """`(side, n)` share of each of n pixels in each of `side` equal stretches; rows sum to 1."""
    edges = np.arange(side + 1) * n / side
    pixels = np.arange(n)
    first = np.maximum(edges[:-1, None], pixels)
    last = np.minimum(edges[1:, None], pixels + 1)
    shares: Vectors = (np.maximum(last - first, 0) * side / n).astype(np.float32)
    return shares


def _unit(pictures: Vectors) -> Vectors:
    vectors = pictures.reshape(len(pictures), -1)
    vectors = vectors - vectors.mean(axis=1, keepdims=True)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    constant = length < 1e-2 * np.sqrt(vectors.shape[1])
    units: Vectors = vectors / np.where(constant, 1, length)
    units[constant[:, 0]] = 0
    return units


def _alike(vectors: Vectors, width: int) -> Iterator[tuple[Rows, Rows, int | None]]:
    """Pairs whose coarse pictures correlate, first < second, and how the first was mirrored."""
    for start in range(0, len(vectors), _ROWS):
        some = vectors[start : start + _ROWS]
        pictures = some.reshape(len(some), -1, width)
        for flip in _FLIPS:
            seen = some if flip is None else np.flip(pictures, flip).reshape(some.shape)
            for other in range(start, len(vectors), _ROWS):
                products = seen @ vectors[other : other + _ROWS].T
                first, second = np.nonzero(products >= COARSE)
                first, second = first + start, second + other
                once = first < second
                if once.any():
                    yield first[once], second[once], flip


def _alike_in_detail(
    pooled: Pooled, first: Rows, second: Rows, flip: int | None
) -> NDArray[np.bool_]:
    """`(m,)` which pairs correlate in their details too, the first of each mirrored by `flip`."""
    h, w, c = pooled.data.image_shape
    least = DETAIL if min(h, w) >= _SMALL else DETAIL_SMALL
    alike = np.zeros(len(first), dtype=bool)
    few = max(1, BYTES // (h * w * c * 4))
    for start in range(0, len(first), few):
        pairs = slice(start, start + few)
        images = pooled.images(first[pairs])
        seen = detail_vectors(images if flip is None else np.flip(images, flip))
        others = detail_vectors(pooled.images(second[pairs]))
        alike[pairs] = np.einsum("ij,ij->i", seen, others) >= least
    return alike
