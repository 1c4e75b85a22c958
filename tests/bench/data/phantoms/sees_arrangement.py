"""A method that sees of a phantom of two sites whether like cells stand in pairs, nothing else."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression

from bench.data.phantoms import arrangement, travel

PAIRINGS = (((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2)))


def arranged(images):
    """`(n,)` above 0 where like cells stand in pairs: matched filters find cells and their kind."""
    pixels = images[..., 0].astype(float)
    size = pixels.shape[1]
    f = np.fft.fftfreq(size)
    stripes = travel.NATIVE / size / travel.STRIPES[1]
    seen = np.abs(np.hypot(f[:, None], f[None, :]) - stripes) >= 0.03
    spectrum = np.fft.fft2(pixels - np.median(pixels, axis=(1, 2), keepdims=True)) * seen
    stamps = arrangement.cells(size / arrangement.NATIVE)
    half = stamps.shape[-1] // 2
    found = []
    for stamp in stamps:
        field = np.zeros((size, size))
        field[: 2 * half + 1, : 2 * half + 1] = stamp
        kernel = np.fft.fft2(np.roll(field, (-half, -half), (0, 1))) * seen
        length = np.sqrt((np.real(np.fft.ifft2(kernel)) ** 2).sum())
        found.append(np.real(np.fft.ifft2(spectrum * np.conj(kernel))) / length)
    discs, rings = found
    steps = np.minimum(np.arange(size), size - np.arange(size))
    near = steps[:, None] ** 2 + steps**2 < (1.5 * half) ** 2
    return np.array([_of_one(d, r, near) for d, r in zip(discs, rings, strict=True)])


def _of_one(disc, ring, near):
    left, size, places = np.maximum(disc, ring), len(disc), []
    for _ in range(4):
        places.append(np.unravel_index(left.argmax(), left.shape))
        left[np.roll(near, places[-1], (0, 1))] = -np.inf
    kind = np.array([(disc[p] - ring[p]) / max(disc[p], ring[p]) for p in places])
    kind -= kind.mean()
    apart = np.abs(np.array(places)[:, None] - np.array(places))
    apart = np.hypot(*np.moveaxis(np.minimum(apart, size - apart), -1, 0))
    pairs = min(PAIRINGS, key=lambda way: sum(apart[pair] for pair in way))
    return sum(kind[a] * kind[b] for a, b in pairs)


class SeesArrangement(ClassifierMixin, BaseEstimator):
    """Logistic regression on the arrangement of cells."""

    def fit(self, X, y):
        """Learn which arrangement goes with which class."""
        self.model_ = LogisticRegression().fit(arranged(X)[:, None], y)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, X):
        """`(n, 2)` by the arrangement of cells."""
        return self.model_.predict_proba(arranged(X)[:, None])


def build():
    """Logistic regression on how cells are arranged."""
    return SeesArrangement()


build.family = "deep"
