"""Otsu's threshold, or several of them, with morphology."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baselines.segmentation.segmenters.morphology import Mask
from baselines.segmentation.segmenters.painting import PaintingSegmenter
from baselines.segmentation.segmenters.planes import plane, plane_names

SMOOTHINGS = (0.0, 1 / 64, 1 / 32)
"""Standard deviations of the Gaussian before a threshold, in parts of the shorter side."""

_BINS = 128


@dataclass(frozen=True)
class ThresholdRule:
    """Which of the parts of an image a class is.

    Attributes
    ----------
    plane : str
        One of `planes.COLOUR`.
    smoothing : float
        Of `planes.plane`.
    lowest, highest : int
        Of the parts between thresholds, from 0, the darkest.
    """

    plane: str
    smoothing: float
    lowest: int
    highest: int


class ThresholdSegmenter(PaintingSegmenter[ThresholdRule]):
    """Otsu's threshold or thresholds in each image; plane, part and morphology by training.

    Otsu 1979, IEEE Transactions on Systems, Man, and Cybernetics 9:62; several thresholds by Liao
    et al. 2001 as in `skimage.filters.threshold_multiotsu`.

    Parameters
    ----------
    parts : int
        Into which an image is divided, 2 for one threshold.
    most_images : int
        Training images that rules are chosen on.
    """

    def __init__(self, parts: int = 2, *, most_images: int = 60) -> None:
        self.parts = parts
        self.most_images = most_images

    def candidates(self, channels: int) -> Sequence[ThresholdRule]:
        """Every run of parts but all of them, in every plane at every smoothing."""
        if self.parts not in (2, 3, 4):
            raise ValueError(f"parts must be 2, 3 or 4, not {self.parts!r}")
        runs = [
            (low, high)
            for low in range(self.parts)
            for high in range(low, self.parts)
            if high - low < self.parts - 1
        ]
        return [
            ThresholdRule(name, smoothing, low, high)
            for name in plane_names(channels)
            for smoothing in SMOOTHINGS
            for low, high in runs
        ]

    def raw_masks(self, image: NDArray[np.uint8], rules: Sequence[ThresholdRule]) -> list[Mask]:
        """The pixels of the image that lie in each rule's parts."""
        divided = {
            (name, smoothing): divided_by_otsu(plane(image, name, smoothing), self.parts)
            for name, smoothing in {(rule.plane, rule.smoothing) for rule in rules}
        }
        found = []
        for rule in rules:
            part = divided[rule.plane, rule.smoothing]
            found.append((part >= rule.lowest) & (part <= rule.highest))
        return found


def divided_by_otsu(values: NDArray[np.float32], parts: int) -> NDArray[np.intp]:
    """Which part each pixel lies in ``(h, w)``, 0 the darkest; all 0 where levels are too few.

    Args:
        values: ``(h, w)`` in 0..1.
        parts: 2 or more.
    """
    from skimage import filters

    find: Any = filters  # has annotations in some versions
    levels = np.round(values * (_BINS - 1)).astype(np.uint8)
    if len(np.unique(levels)) < parts:
        return np.zeros(values.shape, dtype=np.intp)
    if parts == 2:
        thresholds = np.array([find.threshold_otsu(levels, nbins=_BINS)])
    else:
        thresholds = find.threshold_multiotsu(levels, parts, nbins=_BINS)
    return np.digitize(levels, thresholds, right=True)
