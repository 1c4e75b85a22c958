"""All five measures of a label map, class by class."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from reports.statistics.segmentation.overlap import area_error, dice, iou, region_counts
from reports.statistics.segmentation.surface import surfaces

FloatArray = NDArray[np.float64]
LabelMap = NDArray[np.uint8]

RegionMeasure = Literal["dice", "iou", "nsd", "hd95", "area-error"]
REGION_MEASURES: tuple[RegionMeasure, ...] = get_args(RegionMeasure)
"""In the order of the columns; the first is the primary one."""

LOWER_IS_BETTER: frozenset[RegionMeasure] = frozenset({"hd95", "area-error"})


def region_measures(
    truth: LabelMap,
    predicted: LabelMap,
    n_classes: int,
    tolerance: float,
    spacing: tuple[float, float] = (1.0, 1.0),
) -> FloatArray:
    """`(n_classes - 1, 5)` measures of every class but the background.

    Args:
        truth, predicted: `(h, w)` class indices, 0 being the background.
        n_classes: background included.
        tolerance: of the normalised surface Dice, in the unit of the spacing.
        spacing: height and width of a pixel; (1, 1) to count in pixels.

    Raises:
        ValueError: if the maps do not fit each other or the classes.

    >>> truth = np.array([[1, 1, 0, 0]], np.uint8)
    >>> region_measures(truth, np.array([[1, 1, 1, 0]], np.uint8), 2, 1.0).round(3).tolist()
    [[0.8, 0.667, 1.0, 0.9, 0.5]]
    """
    both, true, said = region_counts(truth, predicted, n_classes)
    found = np.empty((n_classes - 1, len(REGION_MEASURES)))
    found[:, 0] = dice(both, true, said)
    found[:, 1] = iou(both, true, said)
    found[:, 4] = area_error(true, said)
    for k in range(1, n_classes):
        found[k - 1, 2:4] = surfaces(truth == k, predicted == k, tolerance, spacing)
    return found


def region_dice(truth: LabelMap, predicted: LabelMap, n_classes: int) -> FloatArray:
    """`(n_classes - 1,)` Dice of every class but the background, which takes far less time.

    >>> region_dice(np.array([[1, 2]], np.uint8), np.array([[1, 0]], np.uint8), 3).tolist()
    [1.0, 0.0]
    """
    return dice(*region_counts(truth, predicted, n_classes))
