"""From probabilities to classes of pixels, by a rule that is chosen on images held out."""

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

THRESHOLDS = (0.3, 0.4, 0.5, 0.6)
PEAKS = (0.0, 0.7, 0.8, 0.9, 0.95, 0.98)

_NEIGHBOURS = np.ones((3, 3))  # 8-connected


@dataclass(frozen=True)
class Cleaning:
    """How classes are told from probabilities.

    Attributes:
        threshold: probability of all classes but the background together from which a pixel
            belongs to the likeliest of these.
        largest: whether only the largest 8-connected component of each class is kept.
        peak: probability of its class that the surest pixel of a component must reach, or the
            component is dropped: hysteresis, with `threshold` as the lower of two.
    """

    threshold: float = 0.5
    largest: bool = False
    peak: float = 0.0

    def classes(self, probabilities: NDArray[np.float32]) -> NDArray[np.uint8]:
        """`(n, h, w)` of probabilities `(n, h, w, k)`."""
        inside = 1 - probabilities[..., 0] >= self.threshold
        likeliest = 1 + probabilities[..., 1:].argmax(axis=-1)
        labels = np.where(inside, likeliest, 0).astype(np.uint8)
        if self.largest or self.peak:
            for image, maps in zip(labels, probabilities, strict=True):
                self._clean(image, maps)
        return labels

    def _clean(self, labels: NDArray[np.uint8], probabilities: NDArray[np.float32]) -> None:
        """In place, of one image `(h, w)` and its probabilities `(h, w, k)`."""
        from scipy import ndimage

        for label in range(1, probabilities.shape[-1]):
            components, count = ndimage.label(labels == label, _NEIGHBOURS)
            if not count:
                continue
            areas = np.bincount(components.ravel())
            areas[0] = 0
            if self.peak:
                peaks = ndimage.maximum(probabilities[..., label], components, range(1, count + 1))
                areas[1:][np.asarray(peaks) < self.peak] = 0
            kept = areas > 0
            if self.largest and kept.any():
                kept = np.arange(count + 1) == areas.argmax()
            labels[(components > 0) & ~kept[components]] = 0


def chosen_cleaning(
    probabilities: NDArray[np.float32], targets: NDArray[np.uint8]
) -> tuple[Cleaning, float]:
    """The rule with the highest mean Dice, and that Dice; of equal ones the plainest.

    Args:
        probabilities: `(n, h, w, k)` of images that were not trained on.
        targets: `(n, h, w)`.
    """
    k = probabilities.shape[-1]
    plainest_first = sorted(
        (Cleaning(*values) for values in product(THRESHOLDS, (False, True), PEAKS)),
        key=lambda rule: (rule.largest, rule.peak, abs(rule.threshold - 0.5)),
    )
    scored = [(mean_dice(rule.classes(probabilities), targets, k), rule) for rule in plainest_first]
    best = max(score for score, _ in scored)
    return next((rule, score) for score, rule in scored if score >= best - 1e-12)


def mean_dice(found: NDArray[np.uint8], truth: NDArray[np.uint8], k: int) -> float:
    """Mean over images and classes but the background; 1 where a class is in neither."""
    values: list[Any] = []
    for label in range(1, k):
        a, b = found == label, truth == label
        both, sizes = (a & b).sum((1, 2)), a.sum((1, 2)) + b.sum((1, 2))
        values.append(np.where(sizes == 0, 1.0, 2 * both / np.maximum(sizes, 1)))
    return float(np.mean(values))
