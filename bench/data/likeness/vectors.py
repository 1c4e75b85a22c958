"""What of an image is compared with others: its coarse picture, and its details.

Both are vectors of length 1, so that the product of two is their correlation, which does not change
with brightness or contrast.
"""

import numpy as np
from numpy.typing import NDArray

from bench.data.chunks import chunks

COARSE_SIDE = 16  # px of the coarse picture, at most
DETAIL_SIDE = 64  # px of the one with details, at most

_BLUR = 1 / 16  # standard deviation of the blur, of the side
LONG = 1 / 3
"""Share of a picture that the bars of a letterbox take, from which an image is called long."""

_BLACK = 8  # gray levels, up to which a pixel shows nothing: compression leaves some in bars
_EDGE = 0.8  # share of the line beside a bar that shows something, at least
_NOTHING = 1e-2  # gray levels of standard deviation, below which an image is constant

Vectors = NDArray[np.float32]


def coarse_vectors(images: NDArray[np.uint8]) -> Vectors:
    """16×16 averages of images `(n, h, w, c)` as vectors `(n, d)` of mean 0 and length 1.

    A constant image gives zeros.
    """
    return coarse_pictures(images)[0]


def coarse_pictures(images: NDArray[np.uint8], bars: float = LONG) -> tuple[Vectors, Vectors, bool]:
    """The same, `(n,)` the standard deviation of each average, in gray levels, and whether bars of
    a letterbox stay in some.

    Args:
        images: as above.
        bars: share of a picture from which the bars of a letterbox are left out.
    """
    _, h, w, _ = images.shape
    vectors = np.empty((len(images), min(h, COARSE_SIDE) * min(w, COARSE_SIDE)), dtype=np.float32)
    deviation = np.empty(len(images), dtype=np.float32)
    start, stay = 0, False
    for some in chunks(images):
        own = slice(start, start + len(some))
        gray, left = _without_bars(_gray(some), bars)
        vectors[own], deviation[own] = _unit(_pooled(gray, COARSE_SIDE))
        start, stay = start + len(some), stay or left
    return vectors, deviation, stay


def reduced(images: NDArray[np.uint8], bars: float) -> Vectors:
    """Gray levels `(n, h', w')` of images of which details are taken, at most 64 px each way."""
    return _pooled(_without_bars(_gray(images), bars)[0], DETAIL_SIDE)


def detail_vectors(images: NDArray[np.uint8], bars: float = LONG) -> Vectors:
    """The details of images `(n, h, w, c)` as vectors of mean 0 and length 1; see
    `coarse_pictures`."""
    from scipy.ndimage import gaussian_filter

    gray = reduced(images, bars)
    blur = (0, gray.shape[1] * _BLUR, gray.shape[2] * _BLUR)
    return _unit(gray - gaussian_filter(gray, blur))[0]


def averaged(images: NDArray[np.uint8], side: int) -> Vectors:
    """Gray levels `(n, h', w')` of images, averaged over areas to at most `side` px each way.

    Mirroring an image mirrors its average.
    """
    return _pooled(_gray(images), side)


def _gray(images: NDArray[np.uint8]) -> Vectors:
    c = images.shape[3]
    gray: Vectors = images[..., 0].astype(np.float32)
    if c > 2:  # faster than a mean over an axis of three
        gray += images[..., 1]
        gray += images[..., 2]
        gray *= np.float32(1 / 3)
    return gray


def _without_bars(gray: Vectors, bars: float) -> tuple[Vectors, bool]:
    """Pictures `(n, h, w)`, those between the bars of a letterbox stretched over the whole, and
    whether narrower bars stay.

    Bars are what all images of one shape have in common, so that long ones would all be alike. They
    are black, as wide on both sides, and a share of the picture or more, and end at straight edges;
    what is round or has black margins all around, as an eye or a head on black, keeps them.
    """
    each, stay = np.arange(len(gray)), False
    for axis in (1, 2):
        lit = np.mean(gray > _BLACK, axis=3 - axis)  # share of each line
        n = lit.shape[1]
        first, last = (lit > 0).argmax(axis=1), n - 1 - (lit > 0)[:, ::-1].argmax(axis=1)
        after = n - 1 - last
        barred = (first + after > 0) & (np.abs(first - after) <= 1)
        barred &= (lit[each, first] > _EDGE) & (lit[each, last] > _EDGE)
        wide = first + after >= bars * n
        stay = stay or bool((barred & ~wide).any())
        barred &= wide
        if not barred.any():
            continue
        gray = gray.copy()
        for begin, end in {*zip(first[barred].tolist(), last[barred].tolist(), strict=True)}:
            own = np.flatnonzero(barred & (first == begin) & (last == end))
            kept = np.moveaxis(gray[own], axis, 1)[:, begin : end + 1]
            whole = np.einsum("ij,njk->nik", _stretched(end + 1 - begin, n), kept)
            gray[own] = np.moveaxis(whole, 1, axis)
    return gray, stay


