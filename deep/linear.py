"""A linear support vector machine with calibrated probabilities, for classes of any size."""

import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.svm import LinearSVC
from sklearn.utils.validation import check_is_fitted


class CalibratedLinearSVC(ClassifierMixin, BaseEstimator):
    """Linear machine on all rows, with sigmoids of decision values of rows that were left out.

    The sigmoids are those of Platt 1999 (Probabilistic outputs for support vector machines), one
    for each class against the rest, normalised to sum 1. Classes are weighted inversely to their
    size in the machine, not in the sigmoids. Nothing is random.

    Features of a network that was trained on the same rows separate them better than any other, so
    that sigmoids fitted to plain labels, as by scikit-learn's `CalibratedClassifierCV`, are far too
    steep (docs/measurements/deep.md). Two things answer that: a small C, and targets smoothed as in
    the network's own loss.

    Parameters
    ----------
    C : float
        Penalty of a margin violation: the smaller, the smoother.
    smoothing : float
        Share of every target that is spread over all classes, 0 or more and below 1.
    folds : int
        Parts in which rows are left out, at least 2.

    Attributes
    ----------
    classes_ : (k,) int64
    """

    def __init__(self, C: float = 1e-3, *, smoothing: float = 0.1, folds: int = 5) -> None:
        self.C = C
        self.smoothing = smoothing
        self.folds = folds

    def fit(self, X: Any, y: Any) -> Self:
        """Fit to features ``(n, d)`` and labels ``(n,)``.

        A class with a single row is entered twice, since no machine can be fitted without it.

        Raises
        ------
        ValueError
            If there are fewer than two classes or folds.
        """
        X, y = np.asarray(X, dtype=np.float64), np.asarray(y)
        self.classes_, counts = np.unique(y, return_counts=True)
        if len(self.classes_) < 2 or self.folds < 2:
            raise ValueError(
                "at least two classes and two folds are needed, "
                f"got {len(self.classes_)} and {self.folds}"
            )
        single = np.flatnonzero(np.isin(y, self.classes_[counts == 1]))
        X, y = np.concatenate([X, X[single]]), np.concatenate([y, y[single]])
        self.machine_ = LinearSVC(C=self.C, class_weight="balanced", dual=False, random_state=0)
        # each class of two or more rows is in every training part, also one that is warned of
        folds = StratifiedKFold(min(self.folds, int(np.unique(y, return_counts=True)[1].max())))
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The least populated class", UserWarning)
            left_out = cross_val_predict(self.machine_, X, y, cv=folds, method="decision_function")
        self.machine_.fit(X, y)
        self.scale_ = left_out.std() or 1.0
        columns = left_out.reshape(len(y), -1).T / self.scale_  # one row for two classes, else k
        positives = self.classes_[1:] if len(columns) == 1 else self.classes_
        self.sigmoids_ = [
            self._sigmoid(column, y == label)
            for column, label in zip(columns, positives, strict=True)
        ]
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities ``(n, k)`` of features ``(n, d)``, columns in order of `classes_`."""
        check_is_fitted(self)
        values = self.machine_.decision_function(np.asarray(X, dtype=np.float64))
        columns = values.reshape(len(values), -1).T / self.scale_
        ps = [
            sigmoid.predict_proba(column[:, None])[:, 1]
            for sigmoid, column in zip(self.sigmoids_, columns, strict=True)
        ]
        raw = np.stack([1 - ps[0], ps[0]] if len(ps) == 1 else ps, axis=1)
        probabilities: NDArray[np.float64] = raw / raw.sum(axis=1, keepdims=True)
        return probabilities

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class ``(n,)`` of features ``(n, d)``."""
        labels: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return labels

    def _sigmoid(self, values: NDArray[np.float64], positive: NDArray[np.bool_]) -> Any:
        """Logistic regression on one decision value, each row a bit of both classes."""
        spread = self.smoothing / len(self.classes_)
        high, low = 1 - self.smoothing + spread, spread
        target = np.where(positive, high, low)
        return LogisticRegression(C=1e6).fit(
            np.concatenate([values, values])[:, None],
            np.repeat([1, 0], len(values)),
            sample_weight=np.concatenate([target, 1 - target]),
        )
