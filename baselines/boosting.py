"""Gradient-boosted trees of XGBoost behind parameters that a study can store."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import check_is_fitted


class BoostedTrees(ClassifierMixin, BaseEstimator):
    """XGBoost (Chen & Guestrin 2016) with histograms, a fixed number of rounds, balanced classes.

    There is no early stopping, so that no image outside the training split is looked at. A thin
    layer over `xgboost.XGBClassifier`: every parameter is a plain number, and XGBoost is imported
    in `fit`. Any labels are accepted.

    Parameters
    ----------
    n_estimators : int
        Boosting rounds; a round fits one tree, or one per class if there are more than two.
    learning_rate, max_depth, min_child_weight, reg_lambda : float, int, float, float
        Step size, depth and regularisation of the trees.
    subsample, colsample_bytree, colsample_bynode : float
        Parts of the images per tree, of the features per tree, and of those per split.
    max_bin : int
        Bins per feature.
    random_state : int
        Seed of the subsampling.

    Attributes
    ----------
    classes_ : (k,) int64
    """

    def __init__(
        self,
        n_estimators: int = 300,
        learning_rate: float = 0.05,
        max_depth: int = 4,
        min_child_weight: float = 1.0,
        reg_lambda: float = 1.0,
        subsample: float = 0.8,
        colsample_bytree: float = 0.3,
        colsample_bynode: float = 0.3,
        max_bin: int = 64,
        random_state: int = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.max_depth = max_depth
        self.min_child_weight = min_child_weight
        self.reg_lambda = reg_lambda
        self.subsample = subsample
        self.colsample_bytree = colsample_bytree
        self.colsample_bynode = colsample_bynode
        self.max_bin = max_bin
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Fit the trees to features ``(n, d)`` and labels ``(n,)``.

        Raises
        ------
        ValueError
            If `y` has fewer than two classes.
        """
        from xgboost import XGBClassifier

        self.classes_, codes = np.unique(np.asarray(y), return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("at least two classes are needed, got one")
        self.model_ = XGBClassifier(tree_method="hist", device="cpu", **self.get_params())
        self.model_.fit(X, codes, sample_weight=compute_sample_weight("balanced", codes))
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities ``(n, k)`` of features ``(n, d)``, columns in order of `classes_`."""
        check_is_fitted(self)
        raw = self.model_.predict_proba(X).astype(np.float64)
        # XGBoost computes in float32: its rows sum to 1 within 1e-7 only
        probabilities: NDArray[np.float64] = raw / raw.sum(axis=1, keepdims=True)
        return probabilities

    def predict(self, X: Any) -> NDArray[np.int64]:
        """The most probable class ``(n,)`` of features ``(n, d)``."""
        labels: NDArray[np.int64] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return labels
