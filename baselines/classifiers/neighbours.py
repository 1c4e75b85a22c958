"""The nearest neighbours as a classifier with calibrated probabilities."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from baselines.classifiers.blocks import BLOCK, in_blocks
from baselines.classifiers.calibration import CalibratedClassifier, PlattScaling
from baselines.classifiers.folds import class_codes, stratified_sample


class NearestNeighbours(CalibratedClassifier):
    """The classes of the nearest training images, nearer and rarer ones counting for more.

    The votes are divided by the frequency of their class and by their squared Euclidean distance;
    the score of a class is the logarithm of its share of the votes, to which one vote of the prior
    is added for each class. Their `PlattScaling` is fitted on the training images, each classified
    by the others.

    Parameters
    ----------
    n_neighbors : int
        At most one less than the training images are used.
    largest : int
        Of more training images than this a `stratified_sample` is kept.

    Attributes
    ----------
    classes_ : (k,) int64
    images_ : (m, d) float64
        Features of the training images.
    calibration_ : PlattScaling
    fit_info_ : dict
        Number of images and of neighbours, and the slope of the calibration.
    """

    def __init__(self, n_neighbors: int = 10, largest: int = 20_000) -> None:
        self.n_neighbors = n_neighbors
        self.largest = largest

    def fit(self, X: Any, y: Any) -> Self:
        """Keep the features ``(n, d)``, best on one scale, and labels ``(n,)``; calibrate.

        Raises
        ------
        ValueError
            If `y` has fewer than two classes, or `n_neighbors` is below 1.
        """
        X, y = np.asarray(X, dtype=np.float64), np.asarray(y)
        if self.n_neighbors < 1:
            raise ValueError(f"n_neighbors must be at least 1, got {self.n_neighbors}")
        sample = stratified_sample(y, self.largest)
        self.images_ = X[sample]
        self.classes_, self._codes = class_codes(y[sample])
        k = len(self.classes_)
        self._lengths = np.einsum("ij,ij->i", self.images_, self.images_)
        self._members = np.eye(k)[self._codes] * (
            len(sample) / (k * np.bincount(self._codes, minlength=k))
        )
        self._k_nearest = min(self.n_neighbors, len(sample) - 1)
        left_out = np.empty((len(sample), k))
        for start in range(0, len(sample), BLOCK):
            rows = np.arange(start, min(start + BLOCK, len(sample)))
            squares = self._squares(self.images_[rows])
            squares[np.arange(len(rows)), rows] = np.inf  # not its own neighbour
            left_out[rows] = self._votes(squares)
        self.calibration_ = PlattScaling.fit(left_out, self._codes)
        self.fit_info_ = {
            "images": len(sample),
            "neighbours": self._k_nearest,
            "calibration_slope": self.calibration_.slope,
        }
        return self

    def _squares(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Squared distances ``(b, m)`` of rows ``(b, d)`` to the training images."""
        own = np.einsum("ij,ij->i", rows, rows)
        squares: NDArray[np.float64] = own[:, None] + self._lengths - 2 * rows @ self.images_.T
        return np.maximum(squares, 0.0, out=squares)

    def _votes(self, squares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores ``(b, k)`` of squared distances ``(b, m)``."""
        nearest = np.argpartition(squares, self._k_nearest - 1, axis=1)[:, : self._k_nearest]
        distances = np.take_along_axis(squares, nearest, axis=1)
        # no image is nearer than a millionth of the mean, so that a twin cannot vote alone for ever
        floor = 1e-6 * distances.mean(axis=1, keepdims=True) + 1e-12
        weight = 1.0 / np.maximum(distances, floor)
        weight *= self._k_nearest / weight.sum(axis=1, keepdims=True)
        votes = np.einsum("bj,bjk->bk", weight, self._members[nearest])
        scores: NDArray[np.float64] = np.log((votes + 1) / (votes + 1).sum(axis=1, keepdims=True))
        return scores

    def scores(self, X: Any) -> NDArray[np.float64]:
        """Logarithm of each class's share of the votes, ``(n, k)``."""
        check_is_fitted(self)
        X = np.asarray(X, dtype=np.float64)
        return in_blocks(lambda rows: self._votes(self._squares(rows)), X)
