"""A method that sees of a phantom of two sites which way its stripes run, nothing else."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression

from bench.data.phantoms import travel


def direction(images):
    """`(n,)` above 0 where stripes run along the one diagonal, by the quadrants of the spectrum."""
    period = travel.STRIPES[1] * images.shape[1] / travel.NATIVE
    power = np.abs(np.fft.fft2(images[..., 0].astype(float))) ** 2
    f = np.fft.fftfreq(images.shape[1])
    near = np.abs(np.hypot(f[:, None], f[None, :]) - 1 / period) < 0.04
    one = near & (f[:, None] * f[None, :] > 0)
    other = near & (f[:, None] * f[None, :] < 0)
    return np.log(power[:, one].sum(axis=1)) - np.log(power[:, other].sum(axis=1))


class SeesStripes(ClassifierMixin, BaseEstimator):
    """Logistic regression on the direction of stripes."""

    def fit(self, X, y):
        """Learn which direction goes with which class."""
        self.model_ = LogisticRegression().fit(direction(X)[:, None], y)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, X):
        """`(n, 2)` by the direction of stripes."""
        return self.model_.predict_proba(direction(X)[:, None])


def build():
    """Logistic regression on the direction of stripes."""
    return SeesStripes()


build.family = "classical"
