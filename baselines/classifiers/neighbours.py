"""Nearest neighbours where there may be fewer training images than neighbours."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier

LEAST_SQUARE = 1e-12
"""Least squared distance, so that a twin of a training image has a finite vote."""


def inverse_square(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Votes of neighbours at these distances.

    With hundreds of features all distances are alike, and their inverse hardly tells them apart.
    """
    votes: NDArray[np.float64] = 1.0 / np.maximum(distances**2, LEAST_SQUARE)
    return votes


class NearestNeighbours(KNeighborsClassifier):
    """scikit-learn's `KNeighborsClassifier(weights=inverse_square)`, of at most all images.

    Parameters
    ----------
    n_neighbors : int
        Most neighbours.
    """

    def __init__(self, n_neighbors: int = 10) -> None:
        super().__init__(n_neighbors, weights=inverse_square)

    def kneighbors(
        self, X: Any = None, n_neighbors: int | None = None, return_distance: bool = True
    ) -> Any:
        """Distances and indices of the neighbours, both ``(n, n_neighbors or fewer)``."""
        wanted = self.n_neighbors if n_neighbors is None else n_neighbors
        there = self.n_samples_fit_ - (X is None)  # an image is not its own neighbour
        return super().kneighbors(X, min(wanted, there), return_distance)
