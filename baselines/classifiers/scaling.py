"""Features on one scale, without letting a rare value dominate a distance."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted


class ClippedScores(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Standard scores (x - mean) / standard deviation, cut at ±limit.

    A feature that is almost constant in the training images, an empty histogram bin for example,
    gives a single other image a score of 20 and more; cut off, it counts like any other feature.

    Parameters
    ----------
    limit : float
        Largest absolute score, above 0.
    """

    def __init__(self, limit: float = 4.0) -> None:
        self.limit = limit

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Learn mean and standard deviation of the columns of ``(n, d)``.

        Raises
        ------
        ValueError
            If `limit` is not positive.
        """
        if self.limit <= 0:
            raise ValueError(f"limit must be positive, got {self.limit}")
        self.scaler_ = StandardScaler().fit(X)
        self.n_features_in_ = self.scaler_.n_features_in_
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Scores ``(n, d) float64``; 0 in columns that were constant in `fit`."""
        check_is_fitted(self)
        scores: NDArray[np.float64] = self.scaler_.transform(X)
        return np.clip(scores, -self.limit, self.limit)
