"""Pixels drawn evenly over the classes and over the images."""

import numpy as np
from numpy.typing import NDArray

Random = np.random.Generator


def drawn_places(
    targets: NDArray[np.uint8], quotas: NDArray[np.intp], rng: Random
) -> NDArray[np.intp]:
    """Positions in the rows of one image ``(h, w)``: of every class as many as its quota.

    Fewer where the image has fewer, and none of a class that it does not have.
    """
    flat = targets.ravel()
    drawn = []
    for label, quota in enumerate(quotas):
        own = np.flatnonzero(flat == label)
        drawn.append(rng.choice(own, min(int(quota), len(own)), replace=False))
    return np.concatenate(drawn)


def quotas(targets: NDArray[np.uint8], classes: int, pixels: int) -> NDArray[np.intp]:
    """How many pixels of every class each image should give ``(k,)``.

    So many that there are about `pixels` of all images ``(n, h, w)`` together, as many of every
    class; a class that few images have is drawn more of each of them.
    """
    having = np.array([(targets == label).any((1, 2)).sum() for label in range(classes)])
    found: NDArray[np.intp] = np.ceil(pixels / classes / np.maximum(having, 1)).astype(np.intp)
    return found


def frequencies(targets: NDArray[np.uint8], classes: int) -> NDArray[np.float64]:
    """Share of every class ``(k,)`` in the pixels ``(n, h, w)``."""
    counts = np.bincount(targets.ravel(), minlength=classes)
    shares: NDArray[np.float64] = counts / counts.sum()
    return shares
