"""Gradient-boosted trees of XGBoost that decide on their number of rounds in the training split."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import check_is_fitted

from baselines.classifiers.calibration import CalibratedClassifier, PlattScaling, log_scores
from baselines.classifiers.folds import class_codes

FEWEST_HELD_OUT = 20
"""Fewer images than this do not tell when to stop."""

ROUNDS_WITHOUT_STOPPING = 300
"""Most rounds where there are too few images to tell."""


class BoostedTrees(CalibratedClassifier):
    """XGBoost (Chen & Guestrin 2016) with histograms, early stopping and balanced classes.

    A stratified part of the images is held out, and trees are fitted to the rest until the weighted
    log loss of the part has not improved for `patience` rounds. The part also gives the
    `PlattScaling`. Trees are then fitted to all images with the best number of rounds. The layer
    over `xgboost.XGBClassifier` is thin: every parameter is a plain number, and XGBoost is
    imported in `fit`. Any labels are accepted.

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
    held_out : float
        Part of each class, rounded down, that tells when to stop; 0 for none. Where it would be
        fewer than `FEWEST_HELD_OUT` images or only one class, nothing is held out, there are at
        most `ROUNDS_WITHOUT_STOPPING` rounds, and the probabilities stay as they are. They also do
        if a class is too small to be in it.
    patience : int
        Rounds without improvement before the search ends.
    random_state : int
        Seed of the part that is held out, and of the subsampling.

    Attributes
    ----------
    classes_ : (k,) int64
    model_ : XGBClassifier
        Fitted to all images and class indices.
    calibration_ : PlattScaling
    fit_info_ : dict
        Rounds of the model, images held out, their log loss after each tenth round of the search
        (an empty list without early stopping), and the slope of the calibration.
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
        held_out: float = 0.2,
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
        self.held_out = held_out
        self.patience = patience
        self.random_state = random_state

    def _held_out(self, codes: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which images ``(n,)`` tell when to stop; none if they would be too few."""
        chosen = np.zeros(len(codes), dtype=bool)
        order = np.random.default_rng(self.random_state).permutation(len(codes))
        for code in range(len(self.classes_)):
            members = order[codes[order] == code]
            chosen[members[: int(self.held_out * len(members))]] = True
        if chosen.sum() < FEWEST_HELD_OUT or len(np.unique(codes[chosen])) < 2:
            chosen[:] = False
        return chosen

    def fit(self, X: Any, y: Any) -> Self:
        """Fit the trees to features ``(n, d)`` and labels ``(n,)``.

        Raises
        ------
        ValueError
            If `y` has fewer than two classes, or `held_out` is not in 0 to 0.5.
        """
        from xgboost import XGBClassifier

        if not 0 <= self.held_out <= 0.5:
            raise ValueError(f"held_out must be in 0 to 0.5, got {self.held_out}")
        X = np.asarray(X)
        self.classes_, codes = class_codes(y)
        k = len(self.classes_)
        settings = self.get_params()
        for ours in ("held_out", "patience"):
            del settings[ours]
        settings |= {
            "tree_method": "hist",
            "device": "cpu",
            "eval_metric": "logloss" if k == 2 else "mlogloss",
        }
        weight = compute_sample_weight("balanced", codes)
        out = self._held_out(codes)
        rounds, losses = min(self.n_estimators, ROUNDS_WITHOUT_STOPPING), []
        self.calibration_ = PlattScaling(1.0, np.zeros(k))
        if out.any():
            search = XGBClassifier(early_stopping_rounds=self.patience, **settings)
            search.fit(
                X[~out],
                codes[~out],
                sample_weight=weight[~out],
                eval_set=[(X[out], codes[out])],
                sample_weight_eval_set=[weight[out]],
                verbose=False,
            )
            rounds = int(search.best_iteration) + 1
            losses = search.evals_result()["validation_0"][settings["eval_metric"]][::10]
            if len(np.unique(codes[out])) == k:
                seen = search.predict_proba(X[out]).astype(np.float64)
                self.calibration_ = PlattScaling.fit(log_scores(seen), codes[out])
        self.model_ = XGBClassifier(**(settings | {"n_estimators": rounds}))
        self.model_.fit(X, codes, sample_weight=weight)
        self.fit_info_ = {
            "rounds": rounds,
            "held_out": int(out.sum()),
            "held_out_loss": [round(float(loss), 5) for loss in losses],
            "calibration_slope": self.calibration_.slope,
        }
        return self

    def scores(self, X: Any) -> NDArray[np.float64]:
        """Logarithm of the trees' probabilities, ``(n, k)``."""
        check_is_fitted(self)
        return log_scores(self.model_.predict_proba(X).astype(np.float64))
