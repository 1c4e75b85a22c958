"""One decision tree that a reader can follow, with smoothed leaf probabilities."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.validation import check_is_fitted

from baselines.classifiers.folds import class_codes


class SmoothedTree(ClassifierMixin, BaseEstimator):
    """A classification tree (Breiman et al. 1984) whose leaves know how few images they hold.

    The tree is grown with classes weighted inversely to their size. A leaf with n images, n_c of
    class c, gives class c the probability (n_c + m p_c) / (n + m), where p_c is the frequency of
    the class in all images: the m-estimate of Cestnik 1990. The counts are unweighted.

    Parameters
    ----------
    min_samples_leaf : int or float
        Fewest images in a leaf, as a number or as a part of all.
    max_depth : int or None
        Largest number of questions on the way to a leaf.
    criterion : "gini" or "entropy"
        Impurity that a split reduces.
    smoothing : float
        The m of the leaf probabilities, at least 0.
    random_state : int
        Seed of the choice among equally good splits.

    Attributes
    ----------
    classes_ : (k,) int64
    tree_ : DecisionTreeClassifier
        Fitted to class indices; `sklearn.tree.export_text` prints it.
    leaves_ : (nodes, k) float64
        Probabilities in each node.
    fit_info_ : dict
        Depth and number of leaves.
    """

    def __init__(
        self,
        min_samples_leaf: int | float = 0.02,
        max_depth: int | None = None,
        criterion: str = "gini",
        smoothing: float = 10.0,
        random_state: int = 0,
    ) -> None:
        self.min_samples_leaf = min_samples_leaf
        self.max_depth = max_depth
        self.criterion = criterion
        self.smoothing = smoothing
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Grow the tree on features ``(n, d)`` and labels ``(n,)``.

        Raises
        ------
        ValueError
            If `y` has fewer than two classes, or `smoothing` is negative.
        """
        if self.smoothing < 0:
            raise ValueError(f"smoothing must be at least 0, got {self.smoothing}")
        self.classes_, codes = class_codes(y)
        k = len(self.classes_)
        self.tree_ = DecisionTreeClassifier(
            min_samples_leaf=self.min_samples_leaf,
            max_depth=self.max_depth,
            criterion=self.criterion,
            class_weight="balanced",
            random_state=self.random_state,
        )
        self.tree_.fit(X, codes)
        counts = np.zeros((self.tree_.tree_.node_count, k))
        np.add.at(counts, (self.tree_.apply(X), codes), 1.0)
        counts += self.smoothing * np.bincount(codes) / len(codes)
        total = counts.sum(axis=1, keepdims=True)
        self.leaves_ = counts / np.where(total > 0, total, 1.0)  # no image rests in an inner node
        self.fit_info_ = {
            "depth": int(self.tree_.get_depth()),
            "leaves": int(self.tree_.get_n_leaves()),
        }
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities ``(n, k)`` of features ``(n, d)``, columns in order of `classes_`."""
        check_is_fitted(self)
        probabilities: NDArray[np.float64] = self.leaves_[self.tree_.apply(X)]
        return probabilities

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class ``(n,)`` of features ``(n, d)``."""
        labels: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return labels
