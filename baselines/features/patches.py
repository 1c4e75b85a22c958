"""A dictionary of image patches, learned without labels, and how much of each word an image shows.

Coates, Ng & Lee 2011 (An analysis of single-layer networks in unsupervised feature learning):
random patches, contrast normalisation, whitening, k-means, triangle activation, sums over zones.
"""

from typing import Any, Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from baselines.features.channels import check_images, colour_channels
from baselines.features.pixels import pool

CONTRAST_FLOOR = 10.0
"""Added to the variance of a patch, in squared gray levels, so that noise in a flat one stays small
(the value of Coates et al. for pixels in 0..255)."""

_IMAGES = 64  # images that are read at a time


class PatchDictionary(TransformerMixin, BaseEstimator):
    """Images ``(n, h, w, c) uint8`` to the activation of learned words in each zone of a grid.

    Images with longer sides are reduced by averaging. Every patch of ``patch × patch`` pixels (RGB:
    of three times as many numbers) is brought to mean 0 and variance 1, x' = (x - mean) /
    √(variance + 10), and whitened, z = (x' - m) V (D + ε)^-½ Vᵀ, where m, V and D are mean,
    eigenvectors and eigenvalues of the covariance of the patches drawn from the training images
    (ZCA). The words are the centres that k-means finds among them. The activation of word k is
    max(0, μ(z) - ‖z - word k‖), where μ(z) is the mean distance to all words: about half of the
    words stay silent. Activations are summed over the patches whose first pixel lies in a zone of a
    ``grid × grid`` partition of these pixels. The mask channel is ignored.

    Parameters
    ----------
    words : int
        Size of the dictionary; smaller if the training images have fewer different patches.
    patch : int
        Side of a patch in pixels, 2 to 8.
    grid : int
        Zones along each side.
    side : int
        Longest image side in pixels after the reduction, at least `patch`.
    drawn : int
        Patches drawn for whitening and k-means.
    epsilon : float
        The ε of the whitening, above 0; the variance of normalised pixels is 1 at most.
    iterations : int
        Most rounds of k-means.
    random_state : int
        Seed of the patches drawn and of the first words.

    Attributes
    ----------
    mean_ : (d,) float64
        Mean of the normalised patches.
    whitening_ : (d, d) float64
        The symmetric matrix V (D + ε)^-½ Vᵀ.
    words_ : (words, d) float64
    image_shape_ : tuple of int
        Height, width and colour channels of the training images.
    fit_info_ : dict
        Numbers of words, of patches drawn and of rounds of k-means, and the mean squared distance
        of a patch to its word.
    """

    def __init__(
        self,
        words: int = 256,
        patch: int = 6,
        grid: int = 2,
        side: int = 48,
        drawn: int = 30_000,
        epsilon: float = 0.1,
        iterations: int = 20,
        random_state: int = 0,
    ) -> None:
        self.words = words
        self.patch = patch
        self.grid = grid
        self.side = side
        self.drawn = drawn
        self.epsilon = epsilon
        self.iterations = iterations
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Learn the dictionary from ``(n, h, w, c) uint8``; there is no need of labels.

        Raises
        ------
        ValueError
            If a parameter is out of its range.
        """
        if not 2 <= self.patch <= min(8, self.side):
            raise ValueError(f"patch must be 2 to 8 and at most side, got {self.patch}")
        if min(self.words, self.grid, self.drawn, self.iterations) < 1 or self.epsilon <= 0:
            raise ValueError(
                "words, grid, drawn and iterations must be at least 1, epsilon positive"
            )
        images = check_images(X)
        _, h, w, _ = images.shape
        self.image_shape_ = (h, w, colour_channels(images[:1]).shape[3])
        rng = np.random.default_rng(self.random_state)
        patches = self._draw(images, rng)
        self.mean_ = patches.mean(axis=0)
        centred = patches - self.mean_
        variance, axes = np.linalg.eigh(centred.T @ centred / len(patches))
        scale = 1.0 / np.sqrt(np.maximum(variance, 0.0) + self.epsilon)
        self.whitening_ = (axes * scale) @ axes.T
        self.words_, rounds, distance = _k_means(
            (centred @ self.whitening_).astype(np.float32), self.words, self.iterations, rng
        )
        self.fit_info_ = {
            "words": len(self.words_),
            "patches": len(patches),
            "rounds": rounds,
            "squared_distance": distance,
        }
        return self

    def _reduced(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Intensities ``(n, rows, cols, 1 or 3)``, no side longer than `side`."""
        return pool(colour_channels(images), self.side)

    def _normalised(self, image: NDArray[np.float64]) -> NDArray[np.float64]:
        """All patches ``(rows, cols, d)`` of an image, row by row, each normalised."""
        windows = sliding_window_view(image, (self.patch, self.patch), axis=(0, 1))
        rows, cols = windows.shape[:2]
        patches: NDArray[np.float64] = _normalise(windows.reshape(rows, cols, -1))
        return patches

    def _draw(self, images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.float64]:
        """Normalised patches ``(drawn or fewer, d)``, evenly spread over the images."""
        n, h, w, _ = images.shape
        rows = min(h, self.side) - self.patch + 1
        cols = min(w, self.side) - self.patch + 1
        size = min(self.drawn, n * rows * cols)
        order = rng.permutation(n)
        share = np.full(n, size // n)
        share[order[: size % n]] += 1
        drawn = []
        for start in range(0, n, _IMAGES):
            few = share[start : start + _IMAGES]
            used = start + np.flatnonzero(few)
            if not len(used):
                continue
            for image, number in zip(self._reduced(images[used]), few[few > 0], strict=True):
                places = rng.choice(rows * cols, number, replace=False)
                windows = sliding_window_view(image, (self.patch, self.patch), axis=(0, 1))
                drawn.append(windows[places // cols, places % cols].reshape(number, -1))
        patches: NDArray[np.float64] = _normalise(np.concatenate(drawn))
        return patches

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Summed activations ``(n, grid² words) float64`` of ``(n, h, w, c) uint8``.

        Computed in float32, image by image, so that no other image has a part in the result.

        Raises
        ------
        ValueError
            If the images have another height, width or colour than those seen in `fit`.
        """
        check_is_fitted(self)
        images = check_images(X)
        _, h, w, _ = images.shape
        shape = (h, w, colour_channels(images[:1]).shape[3])
        if shape != self.image_shape_:
            raise ValueError(
                f"PatchDictionary was fitted on images of height, width and colours "
                f"{self.image_shape_}, got {shape}"
            )
        # ‖z - word‖² = (z, ‖z‖², 1) · (-2 word, 1, ‖word‖²)
        d = len(self.mean_)
        whitening = self.whitening_.astype(np.float32)
        shift = (self.mean_ @ self.whitening_).astype(np.float32)
        squares = np.einsum("ij,ij->i", self.words_, self.words_)[:, None]
        factor = np.hstack([-2 * self.words_, np.ones_like(squares), squares]).T.astype(np.float32)
        rows = min(h, self.side) - self.patch + 1
        cols = min(w, self.side) - self.patch + 1
        zones = _membership(rows, cols, self.grid)
        sums = np.empty((len(images), self.grid**2, len(self.words_)), dtype=np.float32)
        white = np.ones((rows * cols, d + 2), dtype=np.float32)
        distance = np.empty((rows * cols, len(self.words_)), dtype=np.float32)
        for start in range(0, len(images), _IMAGES):
            for i, image in enumerate(self._reduced(images[start : start + _IMAGES]), start):
                patches = self._normalised(image.astype(np.float32)).reshape(rows * cols, -1)
                np.subtract(patches @ whitening, shift, out=white[:, :d])
                white[:, d] = np.einsum("ij,ij->i", white[:, :d], white[:, :d])
                np.matmul(white, factor, out=distance)
                np.maximum(distance, 0, out=distance)
                np.sqrt(distance, out=distance)
                np.subtract(distance.mean(axis=1, keepdims=True), distance, out=distance)
                np.maximum(distance, 0, out=distance)
                np.matmul(zones, distance, out=sums[i])
        return sums.reshape(len(images), -1).astype(np.float64)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Names of the columns of `transform`: zones row by row, in each of them all words."""
        check_is_fitted(self)
        names = [
            f"patch_word{word:03d}_zone{zone // self.grid}{zone % self.grid}"
            for zone in range(self.grid**2)
            for word in range(len(self.words_))
        ]
        return np.array(names, dtype=object)


def _normalise(patches: Any) -> Any:
    """Patches ``(..., d)`` at mean 0 and a variance of at most 1."""
    centred = patches - patches.mean(axis=-1, keepdims=True)
    variance = np.einsum("...i,...i->...", centred, centred)[..., None] / centred.shape[-1]
    return centred / np.sqrt(variance + np.asarray(CONTRAST_FLOOR, dtype=centred.dtype))


def _membership(rows: int, cols: int, grid: int) -> NDArray[np.float32]:
    """``(grid², rows cols)``: 1 where a place lies in a zone; place r in zone ⌊r grid / rows⌋."""
    zone_row = np.arange(rows) * grid // rows
    zone_col = np.arange(cols) * grid // cols
    zone = (zone_row[:, None] * grid + zone_col).ravel()
    member: NDArray[np.float32] = (np.arange(grid**2)[:, None] == zone).astype(np.float32)
    return member


def _k_means(
    points: NDArray[np.float32], k: int, iterations: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], int, float]:
    """Lloyd's algorithm: centres ``(k or fewer, d)``, rounds, mean squared distance to them.

    It begins with different points at random; a centre that loses all of its points goes to the
    point that is farthest from its own. One thread, so that the sums have one order, unlike those
    of scikit-learn.
    """
    distinct = np.unique(points, axis=0)
    k = min(k, len(distinct))
    centres = distinct[np.sort(rng.choice(len(distinct), k, replace=False))]
    lengths = np.einsum("ij,ij->i", points, points)
    labels = np.full(len(points), -1)
    nearest = np.empty(len(points), dtype=np.float32)
    for rounds in range(1, iterations + 1):  # noqa: B007
        before = labels
        labels = np.empty(len(points), dtype=np.intp)
        half = np.einsum("ij,ij->i", centres, centres) / 2
        for start in range(0, len(points), 2048):
            few = slice(start, start + 2048)
            score = half - points[few] @ centres.T  # half the squared distance, but for ‖point‖²
            labels[few] = score.argmin(axis=1)
            nearest[few] = score.min(axis=1)
        if np.array_equal(labels, before):
            break
        counts = np.bincount(labels, minlength=k)
        sums = [np.bincount(labels, column, k) for column in points.T.astype(np.float64)]
        centres = (np.stack(sums, axis=1) / np.maximum(counts, 1)[:, None]).astype(np.float32)
        empty = np.flatnonzero(counts == 0)
        farthest = np.argsort(-(lengths + 2 * nearest), kind="stable")[: len(empty)]
        centres[empty] = points[farthest]
    distance = float(np.maximum(lengths + 2 * nearest, 0).mean())
    return centres.astype(np.float64), rounds, distance
