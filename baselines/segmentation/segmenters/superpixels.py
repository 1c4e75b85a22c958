"""Superpixels: regions of like pixels, each of which is of one class."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from baselines.segmentation.pixels import multiscale, regions, sizes
from baselines.segmentation.segmenters.fitted import Fitted, class_probabilities, fit_classes
from baselines.segmentation.segmenters.held_out import held_out_parts
from baselines.segmentation.segmenters.pairs import (
    check_counts,
    check_images,
    check_pairs,
    colours,
)
from baselines.segmentation.segmenters.rules import ClassRules, chosen_rules


class SuperpixelSegmenter(BaseEstimator):
    """Classifies the regions of SLIC by XGBoost, and gives each pixel what its region has.

    A region is described by `regions.describe_regions` on the features of its pixels. With a second
    round, a second classifier sees beside that what the first one found there, around and in the
    whole image (auto-context, Tu & Bai 2010, IEEE Transactions on Pattern Analysis and Machine
    Intelligence 32:1744), of images that the first one was not fitted to.

    Parameters
    ----------
    rounds : 1 or 2
    regions : int
        That are learned from, drawn evenly over the images.
    trees, depth : int
        Number of trees, and their greatest depth.
    scale : "auto" or float
        By how much images are scaled first; "auto" is `sizes.working_scale`.
    held_out : float
        Share of the training images on which threshold and morphology are chosen.
    random_state : int, RandomState or None
        Same seed, same result.

    Attributes
    ----------
    classes_ : (k,) int64
    rules_ : ClassRules
        How classes are told from probabilities.
    fit_info_ : dict
    """

    def __init__(
        self,
        *,
        rounds: int = 2,
        regions: int = 200_000,
        trees: int = 150,
        depth: int = 5,
        scale: float | Literal["auto"] = "auto",
        held_out: float = 0.15,
        random_state: Any = None,
    ) -> None:
        self.rounds = rounds
        self.regions = regions
        self.trees = trees
        self.depth = depth
        self.scale = scale
        self.held_out = held_out
        self.random_state = random_state

    def fit(self, X: Any, Y: Any) -> Self:
        """Learn from images ``(n, h, w, c)`` uint8 and the classes of their pixels ``(n, h, w)``.

        Raises
        ------
        ValueError
            If images, classes or a parameter are unsuitable.
        """
        X, Y = check_pairs(X, Y)
        check_counts(self, "regions", "trees", "depth")
        rng = np.random.default_rng(int(check_random_state(self.random_state).randint(2**31)))
        k = max(2, int(Y.max()) + 1)
        self.classes_, self.n_channels_ = np.arange(k), X.shape[3]
        kept, held_out = held_out_parts(len(X), self.held_out, rng)
        self.scale_ = sizes.chosen_scale(self.scale, Y[kept])
        most = max(1, self.regions // len(kept))  # of an image
        rows, labels, drawn = [], [], []
        whole: dict[int, tuple[NDArray[np.float32], Any]] = {}
        for place, i in enumerate(kept):
            features, places, beside = self._regions(X[i])
            target = sizes.scaled_targets(Y[i], (places.shape[0], places.shape[1]))
            own = np.arange(len(features))
            if len(own) > most:
                own = np.sort(rng.permutation(own)[:most])
            else:
                whole[place] = features, beside
            rows.append(features[own])
            labels.append(regions.region_classes(target, places, k)[own])
            drawn.append(own)
        self.rounds_: tuple[tuple[Fitted, ...], ...] = ()
        if self.rounds == 2 and len(kept) > 1:
            halves = [self._fitted(rows[side::2], labels[side::2], rng) for side in (0, 1)]
            self.rounds_ = (tuple(halves),)
            for place, i in enumerate(kept):
                features, beside = whole.pop(place) if place in whole else self._regions(X[i])[::2]
                # what the classifier of the other half says
                found = class_probabilities(halves[1 - place % 2], features, k)
                rows[place] = _with_context(features, found, beside)[drawn[place]]
        self.rounds_ += ((self._fitted(rows, labels, rng),),)
        self.rules_, dice = ClassRules.plain(k), None
        if len(held_out):
            maps = np.stack(list(self._probabilities(X[held_out])))
            self.rules_, dice = chosen_rules(maps, Y[held_out])
        self.fit_info_ = {
            "working_size": list(sizes.scaled_shape((X.shape[1], X.shape[2]), self.scale_)),
            "regions": sum(map(len, rows)),
            "features": rows[0].shape[1],
            "rounds": len(self.rounds_),
            "held_out_images": len(held_out),
            "held_out_dice": None if dice is None else round(dice, 4),
            "rules": self.rules_.as_dict(),
        }
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float32]:
        """Probabilities ``(n, h, w, k)``, alike in all pixels of a region."""
        check_is_fitted(self)
        return np.stack(list(self._probabilities(check_images(X, self.n_channels_))))

    def predict(self, X: Any) -> NDArray[np.uint8]:
        """Classes ``(n, h, w)`` of the pixels of images ``(n, h, w, c)``."""
        check_is_fitted(self)
        maps = self._probabilities(check_images(X, self.n_channels_))
        return np.stack([self.rules_.classes(one) for one in maps])

    def _regions(
        self, image: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.intp], Any]:
        """Features ``(r, f)`` of the regions of an image, where these are, and which touch."""
        shape = sizes.scaled_shape((image.shape[0], image.shape[1]), self.scale_)
        scaled = sizes.scaled_image(colours(image), shape)
        places = regions.superpixels(scaled)
        beside = regions.neighbours(places)
        return regions.describe_regions(multiscale.describe(scaled), places, beside), places, beside

    def _fitted(
        self,
        rows: Sequence[NDArray[np.float32]],
        labels: Sequence[NDArray[np.intp]],
        rng: np.random.Generator,
    ) -> Fitted:
        from xgboost import XGBClassifier

        model = XGBClassifier(
            n_estimators=self.trees,
            max_depth=self.depth,
            learning_rate=0.1,
            subsample=0.7,
            colsample_bynode=0.3,
            min_child_weight=3,
            tree_method="hist",
            random_state=int(rng.integers(2**31)),
        )
        return fit_classes(model, np.concatenate(rows), np.concatenate(labels))

    def _probabilities(self, X: NDArray[np.uint8]) -> Iterator[NDArray[np.float32]]:
        for image in X:
            features, places, beside = self._regions(image)
            found = self._mean(self.rounds_[0], features)
            for following in self.rounds_[1:]:
                found = self._mean(following, _with_context(features, found, beside))
            yield sizes.scaled_probabilities(
                found.astype(np.float32)[places], (X.shape[1], X.shape[2])
            )

    def _mean(self, members: Sequence[Fitted], rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Mean probabilities ``(r, k)`` of the classifiers of a round."""
        found = [class_probabilities(member, rows, len(self.classes_)) for member in members]
        mean: NDArray[np.float64] = np.mean(found, axis=0)
        return mean


def _with_context(
    features: NDArray[np.float32], found: NDArray[np.float64], beside: Any
) -> NDArray[np.float32]:
    """Features of regions ``(r, f)``, and beside them what was found there and around."""
    return np.hstack([features, regions.describe_context(found, beside)])
