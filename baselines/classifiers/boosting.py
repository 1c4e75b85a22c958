"""Gradient-boosted trees of XGBoost that decide on their number of rounds in the training split."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from baselines.classifiers.folds import class_codes, deal

FEWEST_HELD_OUT = 20
"""Fewer images than this do not tell when to stop."""

HELD_OUT_FOLDS = 5
"""One of so many parts tells when to stop."""

ROUNDS_WITHOUT_STOPPING = 300
"""Most rounds where there are too few images to tell."""


class BoostedTrees(ClassifierMixin, BaseEstimator):
    """XGBoost (Chen & Guestrin 2016) with histograms and early stopping, then fitted to all images.

    `XGBClassifier(early_stopping_rounds=patience)` is fitted to all but a stratified fifth of the
    images, until the log loss of that fifth has not improved for `patience` rounds; then another
    one to all images with the best number of rounds. The layer over it is thin: every parameter is
    a plain number, and XGBoost is imported in `fit`. Any labels are accepted.

    Parameters
    ----------
    n_estimators : int
        Most boosting rounds; a round fits one tree, or one per class if there are more than two.
    learning_rate, max_depth, min_child_weight, reg_lambda : float, int, float, float
        Step size, depth and regularisation of the trees.
    subsample, colsample_bytree, colsample_bynode : float
        Parts of the images per tree, of the features per tree, and of those per split.
    max_bin : int
        Bins per feature.
    patience : int
        Rounds without improvement before the search ends. Where the fold has fewer than
        `FEWEST_HELD_OUT` images nothing is held out, and there are at most
        `ROUNDS_WITHOUT_STOPPING` rounds.
    random_state : int
        Seed of the fold that is held out, and of the subsampling.

    Attributes
    ----------
    classes_ : (k,) int64
    model_ : XGBClassifier
        Fitted to all images and class indices.
    fit_info_ : dict
        Rounds of the model, images held out, and their log loss after each tenth round of the
        search (an empty list without early stopping).
    """

    def __init__(
        self,
        n_estimators: int = 1000,
        learning_rate: float = 0.03,
        max_depth: int = 4,
        min_child_weight: float = 1.0,
        reg_lambda: float = 1.0,
        subsample: float = 0.8,
        colsample_bytree: float = 0.3,
        colsample_bynode: float = 0.3,
        max_bin: int = 64,
        patience: int = 80,
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
        self.patience = patience
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Fit the trees to features ``(n, d)`` and labels ``(n,)``.

        Raises
        ------
        ValueError
            If `y` has fewer than two classes.
        """
        from xgboost import XGBClassifier

        X = np.asarray(X)
        self.classes_, codes = class_codes(y)
        settings = self.get_params() | {"tree_method": "hist", "device": "cpu"}
        patience = settings.pop("patience")
        rounds, losses = min(self.n_estimators, ROUNDS_WITHOUT_STOPPING), []
        rest, held_out = deal(codes, HELD_OUT_FOLDS, self.random_state)[0]
        if len(held_out) < FEWEST_HELD_OUT:
            held_out = held_out[:0]
        else:
            search = XGBClassifier(early_stopping_rounds=patience, **settings)
            seen = [(X[held_out], codes[held_out])]
            search.fit(X[rest], codes[rest], eval_set=seen, verbose=False)
            rounds = int(search.best_iteration) + 1
            (curve,) = search.evals_result()["validation_0"].values()
            losses = [round(float(loss), 5) for loss in curve[::10]]
        self.model_ = XGBClassifier(**(settings | {"n_estimators": rounds})).fit(X, codes)
        self.fit_info_ = {"rounds": rounds, "held_out": len(held_out), "held_out_loss": losses}
        return self

    def to_parts(self) -> dict[str, Any]:
        """Everything fitted as plain values, the trees as XGBoost's own JSON."""
        check_is_fitted(self)
        return {
            "parameters": self.get_params(),
            "classes": self.classes_,
            "model": bytes(self.model_.get_booster().save_raw("json")),
            "info": self.fit_info_,
        }

    @classmethod
    def from_parts(cls, parts: dict[str, Any]) -> Self:
        """The fitted classifier again, as `to_parts` took it apart."""
        from xgboost import XGBClassifier

        restored = cls(**parts["parameters"])
        restored.classes_, restored.fit_info_ = parts["classes"], parts["info"]
        restored.model_ = XGBClassifier(device="cpu")
        restored.model_.load_model(bytearray(parts["model"]))
        return restored

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities ``(n, k)`` of features ``(n, d)``, columns in order of `classes_`."""
        check_is_fitted(self)
        p: NDArray[np.float64] = self.model_.predict_proba(X).astype(np.float64)
        p /= p.sum(axis=1, keepdims=True)  # of float32, they sum to 1 up to 1e-7
        return p

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class ``(n,)`` of features ``(n, d)``."""
        labels: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return labels
