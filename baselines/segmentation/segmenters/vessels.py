"""Vesselness with a threshold that is learned."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baselines.segmentation.pixels.vesselness import frangi
from baselines.segmentation.segmenters.morphology import Mask
from baselines.segmentation.segmenters.painting import PaintingSegmenter
from baselines.segmentation.segmenters.planes import plane

SCALES = ((1.0, 1.5, 2.0), (1.5, 2.0, 3.0, 4.0))
"""Sets of scales, px at 512 px of the longer side, from which one is chosen."""

_SIDE = 512
_SHARES = (0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.14, 0.17, 0.2, 0.25)


@dataclass(frozen=True)
class VesselRule:
    """Which pixels are vessels.

    Attributes
    ----------
    plane : str
        One of `planes.COLOUR`.
    bright : bool
        Whether vessels are brighter than what is beside them.
    scales : tuple of float
        Of `frangi`, px at 512 px of the longer side.
    share : float
        Of the pixels of an image: those with the highest vesselness.
    """

    plane: str
    bright: bool
    scales: tuple[float, ...]
    share: float


class VesselSegmenter(PaintingSegmenter[VesselRule]):
    """Frangi's vesselness above a threshold; plane, polarity, scales and threshold by training.

    The threshold is the one above which a share of the image's pixels lies, so that it does not
    depend on contrast.

    Parameters
    ----------
    most_images : int
        Training images that rules are chosen on.
    """

    def __init__(self, *, most_images: int = 30) -> None:
        self.most_images = most_images

    def candidates(self, channels: int) -> Sequence[VesselRule]:
        """All rules in gray and, of colour images, in green, where blood is darkest."""
        return [
            VesselRule(name, bright, scales, share)
            for name in (("green", "gray") if channels == 3 else ("gray",))
            for bright in (False, True)
            for scales in SCALES
            for share in _SHARES
        ]

    def raw_masks(self, image: NDArray[np.uint8], rules: Sequence[VesselRule]) -> list[Mask]:
        """The most vessel-like pixels of the image."""
        factor = max(image.shape[:2]) / _SIDE
        maps = {
            (name, bright, scales): frangi(
                plane(image, name, 0.0), [max(0.7, s * factor) for s in scales], bright
            )
            for name, bright, scales in {(r.plane, r.bright, r.scales) for r in rules}
        }
        found = []
        for rule in rules:
            values = maps[rule.plane, rule.bright, rule.scales]
            threshold = np.quantile(values, 1 - rule.share)
            found.append((values >= threshold) & (values > 0))
        return found
