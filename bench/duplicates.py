"""Test images that are nearly the same as an image the methods have learned from.

Identical images are found by their digests (`splits`). Here are those that were saved twice, scaled
or brightened: what is left of two images after averaging to a small thumbnail correlates.
"""

import numpy as np
from numpy.typing import NDArray

from bench.dataset import Dataset

SIDE = 32
"""Longest side of a thumbnail, px."""

CORRELATION = 0.99
"""From this on two thumbnails are of nearly the same image. BreastMNIST has 42 such test images of
156; PneumoniaMNIST, skin lesions and white blood cells, at 28 and 64 px, have none."""

_ROWS = 2048  # images that are compared at a time


def near_duplicates(data: Dataset) -> tuple[str, ...]:
    """Ids of the test cases with a near twin in train or validation, in order.

    A constant image has no twin; masks play no part.
    """
    test = thumbnails(data.test.images)
    found = np.zeros(len(test), dtype=bool)
    for part in (data.train, data.val):
        for start in range(0, len(part), _ROWS):
            others = thumbnails(part.images[start : start + _ROWS])
            for first in range(0, len(test), _ROWS):
                rows = slice(first, first + _ROWS)
                found[rows] |= (test[rows] @ others.T).max(axis=1) >= CORRELATION
    return tuple(str(case) for case in data.test.case_ids[found])


def thumbnails(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Averaged gray levels of images `(n, h, w, c)` as vectors `(n, d)` of mean 0 and length 1.

    The product of two is their correlation. A constant image gives zeros.
    """
    n, h, w, c = images.shape
    rows, cols = min(h, SIDE), min(w, SIDE)
    top, left = np.arange(rows) * h // rows, np.arange(cols) * w // cols
    area = np.diff(top, append=h)[:, None] * np.diff(left, append=w)
    vectors = np.empty((n, rows * cols), dtype=np.float32)
    for start in range(0, n, _ROWS):
        few = slice(start, start + _ROWS)
        gray = images[few, :, :, : c - (c % 2 == 0)].mean(axis=3, dtype=np.float32)
        sums = np.add.reduceat(np.add.reduceat(gray, top, axis=1), left, axis=2)
        vectors[few] = (sums / area).reshape(len(gray), -1)
    vectors -= vectors.mean(axis=1, keepdims=True)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    constant = length < 1e-2 * np.sqrt(vectors.shape[1])
    vectors /= np.where(constant, 1, length)
    vectors[constant[:, 0]] = 0
    return vectors
