"""Overlap and size of a region: Dice, intersection over union (IoU), relative area error.

With A the pixels of the truth and B those of the prediction:

    Dice = 2 |A ∩ B| / (|A| + |B|)      IoU = |A ∩ B| / |A ∪ B|      area error = ||B| − |A|| / |A|

(Dice 1945, Ecology 26:297; Jaccard 1912). Where both are empty, overlap is 1 and the error 0; where
one is empty, overlap is 0 and the error 1. The area error is at most 1: a region that is far too
large is as wrong as a miss, so that a miss never improves a mean.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def region_counts(
    truth: NDArray[np.uint8], predicted: NDArray[np.uint8], n_classes: int
) -> tuple[IntArray, IntArray, IntArray]:
    """Pixels of each class from 1: in both maps, in the truth, in the prediction.

    Args:
        truth, predicted: `(h, w)` class indices in `0..n_classes-1`, 0 being the background.
        n_classes: background included.

    Returns:
        Three arrays `(n_classes - 1,)`.

    Raises:
        ValueError: if the maps have different shapes, or a class beyond the last.

    >>> truth = np.array([[0, 1, 1, 2]], np.uint8)
    >>> [part.tolist() for part in region_counts(truth, np.array([[1, 1, 0, 2]], np.uint8), 3)]
    [[1, 1], [2, 1], [2, 1]]
    """
    if truth.shape != predicted.shape:
        raise ValueError(f"maps of one shape are needed, not {truth.shape} and {predicted.shape}")
    highest = int(max(truth.max(initial=0), predicted.max(initial=0)))
    if highest >= n_classes:
        raise ValueError(f"a map has the class {highest}, of {n_classes} classes")
    regions = [(truth == k, predicted == k) for k in range(1, n_classes)]
    both = [np.count_nonzero(true & said) for true, said in regions]
    each = [[np.count_nonzero(pair[i]) for pair in regions] for i in (0, 1)]
    return np.array(both), np.array(each[0]), np.array(each[1])


def dice(both: ArrayLike, truth: ArrayLike, predicted: ArrayLike) -> FloatArray:
    """Dice of regions of so many pixels, any shape that broadcasts.

    >>> dice([2, 0, 0], [4, 3, 0], [4, 0, 0]).tolist()
    [0.5, 0.0, 1.0]
    """
    shared, whole = 2 * np.asarray(both), np.add(truth, predicted)
    found: FloatArray = np.divide(shared, whole, out=np.ones(np.shape(whole)), where=whole > 0)
    return found


def iou(both: ArrayLike, truth: ArrayLike, predicted: ArrayLike) -> FloatArray:
    """Intersection over union of regions of so many pixels.

    >>> iou([2, 0, 0], [4, 3, 0], [4, 0, 0]).round(3).tolist()
    [0.333, 0.0, 1.0]
    """
    union = np.add(truth, predicted) - np.asarray(both)
    found: FloatArray = np.divide(both, union, out=np.ones(np.shape(union)), where=union > 0)
    return found


def area_error(truth: ArrayLike, predicted: ArrayLike) -> FloatArray:
    """By which share of itself the true area is missed, at most 1.

    >>> area_error([4, 4, 4, 0, 0], [5, 0, 40, 2, 0]).tolist()
    [0.25, 1.0, 1.0, 1.0, 0.0]
    """
    true, said = np.asarray(truth), np.asarray(predicted)
    off = np.abs(said - true)
    found = np.divide(off, true, out=(said > 0).astype(np.float64), where=true > 0)
    return np.asarray(np.minimum(found, 1.0), dtype=np.float64)
