"""A soft vote of the classifiers that do best inside the training split."""

from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from baselines.classifiers.folds import class_codes, stratified_sample
from baselines.classifiers.losses import LossCache
from baselines.classifiers.pipelines import CLASSIFIERS

DECIDING_SEED = 0
"""Seed of the candidates while they are judged."""


class SoftVote(ClassifierMixin, BaseEstimator):
    """The mean of the probabilities of the best classifiers.

    Each candidate is fitted without the images of each of a few stratified folds of the training
    images in turn, and judged by the log loss of the images left out (a proper score, which asks
    for ranking and calibration; see `baselines.classifiers.losses`). The best are then fitted to
    all training images. Folds and candidates have the same seed whatever `random_state` is, so that
    the members follow from the training images alone.

    Parameters
    ----------
    candidates : tuple of str
        Names from `baselines.classifiers.pipelines.CLASSIFIERS`; among equally good ones the first
        wins.
    members : int
        How many vote.
    folds : int
        Parts of the images in turn left out for the choice, at least 2.
    largest : int
        Of more training images than this a `stratified_sample` decides on the members.
    random_state : int
        Seed of the members.
    cache_folder : str or None
        Where the losses are kept for other fits to the same images; the engine sets it to a folder
        of the run. Without one nothing is kept.

    Attributes
    ----------
    classes_ : (k,)
    members_ : dict
        Name to fitted pipeline, the best first.
    cached_seconds_ : float
        What the losses had taken that were found in the cache.
    fit_info_ : dict
        Names of the members, log loss of every candidate on the images left out, how many images
        decided, and what the fit of each member tells.
    """

    def __init__(
        self,
        candidates: tuple[str, ...] = tuple(CLASSIFIERS),
        members: int = 3,
        folds: int = 2,
        largest: int = 1_000,
        random_state: int = 0,
        cache_folder: str | None = None,
    ) -> None:
        self.candidates = candidates
        self.members = members
        self.folds = folds
        self.largest = largest
        self.random_state = random_state
        self.cache_folder = cache_folder

    def _build(self, name: str, seed: int) -> Pipeline:
        model = Pipeline(CLASSIFIERS[name]())
        seeds = [key for key in model.get_params() if key.split("__")[-1] == "random_state"]
        return model.set_params(**dict.fromkeys(seeds, seed))

    def _check(self) -> None:
        unknown = [name for name in self.candidates if name not in CLASSIFIERS]
        if unknown or not self.candidates:
            raise ValueError(
                f"candidates must be some of {', '.join(CLASSIFIERS)}; got "
                + (", ".join(map(repr, unknown)) or "none")
            )
        if not 1 <= self.members <= len(self.candidates):
            raise ValueError(
                f"members must be 1 to the number of candidates, got {self.members} "
                f"of {len(self.candidates)}"
            )

    def _losses(self, X: NDArray[np.float64], codes: NDArray[np.intp]) -> dict[str, float]:
        """Log loss of every candidate on images left out."""
        sample = stratified_sample(codes, self.largest)
        X, codes = X[sample], codes[sample]
        cache = LossCache(Path(self.cache_folder) if self.cache_folder is not None else None)
        # two seeds that are fitted at a time begin at either end, so that each finds half
        order = self.candidates[:: -1 if self.random_state % 2 else 1]
        losses = {
            name: cache.loss(self._build(name, DECIDING_SEED), X, codes, self.folds)
            for name in order
        }
        self.cached_seconds_ = cache.seconds
        return {name: losses[name] for name in self.candidates}

    def fit(self, X: Any, y: Any) -> Self:
        """Choose the members by, and fit them to, features ``(n, d)`` and labels ``(n,)``.

        Raises
        ------
        ValueError
            If `y` has fewer than two classes, a candidate is unknown, or `members` or `folds` is
            out of its range.
        """
        self._check()
        X = np.asarray(X, dtype=np.float64)
        self.classes_, codes = class_codes(y)
        losses = self._losses(X, codes)
        chosen = sorted(self.candidates, key=losses.__getitem__)[: self.members]
        self.members_ = {
            name: self._build(name, self.random_state).fit(X, codes) for name in chosen
        }
        self.fit_info_ = {
            "members": chosen,
            "log_loss": losses,
            "deciding_images": len(stratified_sample(codes, self.largest)),
            "fits": {
                name: getattr(model[-1], "fit_info_", {}) for name, model in self.members_.items()
            },
        }
        return self

    def to_parts(self) -> dict[str, Any]:
        """What `fit` learned as plain values and estimators; where losses were kept is left out."""
        check_is_fitted(self)
        return {
            "parameters": {k: v for k, v in self.get_params().items() if k != "cache_folder"},
            "classes": self.classes_,
            "members": dict(self.members_),
            "info": self.fit_info_,
        }

    @classmethod
    def from_parts(cls, parts: dict[str, Any]) -> Self:
        """The fitted vote again, as `to_parts` took it apart."""
        restored = cls(**parts["parameters"])
        restored.classes_, restored.fit_info_ = parts["classes"], parts["info"]
        restored.cached_seconds_ = 0.0
        chosen = parts["info"]["members"]  # sums depend on the order, which a bundle sorts
        restored.members_ = {name: parts["members"][name] for name in chosen}
        return restored

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities ``(n, k)`` of features ``(n, d)``, columns in order of `classes_`."""
        check_is_fitted(self)
        each = [model.predict_proba(X) for model in self.members_.values()]
        mean: NDArray[np.float64] = np.mean(each, axis=0)
        return mean

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class ``(n,)`` of features ``(n, d)``."""
        labels: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return labels
