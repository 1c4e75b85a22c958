"""Whether two data sets show the same photographs, whatever their sizes are.

Of each data set a sample of small pictures is kept, cut to what lies within a border of one colour
and squashed to one size, so that a letterboxed image is like a squashed one. Two data sets share
images if the number of such twins (`bench.data.likeness.near_duplicates`, mirrored ones apart) is
more than chance likeness explains.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.data.chunks import images_at
from bench.data.dataset import Dataset
from bench.data.likeness.details import COARSE, DETAIL_SMALL
from bench.data.likeness.vectors import coarse_vectors, detail_vectors

SAMPLE = 4_000
"""Images of a data set that are compared at most. Of two data sets of 100,000 images that are the
same 160 pairs are expected to be in both samples."""

FEWEST = 3
"""Shared images that are no chance."""

SHARE = 0.01
"""Of the smaller sample, which have to be shared at least; chance likeness reaches 0.02 % within
one kind of image."""

_SIDE = 24  # px
_SEED = 0
_FEW = 256  # images read at a time

Pictures = NDArray[np.uint8]


def small_pictures(data: Dataset) -> Pictures:
    """`(m, 24, 24)` gray pictures of at most `SAMPLE` images; none of a generated data set."""
    if data.provenance.generated:
        return np.empty((0, _SIDE, _SIDE), np.uint8)
    parts = [part.images for _, part in data.parts()]
    n = sum(map(len, parts))
    chosen = np.arange(n)
    if n > SAMPLE:
        chosen = np.sort(np.random.default_rng(_SEED).choice(n, SAMPLE, replace=False))
    pictures = np.empty((len(chosen), _SIDE, _SIDE), np.uint8)
    for start in range(0, len(chosen), _FEW):
        images = images_at(parts, chosen[start : start + _FEW])
        gray = images[..., :3].mean(axis=3) if images.shape[3] > 2 else images[..., 0]
        for i, image in enumerate(gray.astype(np.uint8)):
            cut = Image.fromarray(_within_border(image))
            pictures[start + i] = np.asarray(cut.resize((_SIDE, _SIDE), Image.Resampling.BILINEAR))
    return pictures


def sharing(pictures: Mapping[str, Pictures]) -> dict[str, tuple[str, ...]]:
    """Name of a data set → the others with which it shares images, in order.

    Args:
        pictures: of each data set, from `small_pictures`.
    """
    known = {
        name: (coarse_vectors(own[..., None]), detail_vectors(own[..., None]))
        for name, own in pictures.items()
        if len(own)
    }
    shared: dict[str, list[str]] = {name: [] for name in pictures}
    names = list(known)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            alike = known[one][0] @ known[other][0].T >= COARSE
            first, second = np.nonzero(alike)
            details = np.einsum("ij,ij->i", known[one][1][first], known[other][1][second])
            same = details >= DETAIL_SMALL
            number = min(len(np.unique(rows[same])) for rows in (first, second))
            smaller = min(len(pictures[one]), len(pictures[other]))
            if number >= max(FEWEST, SHARE * smaller):
                shared[one].append(other)
                shared[other].append(one)
    return {name: tuple(sorted(others)) for name, others in shared.items()}


def _within_border(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What is left of `(h, w)` without rows and columns at the edge that are of one colour."""
    rows = np.flatnonzero((image != image[:, :1]).any(axis=1))
    columns = np.flatnonzero((image != image[:1]).any(axis=0))
    if not len(rows) or not len(columns):
        return image
    return np.ascontiguousarray(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
