"""The same recalibration for every method: fitted on validation, applied to test.

Platt's logistic map (1999, Advances in Large Margin Classifiers, chapter 5) with his smoothed
targets, of the logit instead of a margin. For more classes it is softmax(slope · log p + intercept
per class), temperature scaling with bias correction (Alexandari, Kundaje & Shrikumar 2020, ICML),
which is the same with two classes; of his targets the other classes share what is not the class's.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import softmax

from reports.statistics.cases import check_probabilities
from reports.statistics.logistic import CLIP

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_RIDGE = 1e-9  # decides where the data do not, as when all probabilities are equal


@dataclass(frozen=True)
class LogisticMap:
    """A map of class probabilities.

    Attributes:
        slope: of log p; at least 0, so no method is turned round. 1 leaves the spread as it is.
        intercepts: one per class, with sum 0.
    """

    slope: float
    intercepts: tuple[float, ...]

    def apply(self, probabilities: FloatArray) -> FloatArray:
        """`(n, k)` recalibrated probabilities; rows sum to 1.

        Args:
            probabilities: `(n, k)` in [0, 1]; kept 1e-7 away from 0.
        """
        mapped = softmax(self.slope * _logs(probabilities) + np.array(self.intercepts), axis=1)
        return np.asarray(mapped, dtype=np.float64)


def logistic_map(labels: IntArray, probabilities: FloatArray) -> LogisticMap:
    """Fit the map on validation.

    It exists for every input: the target of a class of N cases is (N + 1)/(N + 2), and the other
    classes share 1/(N + 2) evenly, so neither classes that a threshold parts nor absent ones make
    it unbounded.

    Args:
        labels: `(n,)` in `0..k-1`.
        probabilities: `(n, k)`.

    Raises:
        ValueError: if there are no cases, shapes do not fit, or a value is not in [0, 1].

    >>> truth = np.array([0, 0, 0, 1])
    >>> undecided = np.full((4, 2), 0.5)
    >>> logistic_map(truth, undecided).apply(undecided)[0].round(3)
    array([0.683, 0.317])
    """
    check_probabilities(labels, probabilities)
    k = probabilities.shape[1]
    own = np.eye(k, dtype=bool)[labels]
    cases = np.bincount(labels, minlength=k)[labels, None]
    target = np.where(own, cases + 1, 1 / (k - 1)) / (cases + 2)
    logs = _logs(probabilities)
    start = np.append(1.0, np.zeros(k))

    def loss(theta: FloatArray) -> tuple[float, FloatArray]:
        scaled = theta[0] * logs + theta[1:]
        scaled -= scaled.max(axis=1, keepdims=True)
        powers = np.exp(scaled)
        total = powers.sum(axis=1, keepdims=True)
        residual = powers / total - target
        gradient = np.append((residual * logs).sum(axis=1).mean(), residual.mean(axis=0))
        value = -(target * (scaled - np.log(total))).sum(axis=1).mean()
        away = theta - start
        return float(value + _RIDGE / 2 * away @ away), gradient + _RIDGE * away

    found = minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] + [(None, None)] * k,
        options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 1000},
    ).x
    intercepts = found[1:] - found[1:].mean()
    return LogisticMap(float(found[0]), tuple(intercepts.tolist()))


def _logs(probabilities: FloatArray) -> FloatArray:
    return np.asarray(np.log(np.clip(probabilities, CLIP, 1 - CLIP)), dtype=np.float64)
