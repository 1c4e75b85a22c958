"""Regions that grow from seeds: watershed and random walker."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from baselines.segmentation.segmenters.morphology import Mask
from baselines.segmentation.segmenters.planes import plane
from baselines.segmentation.segmenters.working import ScaledSegmenter

KINDS = ("watershed", "random-walker")

_PLANES = ("gray", "green", "saturation")
_SMOOTHING = 1 / 48  # before seeds are chosen, of the shorter side
_INSIDE = (0.03, 0.08, 0.15)
_OUTSIDE = (0.3, 0.5)
_BETA = 400.0  # how much the random walker minds edges


@dataclass(frozen=True)
class SeedRule:
    """Where seeds lie.

    Attributes
    ----------
    plane : str
        One of `planes.COLOUR`.
    bright : bool
        Whether seeds of the class are the brightest pixels, and not the darkest.
    central : bool
        Whether pixels count more the nearer they are to the middle (Welch's window).
    inside, outside : float
        Shares of the image that are seeds of the class, and of the rest.
    """

    plane: str
    bright: bool
    central: bool
    inside: float
    outside: float


class SeededSegmenter(ScaledSegmenter[SeedRule]):
    """Seeds at the brightest or darkest pixels, from which regions grow; seeds by training.

    Watershed on the gradient (Beucher & Lantuéjoul 1979) or random walker (Grady 2006, IEEE
    Transactions on Pattern Analysis and Machine Intelligence 28:1768), both of scikit-image.

    Parameters
    ----------
    kind : "watershed" or "random-walker"
    most_images : int
        Training images that rules are chosen on.
    most_side : int
        Longer side at which regions grow, px.
    """

    def __init__(
        self,
        kind: Literal["watershed", "random-walker"] = "watershed",
        *,
        most_images: int = 30,
        most_side: int = 96,
    ) -> None:
        self.kind = kind
        self.most_images = most_images
        self.most_side = most_side

    def candidates(self, channels: int) -> Sequence[SeedRule]:
        """All shares of seeds at both polarities in every plane."""
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {self.kind!r}")
        shares = [(a, b) for a in _INSIDE for b in _OUTSIDE]
        return [
            SeedRule(name, bright, central, inside, outside)
            for name in (_PLANES if channels == 3 else _PLANES[:1])
            for bright in (False, True)
            for central in (True, False)
            for inside, outside in (shares if self.kind == "watershed" else shares[2:4])
        ]

    def scaled_masks(self, image: NDArray[np.uint8], rules: Sequence[SeedRule]) -> list[Mask]:
        """The regions that grow from each rule's seeds."""
        planes = {name: plane(image, name, _SMOOTHING) for name in {rule.plane for rule in rules}}
        return [self._grown(planes[rule.plane], rule) for rule in rules]

    def _grown(self, values: NDArray[np.float32], rule: SeedRule) -> Mask:
        seeds = seeds_of(values, rule)
        if not (seeds == 1).any() or not (seeds == 2).any():
            return np.zeros(values.shape, dtype=bool)
        from skimage import segmentation

        find: Any = segmentation  # has annotations in some versions
        if self.kind == "watershed":
            gradient = ndimage.gaussian_gradient_magnitude(values, 1.0, mode="nearest")
            regions: NDArray[np.int32] = find.watershed(gradient, seeds)
        elif (seeds == 0).any():
            regions = find.random_walker(values, seeds, beta=_BETA, mode="bf")
        else:
            regions = seeds  # every pixel is one
        grown: Mask = regions == 1
        return grown


def seeds_of(values: NDArray[np.float32], rule: SeedRule) -> NDArray[np.int32]:
    """1 at the seeds of the class, 2 at those of the rest, 0 elsewhere ``(h, w)``.

    Where all pixels are alike there are none.
    """
    likely = values if rule.bright else -values
    spread = float(likely.max() - likely.min())
    if not spread > 0:
        return np.zeros(values.shape, dtype=np.int32)
    likely = (likely - likely.min()) / spread
    if rule.central:
        h, w = values.shape
        row = 1 - ((2 * np.arange(h, dtype=np.float32) + 1 - h) / h) ** 2
        column = 1 - ((2 * np.arange(w, dtype=np.float32) + 1 - w) / w) ** 2
        likely = likely * row[:, None] * column
    seeds = np.zeros(values.shape, dtype=np.int32)
    seeds[likely <= np.quantile(likely, rule.outside)] = 2
    seeds[likely >= np.quantile(likely, 1 - rule.inside)] = 1
    return seeds
