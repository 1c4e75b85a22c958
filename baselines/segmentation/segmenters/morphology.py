"""What is done to a mask before it counts, chosen on training images."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baselines.segmentation.pixels.overlap import mean_dice

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Morphology:
    """Steps from a raw mask to a mask, in this order.

    Attributes
    ----------
    opening, closing : float
        Radius of the discs that open and close the mask, in parts of the shorter side.
    fill : bool
        Whether holes become part of it.
    largest : bool
        Whether only the largest 8-connected component is kept.
    smallest : float
        Share of the image below which a mask is taken to be empty.
    """

    opening: float = 0.0
    closing: float = 0.0
    fill: bool = False
    largest: bool = False
    smallest: float = 0.0

    def applied(self, mask: Mask) -> Mask:
        """The mask ``(h, w)`` after all steps."""
        from scipy import ndimage

        side = min(mask.shape)
        if self.opening:
            mask = _opened(mask, max(1, round(self.opening * side)))
        if self.closing:
            mask = ~_opened(~mask, max(1, round(self.closing * side)))
        if self.fill:
            mask = ndimage.binary_fill_holes(mask)
        if self.largest and mask.any():
            components, _ = ndimage.label(mask, np.ones((3, 3)))
            areas = np.bincount(components.ravel())
            areas[0] = 0
            mask = components == areas.argmax()
        if self.smallest and mask.sum() < self.smallest * mask.size:
            mask = np.zeros_like(mask)
        return mask


_CHOICES: dict[str, tuple[Any, ...]] = {  # from the plainest; one after the other
    "largest": (False, True),
    "fill": (False, True),
    "opening": (0.0, 1 / 64, 1 / 32),
    "closing": (0.0, 1 / 64, 1 / 32),
    "smallest": (0.0, 0.0025, 0.005, 0.01, 0.02),
}


def chosen_morphology(masks: Mask, truth: Mask) -> tuple[Morphology, float]:
    """The steps that bring masks ``(n, h, w)`` nearest to the truth by mean Dice, and that Dice.

    Each step is chosen after the others, beginning with none, and taken where it gains.
    """
    rule = Morphology()
    best = mean_dice(masks, truth)
    for name, values in _CHOICES.items():
        for value in values[1:]:
            other = replace(rule, **{name: value})
            score = mean_dice(np.stack([other.applied(mask) for mask in masks]), truth)
            if score > best:
                rule, best = other, score
    return rule, best


def _opened(mask: Mask, radius: int) -> Mask:
    """Opened by a disc, by distances to what is outside; the border of the image counts for it."""
    from scipy import ndimage

    eroded = ndimage.distance_transform_edt(np.pad(mask, radius, mode="edge")) > radius
    if not eroded.any():
        return np.zeros_like(mask)
    grown: Mask = ndimage.distance_transform_edt(~eroded) <= radius
    return grown[radius:-radius, radius:-radius]
