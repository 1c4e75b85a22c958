"""Logistic regression on what a network sees, its penalty chosen on rows that were left out."""

import warnings
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

PENALTIES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1)
"""Values of C among which is chosen."""


class TunedLogisticRegression(ClassifierMixin, BaseEstimator):
    """Standardised features, their principal components, logistic regression with an L2 penalty.

    C is the one of `PENALTIES` with the least logarithmic loss of rows that were left out. The
    components beyond the first few hundred hold so little that a penalised regression hardly uses
    them, but cost most of the time. Nothing is random.

    Parameters
    ----------
    C : "auto" or float
        The smaller, the smoother.
    components : int
        Principal components at most.
    folds : int
        Parts in which rows are left out, at least 2.

    Attributes
    ----------
    classes_ : (k,) int64
    fit_info_ : dict
        C, and the number of components.
    """

    def __init__(
        self, C: float | Literal["auto"] = "auto", *, components: int = 256, folds: int = 5
    ) -> None:
        self.C = C
        self.components = components
        self.folds = folds

    def fit(self, X: Any, y: Any) -> Self:
        """Fit to features ``(n, d)`` and labels ``(n,)``.

        Raises
        ------
        ValueError
            If there are fewer than two classes.
        """
        X, y = np.asarray(X, dtype=np.float64), np.asarray(y)
        self.classes_, counts = np.unique(y, return_counts=True)
        if len(self.classes_) < 2:
            raise ValueError("at least two classes are needed, got one")
        scaled = StandardScaler().fit(X)
        components = min(self.components, len(X) - 1, X.shape[1])
        solver = "full" if len(X) < X.shape[1] else "covariance_eigh"
        rotation = PCA(components, svd_solver=solver, random_state=0)
        scores = rotation.fit_transform(scaled.transform(X))
        C = self.C if self.C != "auto" else self._chosen(scores, y, counts)
        self.model_ = Pipeline(
            [("scale", scaled), ("rotation", rotation), ("regression", _regression(C))]
        )
        self.model_.named_steps["regression"].fit(scores, y)
        self.fit_info_ = {"C": C, "components": components}
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities ``(n, k)`` of features ``(n, d)``, columns in order of `classes_`."""
        check_is_fitted(self)
        found: NDArray[np.float64] = self.model_.predict_proba(np.asarray(X, dtype=np.float64))
        return found

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class ``(n,)`` of features ``(n, d)``."""
        labels: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return labels

    def _chosen(
        self, scores: NDArray[np.float64], y: NDArray[Any], counts: NDArray[np.intp]
    ) -> float:
        """The penalty with the least loss; a class of one row is entered twice."""
        single = np.flatnonzero(np.isin(y, self.classes_[counts == 1]))
        scores, y = np.concatenate([scores, scores[single]]), np.concatenate([y, y[single]])
        folds = StratifiedKFold(min(self.folds, max(2, int(counts.max()))))
        losses = []
        for C in PENALTIES:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "The least populated class", UserWarning)
                left_out = cross_val_predict(
                    _regression(C), scores, y, cv=folds, method="predict_proba"
                )
            losses.append(log_loss(y, left_out, labels=self.classes_))
        return PENALTIES[int(np.argmin(losses))]


def _regression(C: float) -> LogisticRegression:
    return LogisticRegression(C=C, max_iter=5000, tol=1e-3, random_state=0)