def _stretched(n: int, side: int) -> Vectors:
    """`(side, n)` weights by which n pixels are interpolated, linearly, at `side` places."""
    at = np.clip((np.arange(side) + 0.5) * n / side - 0.5, 0, n - 1)
    weights: Vectors = np.maximum(1 - abs(at[:, None] - np.arange(n)), 0).astype(np.float32)
    return weights


def _pooled(gray: Vectors, side: int) -> Vectors:
    """Averages of pictures `(n, h, w)` over areas, at most `side` each way."""
    _, h, w = gray.shape
    if w > side:  # one product for all images is much quicker than one for each
        gray = (gray.reshape(-1, w) @ _overlaps(w, side).T).reshape(len(gray), h, side)
    if h > side:
        columns = np.ascontiguousarray(gray.transpose(0, 2, 1)).reshape(-1, h)
        gray = (columns @ _overlaps(h, side).T).reshape(len(gray), -1, side).transpose(0, 2, 1)
    return np.ascontiguousarray(gray)


def _overlaps(n: int, side: int) -> Vectors:
    """`(side, n)` share of each of n pixels in each of `side` equal stretches; rows sum to 1."""
    edges = np.arange(side + 1) * n / side
    pixels = np.arange(n)
    first = np.maximum(edges[:-1, None], pixels)
    last = np.minimum(edges[1:, None], pixels + 1)
    shares: Vectors = (np.maximum(last - first, 0) * side / n).astype(np.float32)
    return shares


def _unit(pictures: Vectors) -> tuple[Vectors, Vectors]:
    vectors = pictures.reshape(len(pictures), -1)
    vectors = vectors - vectors.mean(axis=1, keepdims=True)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    deviation: Vectors = length[:, 0] / np.float32(np.sqrt(vectors.shape[1]))
    constant = deviation < _NOTHING
    units: Vectors = vectors / np.where(constant[:, None], 1, length)
    units[constant] = 0
    return units, deviation


def unit_length(vectors: Vectors) -> Vectors:
    """Vectors `(n, d)` of length 1; what is shorter than 0.001 is rounding, and stays so."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-3), np.float32)


def spread(pictures: Vectors) -> Vectors:
    """`(n,)` over what share of each picture its details lie: 1 where they are the same all over.

    The number of cells of a 16×16 grid that would hold them if each held as much (the square of the
    summed squares, over the sum of their squares), as a share of all cells.

    Args:
        pictures: `(n, h, w)` of details.
    """
    cells = _pooled(pictures**2, COARSE_SIDE).reshape(len(pictures), -1)
    squares = np.einsum("ij,ij->i", cells, cells) * cells.shape[1]
    shares: Vectors = cells.sum(axis=1) ** 2 / np.maximum(squares, np.float32(1e-30))
    return shares


def halved(pictures: Vectors) -> Vectors:
    """`(n, d)` what is left of pictures of length 1 at half the resolution, at most of length 1."""
    sums = pictures[:, ::2].copy()
    sums[:, : pictures.shape[1] // 2] += pictures[:, 1::2]
    both = sums[:, :, ::2].copy()
    both[:, :, : pictures.shape[2] // 2] += sums[:, :, 1::2]
    rows = 1 + (np.arange(both.shape[1]) < pictures.shape[1] // 2)
    columns = 1 + (np.arange(both.shape[2]) < pictures.shape[2] // 2)
    both /= np.sqrt(np.outer(rows, columns)).astype(np.float32)  # pixels that went into each
    return both.reshape(len(pictures), -1)
