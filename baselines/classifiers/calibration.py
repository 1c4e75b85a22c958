"""From decision values to probabilities: Platt scaling that never turns a ranking round."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

LEAST_SLOPE = 1e-6
"""Lower bound of the slope. Decision values that turn out to be worthless in the calibration give
almost constant probabilities, in the order of the values, instead of reversed ones."""

LEAST_PROBABILITY = 1e-3
"""Smaller probabilities count as this one where their logarithm is a score."""


def log_scores(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores ``(n, k)`` that order images as probabilities ``(n, k)`` do, bounded below."""
    scores: NDArray[np.float64] = np.log(np.maximum(probabilities, LEAST_PROBABILITY))
    return scores


def class_scores(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores ``(n, k)`` of decision values ``(n, machines)`` of one class against the rest.

    With one machine, that of the second class, the score of the first is 0.
    """
    if values.shape[1] == 1:
        return np.hstack([np.zeros_like(values), values])
    return values


@dataclass(frozen=True, eq=False)
class PlattScaling:
    """Probabilities softmax(slope x score + bias) of decision values.

    One slope is shared by all classes, so that a class with a handful of images borrows it from the
    others; each class has its own bias.

    Attributes
    ----------
    slope : float
        At least `LEAST_SLOPE`.
    bias : (k,) float64
    """

    slope: float
    bias: NDArray[np.float64]

    @classmethod
    def fit(cls, scores: NDArray[np.float64], codes: NDArray[np.intp]) -> "PlattScaling":
        """Minimise the cross entropy of scores ``(n, k)`` with class indices ``(n,)`` in 0..k-1.

        With two classes and scores (0, f) this is the sigmoid of Platt 1999 (Probabilistic outputs
        for support vector machines) with his targets: (N + 1) / (N + 2) for the own class of an
        image, which has N images, and the rest for the other classes in equal parts. They keep the
        optimum finite where the classes are separable.
        """
        n, k = scores.shape
        own = np.bincount(codes, minlength=k)[codes] + 1.0
        target = np.repeat((1 / (own + 1) / (k - 1))[:, None], k, axis=1)
        target[np.arange(n), codes] = own / (own + 1)

        def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            log_p = log_softmax(parameters[0] * scores + parameters[1:], axis=1)
            gap = (np.exp(log_p) - target) / n
            gradient = np.concatenate([[np.sum(gap * scores)], gap.sum(axis=0)])
            return -float(np.sum(target * log_p)) / n, gradient

        bounds = [(LEAST_SLOPE, None)] + [(None, None)] * k
        start = np.concatenate([[1.0], np.zeros(k)])
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
        return cls(float(found.x[0]), found.x[1:])

    def probabilities(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities ``(n, k)`` of scores ``(n, k)``; each row sums to 1."""
        p: NDArray[np.float64] = softmax(self.slope * scores + self.bias, axis=1)
        return p


class CalibratedClassifier(ClassifierMixin, BaseEstimator, ABC):
    """A classifier whose probabilities are the `PlattScaling` of its scores.

    Attributes
    ----------
    classes_ : (k,)
    calibration_ : PlattScaling
    """

    classes_: NDArray[Any]
    calibration_: PlattScaling

    @abstractmethod
    def scores(self, X: Any) -> NDArray[np.float64]:
        """Scores ``(n, k)`` of features ``(n, d)``, the larger the more likely the class."""

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities ``(n, k)`` of features ``(n, d)``, columns in order of `classes_`."""
        check_is_fitted(self)
        return self.calibration_.probabilities(self.scores(X))

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class ``(n,)`` of features ``(n, d)``."""
        labels: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return labels
