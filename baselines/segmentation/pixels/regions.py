"""Superpixels, and what is said of them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baselines.segmentation.pixels import multiscale

AREA = 36
"""Pixels of a superpixel, about."""

_COMPACTNESS = 0.3  # how much nearness counts beside likeness, of gray levels in 0..1
_OF_COLOUR = 30.0  # the same in CIELAB


def superpixels(image: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Which region each pixel of an image ``(h, w, 1 or 3)`` belongs to ``(h, w)``, from 0.

    SLIC (Achanta et al. 2012, IEEE Transactions on Pattern Analysis and Machine Intelligence
    34:2274).
    """
    from skimage import segmentation

    find: Any = segmentation  # has annotations in some versions
    h, w, channels = image.shape
    wanted = max(2, h * w // AREA)
    if channels == 1:
        labels = find.slic(
            multiscale.luma(image), wanted, _COMPACTNESS, channel_axis=None, start_label=0
        )
    else:
        labels = find.slic(image, wanted, _OF_COLOUR, channel_axis=-1, start_label=0)
    found: NDArray[np.intp] = np.unique(labels, return_inverse=True)[1].reshape(h, w)
    return found


def describe_regions(
    features: NDArray[np.float32], labels: NDArray[np.intp], beside: Any
) -> NDArray[np.float32]:
    """Features ``(r, 4f + 1)`` of the regions of an image.

    Of every feature of the pixels its mean and standard deviation in the region, the mean over the
    regions beside it, and the difference to that; and the area in parts of the image.

    Args:
        features: ``(h, w, f)``.
        labels: ``(h, w)``, 0 to r - 1.
        beside: `neighbours` of the regions.
    """
    flat, count = labels.ravel(), int(labels.max()) + 1
    rows = features.reshape(len(flat), -1)
    area = np.bincount(flat, minlength=count).astype(np.float64)
    mean = np.empty((count, rows.shape[1]))
    square = np.empty_like(mean)
    for k, values in enumerate(rows.T):
        mean[:, k] = np.bincount(flat, values, minlength=count) / area
        square[:, k] = np.bincount(flat, values * values, minlength=count) / area
    deviation = np.sqrt(np.maximum(square - mean**2, 0))
    around = _around(mean, beside)
    described = np.hstack([mean, deviation, around, mean - around, area[:, None] / len(flat)])
    return described.astype(np.float32)


def describe_context(probabilities: NDArray[np.float64], beside: Any) -> NDArray[np.float32]:
    """What was found in the regions of an image and around ``(r, 7 (k - 1))``.

    Of the probability of every class but the first: it itself; its means over the regions that
    touch, and over those of two and of four steps; and over the whole image the mean, the highest
    twentieth and the highest.

    Args:
        probabilities: ``(r, k)``.
        beside: `neighbours` of the regions.
    """
    found = probabilities[:, 1:]
    planes, around = [found], found
    for step in range(1, 5):
        around = _around(around, beside)
        if step != 3:
            planes.append(around)
    highest = np.sort(found, axis=0)[-max(1, len(found) // 20) :]
    for whole in (found.mean(axis=0), highest.mean(axis=0), highest[-1]):
        planes.append(np.broadcast_to(whole, found.shape))
    return np.hstack(planes).astype(np.float32)


def _around(values: NDArray[np.float64], beside: Any) -> NDArray[np.float64]:
    """Means ``(r, f)`` over the regions that touch; of a region alone its own values."""
    degree = np.asarray(beside.sum(axis=1)).reshape(-1, 1)
    means: NDArray[np.float64] = np.where(
        degree > 0, beside @ values / np.maximum(degree, 1), values
    )
    return means


def neighbours(labels: NDArray[np.intp]) -> Any:
    """Which regions ``(h, w)`` touch along an edge: a sparse ``(r, r)`` of zeros and ones."""
    from scipy.sparse import csr_array

    count = int(labels.max()) + 1
    down = np.stack([labels[1:].ravel(), labels[:-1].ravel()])
    across = np.stack([labels[:, 1:].ravel(), labels[:, :-1].ravel()])
    pairs = np.hstack([down, across, down[::-1], across[::-1]])
    row, column = np.unique(pairs[:, pairs[0] != pairs[1]], axis=1)
    return csr_array((np.ones(len(row)), (row, column)), shape=(count, count))


def region_classes(
    targets: NDArray[np.uint8], labels: NDArray[np.intp], classes: int
) -> NDArray[np.intp]:
    """The class of most pixels of each region ``(r,)``."""
    count = int(labels.max()) + 1
    together = np.bincount(labels.ravel() * classes + targets.ravel(), minlength=count * classes)
    found: NDArray[np.intp] = together.reshape(count, classes).argmax(axis=1)
    return found
