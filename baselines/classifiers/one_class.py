"""What is trained on one class alone: an anomaly score, and a probability that follows it."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.covariance import LedoitWolf
from sklearn.model_selection import KFold
from sklearn.neighbors import NearestNeighbors
from sklearn.svm import OneClassSVM
from sklearn.utils.validation import check_is_fitted, validate_data

_WIDEST = 1.349  # interquartile range of the normal distribution, in standard deviations


class AnomalyClassifier(ClassifierMixin, BaseEstimator):
    """A detector of anomalies as a classifier: label 0 is what it was trained on, 1 all else.

    The anomaly score s of a row, the higher the odder, becomes the probability of label 1 by

        1/2 + arctan((s - q) / w) / pi,

    q being the quantile of the scores of training rows, each scored by a detector that was fitted
    without it, that a share of them lies above, and w the spread of these scores (interquartile
    range / 1.349). The map is monotone, so that the ROC curve is that of the score, and its tails
    are so heavy that very odd rows do not become alike. It is no calibrated probability: of how
    often there are anomalies, and what they are like, one class says nothing.

    Parameters
    ----------
    detector : estimator
        With `fit(X)` and `score_samples(X)`, which is lower for odder rows, as scikit-learn has it.
    share : float
        Of the training rows that lie above probability 1/2, above 0 and below 1.
    folds : int
        Parts in which rows are left out, at least 2.

    Attributes
    ----------
    classes_ : (2,) int64
        0 and 1.
    detector_ : estimator
        Fitted on all rows.
    middle_, width_ : float
        q and w.
    fit_info_ : dict
        Number of rows.
    """

    def __init__(self, detector: Any, *, share: float = 0.05, folds: int = 5) -> None:
        self.detector = detector
        self.share = share
        self.folds = folds

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit to rows ``(n, d)`` of one class.

        Raises
        ------
        ValueError
            If `y` has several classes, or a parameter is out of its range.
        """
        if y is not None and len(np.unique(y)) > 1:
            raise ValueError(f"one class is learned; got labels {np.unique(y).tolist()}")
        if not 0 < self.share < 1 or self.folds < 2:
            raise ValueError(
                "share must lie between 0 and 1 and folds be at least 2; "
                f"got {self.share} and {self.folds}"
            )
        X = validate_data(self, X, dtype=np.float64)
        scores = self._left_out(X)
        low, high, self.middle_ = np.quantile(scores, [0.25, 0.75, 1 - self.share]).tolist()
        self.width_ = (high - low) / _WIDEST or abs(self.middle_) or 1.0
        self.detector_ = clone(self.detector).fit(X)
        self.classes_ = np.array([0, 1])
        self.fit_info_ = {"rows": len(X)}
        return self

    def _left_out(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores ``(n,)`` of rows by detectors that were fitted without them."""
        if len(X) < 2 * self.folds:  # too few to leave any out
            return -np.asarray(clone(self.detector).fit(X).score_samples(X), np.float64)
        scores = np.empty(len(X))
        for kept, left in KFold(self.folds, shuffle=True, random_state=0).split(X):
            scores[left] = -clone(self.detector).fit(X[kept]).score_samples(X[left])
        return scores

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities ``(n, 2)`` of label 0 and of anything else."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        scores = -np.asarray(self.detector_.score_samples(X), np.float64)
        odd = 0.5 + np.arctan((scores - self.middle_) / self.width_) / np.pi
        return np.stack([1 - odd, odd], axis=1)

    def predict(self, X: Any) -> NDArray[np.int64]:
        """Label 1 where a row is odder than all but the share of the training rows, else 0."""
        return (self.predict_proba(X)[:, 1] > 0.5).astype(np.int64)


class SeededOneClassSVM(OneClassSVM):
    """scikit-learn's `OneClassSVM`, in which nothing is random, with a seed for libsvm.

    Without one scikit-learn draws it from NumPy's global generator, which is not ours to change.
    """

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Fit to rows ``(n, d)``."""
        self.random_state = 0
        super().fit(X, y, sample_weight)
        return self


class PCAResidual(BaseEstimator):
    """The distance of a row from its projection on the main axes of the training rows.

    Its square is the Q statistic of Jackson & Mudholkar 1979 (Technometrics 21:341).

    Parameters
    ----------
    explained : float
        Share of the variance that the kept axes explain at least, above 0 and below 1.
    """

    def __init__(self, explained: float = 0.9) -> None:
        self.explained = explained

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Find the axes of rows ``(n, d)``; of rows that are all alike there are none."""
        self.mean_ = np.mean(X, axis=0)
        centred = X - self.mean_
        if len(centred) > 2 * centred.shape[1]:
            variance, axes = np.linalg.eigh(centred.T @ centred)  # ascending, axes in columns
            variance, axes = np.maximum(variance[::-1], 0), axes[:, ::-1]
        else:
            _, lengths, rows = np.linalg.svd(centred, full_matrices=False)
            variance, axes = lengths**2, rows.T
        kept = int(np.searchsorted(np.cumsum(variance), self.explained * variance.sum())) + 1
        self.axes_ = axes[:, : kept if variance.sum() > 0 else 0]
        return self

    def score_samples(self, X: Any) -> NDArray[np.float64]:
        """The negative distance ``(n,)``."""
        check_is_fitted(self)
        centred = X - self.mean_
        distance: NDArray[np.float64] = np.linalg.norm(
            centred - centred @ self.axes_ @ self.axes_.T, axis=1
        )
        return -distance


class MahalanobisDistance(BaseEstimator):
    """The Mahalanobis distance from the mean of the training rows.

    The covariance is shrunk as Ledoit & Wolf 2004 (J. Multivar. Anal. 88:365) have it.
    """

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Estimate mean and covariance of rows ``(n, d)``."""
        self.distribution_ = LedoitWolf().fit(X)
        return self

    def score_samples(self, X: Any) -> NDArray[np.float64]:
        """The negative distance ``(n,)``."""
        check_is_fitted(self)
        distance: NDArray[np.float64] = np.sqrt(self.distribution_.mahalanobis(X))
        return -distance


class NeighbourDistance(BaseEstimator):
    """The mean distance from the nearest training rows.

    On what pretrained networks see: Bergman, Cohen & Hoshen 2020 ("Deep nearest neighbor anomaly
    detection").

    Parameters
    ----------
    neighbours : int
        Number of nearest rows, at least 1; all of them where there are fewer.
    metric : str
        Of scikit-learn's `NearestNeighbors`, such as "euclidean" or "cosine".
    """

    def __init__(self, neighbours: int = 5, metric: str = "euclidean") -> None:
        self.neighbours = neighbours
        self.metric = metric

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Keep the rows ``(n, d)``."""
        few = min(self.neighbours, len(X))
        self.rows_ = NearestNeighbors(n_neighbors=few, metric=self.metric).fit(X)
        return self

    def score_samples(self, X: Any) -> NDArray[np.float64]:
        """The negative mean distance ``(n,)``."""
        check_is_fitted(self)
        distance, _ = self.rows_.kneighbors(X)
        mean: NDArray[np.float64] = distance.mean(axis=1)
        return -mean
