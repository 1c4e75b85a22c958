"""Features on one scale, without letting a rare value dominate a distance."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler


class ClippedScores(StandardScaler):
    """scikit-learn's standard scores (x - mean) / standard deviation, cut at ±limit.

    A feature that is almost constant in the training images, an empty histogram bin for example,
    gives a single other image a score of 20 and more; cut off, it counts like any other feature.

    Parameters
    ----------
    limit : float
        Largest absolute score, above 0.
    """

    def __init__(self, limit: float = 4.0) -> None:
        super().__init__()
        self.limit = limit

    def transform(self, X: Any, copy: bool | None = None) -> NDArray[np.float64]:
        """Scores ``(n, d) float64``; 0 in columns that were constant in `fit`.

        Raises
        ------
        ValueError
            If `limit` is not positive.
        """
        if self.limit <= 0:
            raise ValueError(f"limit must be positive, got {self.limit}")
        scores: NDArray[np.float64] = super().transform(X, copy=copy)
        return np.clip(scores, -self.limit, self.limit)
