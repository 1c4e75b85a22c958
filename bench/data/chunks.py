"""Looking at all images of a part without having them all in memory."""

import mmap
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

BYTES = 1 << 24
"""Of one chunk, about."""


def chunks(images: NDArray[np.uint8], size: int = BYTES) -> Iterator[NDArray[np.uint8]]:
    """The images `(n, h, w, c)`, some at a time, in order.

    What was read of a memory map is handed back to the system after each chunk, so that it does not
    count as memory of this process.

    >>> [len(chunk) for chunk in chunks(np.zeros((5, 8, 8, 1), np.uint8), size=128)]
    [2, 2, 1]
    """
    few = max(1, size // max(int(np.prod(images.shape[1:])), 1))
    for start in range(0, len(images), few):
        yield images[start : start + few]
        release(images)


def release(images: NDArray[np.uint8]) -> None:
    """Hand pages of a memory map back to the system; they are read again when they are needed."""
    mapped = getattr(images, "_mmap", None)
    if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


def images_at(parts: Sequence[NDArray[np.uint8]], rows: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Some of the images that lie in several arrays of one shape, in the order of the rows.

    >>> parts = [np.zeros((2, 8, 8, 1), np.uint8), np.ones((3, 8, 8, 1), np.uint8)]
    >>> images_at(parts, np.array([4, 0, 2]))[:, 0, 0, 0].tolist()
    [1, 0, 1]
    """
    taken = np.empty((len(rows), *parts[0].shape[1:]), np.uint8)
    start = 0
    for images in parts:
        here = (rows >= start) & (rows < start + len(images))
        taken[here] = images[rows[here] - start]
        release(images)
        start += len(images)
    return taken
