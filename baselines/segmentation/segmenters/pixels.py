"""Every pixel by itself: its description into a random forest or into XGBoost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from baselines.segmentation.pixels import multiscale, sampling, sizes
from baselines.segmentation.segmenters.fitted import Fitted, class_probabilities, fit_classes
from baselines.segmentation.segmenters.held_out import held_out_parts
from baselines.segmentation.segmenters.pairs import (
    check_counts,
    check_images,
    check_pairs,
    colours,
)
from baselines.segmentation.segmenters.rules import ClassRules, chosen_rules

CLASSIFIERS = ("forest", "xgboost")

_CONTEXT_SCALES = (1.0, 4.0, 12.0)  # px; at which the first round's probabilities are smoothed
_BLOCK = 65536  # pixels that are classified at once


@dataclass(frozen=True, eq=False)
class PixelRound:
    """Classifiers of one round, whose probabilities are averaged."""

    members: tuple[Fitted, ...]
    weights: NDArray[np.float64]
    """Frequency of every class over its frequency in the sample ``(k,)``."""

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """``(h, w, k)`` of features ``(h, w, f)``, at the frequencies of the training pixels."""
        h, w, f = features.shape
        rows = features.reshape(-1, f)
        found = np.empty((len(rows), len(self.weights)), dtype=np.float32)
        for start in range(0, len(rows), _BLOCK):
            block = rows[start : start + _BLOCK]
            mean = sum(class_probabilities(m, block, len(self.weights)) for m in self.members)
            weighted = mean * self.weights
            found[start : start + _BLOCK] = weighted / weighted.sum(axis=1, keepdims=True)
        return found.reshape(h, w, -1)


class PixelSegmenter(BaseEstimator):
    """Describes every pixel by `multiscale.describe` and classifies it.

    With a second round, a second classifier sees beside the description what the first one found
    there and around (auto-context, Tu & Bai 2010, IEEE Transactions on Pattern Analysis and Machine
    Intelligence 32:1744): a lesion is one thing, and not a heap of dark pixels. What the second one
    learns from are probabilities of images that the first one was not fitted to.

    Parameters
    ----------
    classifier : "forest" or "xgboost"
    rounds : 1 or 2
    pixels : int
        That are learned from, evenly over the classes and the images.
    trees, depth : int
        Number of trees of a classifier, and their greatest depth.
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
        classifier: Literal["forest", "xgboost"] = "forest",
        *,
        rounds: int = 1,
        pixels: int = 60_000,
        trees: int = 50,
        depth: int = 16,
        scale: float | Literal["auto"] = "auto",
        held_out: float = 0.15,
        random_state: Any = None,
    ) -> None:
        self.classifier = classifier
        self.rounds = rounds
        self.pixels = pixels
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
        self._check_parameters()
        rng = np.random.default_rng(int(check_random_state(self.random_state).randint(2**31)))
        k = max(2, int(Y.max()) + 1)
        self.classes_, self.n_channels_ = np.arange(k), X.shape[3]
        kept, held_out = held_out_parts(len(X), self.held_out, rng)
        self.scale_ = sizes.chosen_scale(self.scale, Y[kept])
        shape = sizes.scaled_shape((X.shape[1], X.shape[2]), self.scale_)
        T = np.stack([sizes.scaled_targets(target, shape) for target in Y[kept]])
        self.rounds_: tuple[PixelRound, ...] = ()
        if self.rounds == 2 and len(kept) > 1:
            halves = [np.arange(side, len(kept), 2) for side in (0, 1)]
            first = [self._fitted(X, kept[half], T[half], (), rng) for half in halves]
            # of each half what the classifier of the other one says
            others = [first[1 - row % 2] for row in range(len(kept))]
            both = PixelRound(
                tuple(member for part in first for member in part.members),
                np.mean([part.weights for part in first], axis=0),
            )
            self.rounds_ = (both, self._fitted(X, kept, T, others, rng))
        else:
            self.rounds_ = (self._fitted(X, kept, T, (), rng),)
        self.rules_, dice = ClassRules.plain(k), None
        if len(held_out):
            maps = np.stack(list(self._probabilities(X[held_out])))
            self.rules_, dice = chosen_rules(maps, Y[held_out])
        self.fit_info_ = {
            "working_size": list(shape),
            "features": len(multiscale.names(colours(X[:1]).shape[3])),
            "rounds": len(self.rounds_),
            "held_out_images": len(held_out),
            "held_out_dice": None if dice is None else round(dice, 4),
            "rules": self.rules_.as_dict(),
        }
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float32]:
        """Probabilities ``(n, h, w, k)`` at the frequencies of the training pixels."""
        check_is_fitted(self)
        return np.stack(list(self._probabilities(check_images(X, self.n_channels_))))

    def predict(self, X: Any) -> NDArray[np.uint8]:
        """Classes ``(n, h, w)`` of the pixels of images ``(n, h, w, c)``."""
        check_is_fitted(self)
        maps = self._probabilities(check_images(X, self.n_channels_))
        return np.stack([self.rules_.classes(one) for one in maps])

    def _probabilities(self, X: NDArray[np.uint8]) -> Iterator[NDArray[np.float32]]:
        shape = sizes.scaled_shape((X.shape[1], X.shape[2]), self.scale_)
        for image in X:
            features = multiscale.describe(sizes.scaled_image(colours(image), shape))
            found = self.rounds_[0].probabilities(features)
            for following in self.rounds_[1:]:
                found = following.probabilities(_with_context(features, found))
            yield sizes.scaled_probabilities(found, (X.shape[1], X.shape[2]))

    def _fitted(
        self,
        X: NDArray[np.uint8],
        images: NDArray[np.intp],
        T: NDArray[np.uint8],
        before: Sequence[PixelRound],
        rng: sampling.Random,
    ) -> PixelRound:
        """One classifier of a sample of the pixels of some images of `X`.

        `T` are their classes at the working size, `before` of each image the round before, if any.
        """
        k = len(self.classes_)
        quotas = sampling.quotas(T, k, self.pixels)
        rows, labels = [], []
        for i, target in enumerate(T):
            places = sampling.drawn_places(target, quotas, rng)
            features = multiscale.describe(sizes.scaled_image(colours(X[images[i]]), target.shape))
            if before:
                features = _with_context(features, before[i].probabilities(features))
            rows.append(features.reshape(-1, features.shape[2])[places])
            labels.append(target.ravel()[places])
        y = np.concatenate(labels)
        sample = np.bincount(y, minlength=k) / len(y)
        weights = np.divide(sampling.frequencies(T, k), sample, out=np.zeros(k), where=sample > 0)
        model = self._model(int(rng.integers(2**31)))
        return PixelRound((fit_classes(model, np.concatenate(rows), y),), weights)

    def _model(self, seed: int) -> Any:
        if self.classifier == "forest":
            from sklearn.ensemble import RandomForestClassifier

            return RandomForestClassifier(
                self.trees, max_depth=self.depth, min_samples_leaf=5, random_state=seed
            )
        from xgboost import XGBClassifier

        return XGBClassifier(
            n_estimators=self.trees,
            max_depth=self.depth,
            learning_rate=0.1,
            subsample=0.7,
            colsample_bynode=0.4,
            min_child_weight=5,
            tree_method="hist",
            random_state=seed,
        )

    def _check_parameters(self) -> None:
        if self.classifier not in CLASSIFIERS:
            raise ValueError(
                f"classifier must be one of {', '.join(CLASSIFIERS)}, not {self.classifier!r}"
            )
        check_counts(self, "pixels", "trees", "depth")


def _with_context(
    features: NDArray[np.float32], probabilities: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Features ``(h, w, f)`` and beside them what was found there and around."""
    parts = [features]
    for plane in np.moveaxis(probabilities[..., 1:], -1, 0):
        context = [plane]
        context += [
            ndimage.gaussian_filter(plane, scale, mode="nearest", truncate=3.0)
            for scale in _CONTEXT_SCALES
        ]
        context += [np.full_like(plane, plane.mean()), plane / max(float(context[-1].max()), 1e-6)]
        parts.append(np.stack(context, axis=-1))
    return np.concatenate(parts, axis=-1)
