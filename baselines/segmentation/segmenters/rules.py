"""From probabilities to classes, by rules that are chosen on images that were held out."""

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from baselines.segmentation.pixels.overlap import mean_dice
from baselines.segmentation.segmenters.morphology import Morphology, chosen_morphology

THRESHOLDS = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.1)
"""From the plainest."""


@dataclass(frozen=True)
class ClassRules:
    """How classes are told from probabilities.

    Attributes
    ----------
    threshold : float
        Probability of all classes but the background together from which a pixel belongs to the
        likeliest of these.
    morphologies : tuple
        What is done to the mask of each class but the background, in order.
    """

    threshold: float
    morphologies: tuple[Morphology, ...]

    @classmethod
    def plain(cls, classes: int) -> Self:
        """The likeliest class, and nothing else."""
        return cls(0.5, (Morphology(),) * (classes - 1))

    def classes(self, probabilities: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Classes ``(h, w)`` of probabilities ``(h, w, k)``."""
        raw = likeliest(probabilities, self.threshold)
        if all(rule == Morphology() for rule in self.morphologies):
            return raw
        labels = np.zeros_like(raw)
        for label, rule in enumerate(self.morphologies, start=1):
            mask = rule.applied(raw == label)
            # what is filled or closed takes background only, not what another class holds
            labels[mask & ((raw == label) | (raw == 0))] = label
        return labels

    def as_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)


def likeliest(probabilities: NDArray[np.float32], threshold: float) -> NDArray[np.uint8]:
    """``(…,)`` of ``(…, k)``: the likeliest class but the background, or the background."""
    inside = 1 - probabilities[..., 0] >= threshold
    return np.where(inside, 1 + probabilities[..., 1:].argmax(axis=-1), 0).astype(np.uint8)


def chosen_rules(
    probabilities: NDArray[np.float32], truth: NDArray[np.uint8]
) -> tuple[ClassRules, float]:
    """The rules of highest mean Dice over images ``(n, h, w)`` and classes, and that Dice.

    Args:
        probabilities: ``(n, h, w, k)`` of images that were not learned from.
        truth: ``(n, h, w)``.
    """
    labels = range(1, probabilities.shape[-1])

    def of_threshold(threshold: float) -> float:
        raw = likeliest(probabilities, threshold)
        return float(np.mean([mean_dice(raw == label, truth == label) for label in labels]))

    scores = {threshold: of_threshold(threshold) for threshold in THRESHOLDS}
    threshold = max(scores, key=lambda value: scores[value])
    raw = likeliest(probabilities, threshold)
    found = [chosen_morphology(raw == label, truth == label) for label in labels]
    rules = ClassRules(threshold, tuple(rule for rule, _ in found))
    return rules, float(np.mean([score for _, score in found]))
