"""Images and the classes of their pixels, as the segmenters here take them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def check_images(X: Any, channels: int | None = None) -> NDArray[np.uint8]:
    """The images ``(n, h, w, c)`` as an array, not copied.

    Raises
    ------
    ValueError
        If they are not four-dimensional uint8 of 1 to 4 channels, there are none, or they have
        other channels than the training images.
    """
    images: NDArray[np.uint8] = np.asarray(X)
    shape = images.shape
    if len(shape) != 4 or images.dtype != np.uint8 or not 1 <= shape[3] <= 4:
        raise ValueError(
            f"images must be (n, h, w, c) uint8 with 1 to 4 channels, got {shape} {images.dtype}"
        )
    if 0 in shape:
        raise ValueError(f"there are no images or no pixels in {shape}")
    if channels not in (None, shape[3]):
        raise ValueError(f"the training images had {channels} channels, these have {shape[3]}")
    return images


def check_pairs(X: Any, Y: Any) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images and classes of their pixels ``(n, h, w)`` uint8, not copied.

    Raises
    ------
    ValueError
        If they do not belong together.
    """
    X, Y = check_images(X), np.asarray(Y)
    if Y.dtype != np.uint8 or Y.shape != X.shape[:3]:
        raise ValueError(
            f"classes of pixels must be (n, h, w) uint8 like their images {X.shape[:3]}, "
            f"got {Y.shape} {Y.dtype}"
        )
    return X, Y


def check_counts(segmenter: Any, *names: str) -> None:
    """That a segmenter of one or two rounds has these parameters, each at least 1.

    Raises
    ------
    ValueError
        If one has not.
    """
    if segmenter.rounds not in (1, 2):
        raise ValueError(f"rounds must be 1 or 2, not {segmenter.rounds!r}")
    for name in names:
        if getattr(segmenter, name) < 1:
            raise ValueError(f"{name} must be at least 1, not {getattr(segmenter, name)}")


def colours(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Without a mask channel, which is the last of an even number: ``(…, 1 or 3)``."""
    return images[..., :-1] if images.shape[-1] % 2 == 0 else images


def some_rows(n: int, most: int) -> NDArray[np.intp]:
    """At most so many of `n` rows, spread evenly."""
    rows: NDArray[np.intp] = np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.intp))
    return rows
