"""Methods that find one thing at a time: each class has its rule, and the classes are painted."""

from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from baselines.segmentation.pixels.overlap import dice_of, mean_dice
from baselines.segmentation.segmenters.morphology import Mask, Morphology, chosen_morphology
from baselines.segmentation.segmenters.pairs import check_images, check_pairs, colours, some_rows

R = TypeVar("R", bound=Hashable)


@dataclass(frozen=True)
class ClassRule(Generic[R]):
    """How one class is found.

    Attributes
    ----------
    label : int
        The class.
    rule : R
        Of the method: where it may be.
    morphology : Morphology
        What is done to that mask.
    """

    label: int
    rule: R
    morphology: Morphology


class PaintingSegmenter(BaseEstimator, Generic[R]):
    """The rules of a method, of which the best one is chosen for every class on training images.

    The classes are painted from the largest to the smallest, so that a nucleus lies on its cell and
    the rule of the cell may find both. The rule of a class is judged by the mean Dice of what is
    seen of it, after the smaller ones were painted over it.

    What follows from this says what may be tried, by `candidates`, and what a rule finds, by
    `raw_masks`.

    Attributes
    ----------
    classes_ : (k,) int64
    rules_ : tuple of ClassRule
        In the order of painting.
    fit_info_ : dict
    """

    most_images: int = 60

    def candidates(self, channels: int) -> Sequence[R]:
        """Rules that may be tried on images of so many channels, from the plainest."""
        raise NotImplementedError

    def raw_masks(self, image: NDArray[np.uint8], rules: Sequence[R]) -> list[Mask]:
        """What each of some rules finds in an image ``(h, w, 1 or 3)``: masks ``(h, w)``."""
        raise NotImplementedError

    def fit(self, X: Any, Y: Any) -> Self:
        """Choose rules on some of the images ``(n, h, w, c)`` and their classes ``(n, h, w)``.

        Raises
        ------
        ValueError
            If they are unsuitable.
        """
        X, Y = check_pairs(X, Y)
        k = max(2, int(Y.max()) + 1)
        self.classes_, self.n_channels_ = np.arange(k), X.shape[3]
        rows = some_rows(len(X), self.most_images)
        images, targets = colours(X[rows]), Y[rows]
        rules = list(self.candidates(images.shape[3]))
        covered = np.zeros(targets.shape, dtype=bool)
        found: list[ClassRule[R]] = []
        scores = []
        areas = np.bincount(Y.ravel(), minlength=k)
        for label in sorted(np.flatnonzero(areas[1:]) + 1, key=lambda label: int(areas[label])):
            truth = targets == label
            rule = rules[self._best(images, truth, covered, rules)]
            masks = np.stack([self.raw_masks(image, [rule])[0] for image in images])
            visible = truth | (covered & masks)  # what is painted over may be found or not
            morphology, _ = chosen_morphology(masks, visible)
            masks = np.stack([morphology.applied(mask) for mask in masks])
            scores.append(mean_dice(masks & ~covered, truth))
            covered |= masks
            found.append(ClassRule(int(label), rule, morphology))
        self.rules_ = tuple(reversed(found))
        self.fit_info_ = {
            "images_for_rules": len(rows),
            "training_dice": [round(score, 4) for score in reversed(scores)],
            "rules": [asdict(rule) for rule in self.rules_],
        }
        return self

    def _best(
        self, images: NDArray[np.uint8], truth: Mask, covered: Mask, rules: Sequence[R]
    ) -> int:
        """The first of the rules with the highest mean Dice of what is seen of their masks."""
        scores = [
            [dice_of(mask & ~over, wanted) for mask in self.raw_masks(image, rules)]
            for image, wanted, over in zip(images, truth, covered, strict=True)
        ]
        return int(np.mean(scores, axis=0).argmax())

    def predict(self, X: Any) -> NDArray[np.uint8]:
        """Classes ``(n, h, w)`` of the pixels of images ``(n, h, w, c)``."""
        check_is_fitted(self)
        X = colours(check_images(X, self.n_channels_))
        labels = np.zeros(X.shape[:3], dtype=np.uint8)
        for image, painted in zip(X, labels, strict=True):
            for rule in self.rules_:
                mask = rule.morphology.applied(self.raw_masks(image, [rule.rule])[0])
                painted[mask] = rule.label
        return labels
