"""Forests of randomised trees with calibrated probabilities.

The mean of many trees' leaves is drawn towards the class frequencies; `PlattScaling` of its
logarithm, fitted where the trees did not see the image, undoes that.
"""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.utils.validation import check_is_fitted

from baselines.classifiers.calibration import CalibratedClassifier, PlattScaling, log_scores
from baselines.classifiers.folds import class_codes, doubled_singles, stratified_folds


class _Forest(CalibratedClassifier):
    model_: Any

    def scores(self, X: Any) -> NDArray[np.float64]:
        """Logarithm of the mean leaf probabilities, ``(n, k)``."""
        check_is_fitted(self)
        return log_scores(self.model_.predict_proba(X))


class RandomForest(_Forest):
    """A random forest (Breiman 2001), calibrated on the images that each tree did not draw.

    Splits by entropy, classes weighted inversely to their size.

    Parameters
    ----------
    n_estimators : int
        Trees.
    min_samples_leaf : int or float
        Fewest images in a leaf, as a number or as a part of all.
    max_features : "sqrt" or float
        Features that are tried at each split; a number is a part of all.
    random_state : int
        Seed of the draws.

    Attributes
    ----------
    classes_ : (k,) int64
    model_ : RandomForestClassifier
        Fitted to class indices.
    calibration_ : PlattScaling
    fit_info_ : dict
        Number of trees and of their leaves, on average, and the slope of the calibration.
    """

    def __init__(
        self,
        n_estimators: int = 200,
        min_samples_leaf: int | float = 3,
        max_features: str | float = "sqrt",
        random_state: int = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.min_samples_leaf = min_samples_leaf
        self.max_features = max_features
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Fit the trees and their calibration to features ``(n, d)`` and labels ``(n,)``.

        Raises
        ------
        ValueError
            If `y` has fewer than two classes.
        """
        self.classes_, codes = class_codes(y)
        self.model_ = RandomForestClassifier(
            criterion="entropy", class_weight="balanced", **self.get_params()
        )
        self.model_.fit(X, codes)
        left_out = _out_of_bag(self.model_, np.asarray(X, dtype=np.float32))
        self.calibration_ = PlattScaling.fit(log_scores(left_out), codes)
        self.fit_info_ = _summary(self.model_, self.calibration_)
        return self


class ExtraTrees(_Forest):
    """Extremely randomised trees (Geurts, Ernst & Wehenkel 2006), calibrated out of fold.

    Splits by entropy, classes weighted inversely to their size. Every tree sees all images, so that
    none is left over for the calibration: forests of a quarter of the trees are fitted for it, each
    without the images of one fold.

    Parameters
    ----------
    n_estimators, min_samples_leaf, max_features, random_state
        As in `RandomForest`.
    folds : int
        Parts in which the images are left out for the calibration, at least 2.

    Attributes
    ----------
    classes_ : (k,) int64
    model_ : ExtraTreesClassifier
        Fitted to class indices.
    calibration_ : PlattScaling
    fit_info_ : dict
        As of `RandomForest`.
    """

    def __init__(
        self,
        n_estimators: int = 200,
        min_samples_leaf: int | float = 1,
        max_features: str | float = 0.1,
        folds: int = 3,
        random_state: int = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.min_samples_leaf = min_samples_leaf
        self.max_features = max_features
        self.folds = folds
        self.random_state = random_state

    def _trees(self, n_estimators: int) -> ExtraTreesClassifier:
        return ExtraTreesClassifier(
            n_estimators,
            criterion="entropy",
            min_samples_leaf=self.min_samples_leaf,
            max_features=self.max_features,
            class_weight="balanced",
            random_state=self.random_state,
        )

    def fit(self, X: Any, y: Any) -> Self:
        """Fit the trees and their calibration to features ``(n, d)`` and labels ``(n,)``.

        Raises
        ------
        ValueError
            If `y` has fewer than two classes, or `folds` is below 2.
        """
        if self.folds < 2:
            raise ValueError(f"folds must be at least 2, got {self.folds}")
        X = np.asarray(X, dtype=np.float32)
        self.classes_, codes = class_codes(y)
        self.model_ = self._trees(self.n_estimators).fit(X, codes)
        entered = doubled_singles(codes)
        X, codes = X[entered], codes[entered]
        left_out = np.empty((len(X), len(self.classes_)))
        for train, test in stratified_folds(codes, self.folds):
            part = self._trees(-(-self.n_estimators // 4)).fit(X[train], codes[train])
            left_out[test] = part.predict_proba(X[test])
        self.calibration_ = PlattScaling.fit(log_scores(left_out), codes)
        self.fit_info_ = _summary(self.model_, self.calibration_)
        return self


def _out_of_bag(forest: RandomForestClassifier, X: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean leaf probabilities ``(n, k)`` of the trees that did not draw the image.

    An image that every tree drew gets equal probabilities.
    """
    sums = np.zeros((len(X), len(forest.classes_)))
    for tree, drawn in zip(forest.estimators_, forest.estimators_samples_, strict=True):
        left = np.setdiff1d(np.arange(len(X)), drawn)
        if len(left):
            sums[left] += tree.predict_proba(X[left])
    total = sums.sum(axis=1, keepdims=True)
    k = sums.shape[1]
    return np.where(total > 0, sums / np.where(total > 0, total, 1.0), 1.0 / k)


def _summary(forest: Any, calibration: PlattScaling) -> dict[str, Any]:
    return {
        "trees": len(forest.estimators_),
        "mean_leaves": float(np.mean([tree.get_n_leaves() for tree in forest.estimators_])),
        "calibration_slope": calibration.slope,
    }
