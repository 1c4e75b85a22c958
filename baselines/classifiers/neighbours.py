"""Nearest neighbours where there may be fewer training images than neighbours."""

from typing import Any

from sklearn.neighbors import KNeighborsClassifier


class NearestNeighbours(KNeighborsClassifier):
    """scikit-learn's `KNeighborsClassifier(weights="distance")`, of at most all training images.

    Parameters
    ----------
    n_neighbors : int
        Most neighbours.
    """

    def __init__(self, n_neighbors: int = 10) -> None:
        super().__init__(n_neighbors, weights="distance")

    def kneighbors(
        self, X: Any = None, n_neighbors: int | None = None, return_distance: bool = True
    ) -> Any:
        """Distances and indices of the neighbours, both ``(n, n_neighbors or fewer)``."""
        wanted = self.n_neighbors if n_neighbors is None else n_neighbors
        there = self.n_samples_fit_ - (X is None)  # an image is not its own neighbour
        return super().kneighbors(X, min(wanted, there), return_distance)
