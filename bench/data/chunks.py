"""Looking at all images of a part without having them all in memory."""

import mmap
from collections.abc import Iterator

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
