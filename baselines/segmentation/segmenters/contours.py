"""Active contours: Chan and Vese's, and geodesic ones, in their morphological form."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from baselines.segmentation.segmenters.morphology import Mask
from baselines.segmentation.segmenters.planes import plane
from baselines.segmentation.segmenters.working import ScaledSegmenter

KINDS = ("chan-vese", "geodesic")

_PLANES = ("gray", "green", "saturation")
_STARTS = (0.25, 0.4)  # radius of the first contour, in parts of the shorter side
_SMOOTHING = 1 / 64  # before contours, of the shorter side
_STRENGTH = 200.0  # by which edges stop a geodesic contour
_ITERATIONS = {"chan-vese": 40, "geodesic": 60}


@dataclass(frozen=True)
class ContourRule:
    """How a contour is sought.

    Attributes
    ----------
    plane : str
        One of `planes.COLOUR`.
    start : float
        Radius of the circle in the middle from which it starts, in parts of the shorter side.
    bright : bool or None
        Whether what is inside is the brighter part; None takes the inside as it is.
    balloon : int
        Of a geodesic contour: -1 shrinks, 1 grows where no edge stops it.
    """

    plane: str
    start: float
    bright: bool | None
    balloon: int


class ContourSegmenter(ScaledSegmenter[ContourRule]):
    """A contour that evolves in each image; start, plane and polarity by training.

    Márquez-Neila et al. 2014, IEEE Transactions on Pattern Analysis and Machine Intelligence 36:2
    (`skimage.segmentation.morphological_chan_vese`, `morphological_geodesic_active_contour`).

    Parameters
    ----------
    kind : "chan-vese" or "geodesic"
    most_images : int
        Training images that rules are chosen on.
    most_side : int
        Longer side at which contours evolve, px.
    """

    def __init__(
        self,
        kind: Literal["chan-vese", "geodesic"] = "chan-vese",
        *,
        most_images: int = 24,
        most_side: int = 96,
    ) -> None:
        self.kind = kind
        self.most_images = most_images
        self.most_side = most_side

    def candidates(self, channels: int) -> Sequence[ContourRule]:
        """Every start in every plane, with both polarities or both balloons."""
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {self.kind!r}")
        if self.kind == "chan-vese":
            ways: list[tuple[bool | None, int]] = [(True, 0), (False, 0), (None, 0)]
        else:
            ways = [(None, -1), (None, 1)]
        return [
            ContourRule(name, start, bright, balloon)
            for name in (_PLANES if channels == 3 else _PLANES[:1])
            for start in _STARTS
            for bright, balloon in ways
        ]

    def scaled_masks(self, image: NDArray[np.uint8], rules: Sequence[ContourRule]) -> list[Mask]:
        """The inside of each rule's contour."""
        contours = {
            (name, start, balloon): self._contour(image, name, start, balloon)
            for name, start, balloon in {(r.plane, r.start, r.balloon) for r in rules}
        }
        found = []
        for rule in rules:
            inside, values = contours[rule.plane, rule.start, rule.balloon]
            if rule.bright is not None and inside.any() and not inside.all():
                brighter = values[inside].mean() > values[~inside].mean()
                inside = inside if brighter == rule.bright else ~inside
            found.append(inside)
        return found

    def _contour(
        self, image: NDArray[np.uint8], name: str, start: float, balloon: int
    ) -> tuple[Mask, NDArray[np.float32]]:
        from skimage import segmentation

        find: Any = segmentation  # has annotations in some versions
        values = plane(image, name, _SMOOTHING)
        h, w = values.shape
        row, column = np.mgrid[:h, :w]
        distance = np.hypot(row - (h - 1) / 2, column - (w - 1) / 2)
        circle = (distance <= start * min(h, w)).astype(np.int8)
        count = _ITERATIONS[self.kind]
        if min(h, w) < 3 or values.max() - values.min() < 1 / 255:
            return circle > 0, values  # no gradient to be taken, and nothing to be found
        if self.kind == "chan-vese":
            contour = find.morphological_chan_vese(
                values, count, init_level_set=circle, smoothing=2
            )
        else:
            edges = find.inverse_gaussian_gradient(values, alpha=_STRENGTH, sigma=2.0)
            contour = find.morphological_geodesic_active_contour(
                edges, count, init_level_set=circle, smoothing=1, balloon=balloon, threshold="auto"
            )
        return np.asarray(contour) > 0, values
