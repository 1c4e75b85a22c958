"""What every test case adds to a measure of many predictions at once, and so to its error.

Each measure is written so that higher is better. The error is that of the linearised measure
(infinitesimal jackknife; Efron 1982, chapter 6): the value changes by Σ influence when cases are
drawn anew, and the cases of a patient are drawn together.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports.evidence import Measure
from reports.statistics.auc import components
from reports.statistics.operating import youden_threshold

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LEAST = 1e-6
"""A probability below this counts as this in the logarithmic loss, which else may be infinite."""

NAMES: dict[Measure, str] = {
    "auc": "AUC",
    "balanced-accuracy": "balanced accuracy",
    "mcc": "MCC",
    "brier": "Brier score",
    "log-loss": "log loss",
}
"""What a measure is called."""


@dataclass(frozen=True, eq=False)
class Measured:
    """Values of one measure and how they vary together.

    Attributes:
        value: `(v,)` one per vector of predictions.
        contrast: weights `(v,)` → Σ weights · value, and the variance that it has because the
            cases are a sample.
    """

    value: FloatArray
    contrast: Callable[[FloatArray], tuple[float, float]]


def measured(
    measure: Measure,
    labels: IntArray,
    probabilities: FloatArray,
    thresholds: FloatArray,
    positive: int | None,
    units: IntArray | None,
) -> Measured:
    """The values of a measure with their joint error.

    Args:
        measure: which.
        labels: `(n,)` in 0..k-1, at least two classes among them.
        probabilities: `(v, n, k)`.
        thresholds: `(v,)` at or above which a case is called positive; not used without `positive`.
        positive: of two classes the one to be found, else None.
        units: `(n,)` patients as 0..u-1, or None.
    """
    if measure == "auc":
        found = components(labels, probabilities, positive, units)
        return Measured(found.auc, found.contrast)
    n = len(labels)
    if measure == "brier":
        gain = _brier(labels, probabilities, positive)
    elif measure == "log-loss":
        gain = np.log(np.maximum(probabilities[:, np.arange(n), labels], LEAST))
    else:
        decided = decisions(probabilities, thresholds, positive)
        rule = _balanced_accuracy if measure == "balanced-accuracy" else _mcc
        value, influence = rule(labels, decided, probabilities.shape[2])
        return _linear(value, influence, units)
    value = gain.mean(axis=1)
    return _linear(value, (gain - value[:, None]) / n, units)


def decisions(probabilities: FloatArray, thresholds: FloatArray, positive: int | None) -> IntArray:
    """`(v, n)` decided classes: by the threshold, or the most probable one."""
    if positive is None:
        return np.asarray(probabilities.argmax(axis=2), dtype=np.int64)
    found = probabilities[:, :, positive] >= thresholds[:, None]
    return np.asarray(np.where(found, positive, 1 - positive), dtype=np.int64)


def threshold_of(labels: IntArray, probabilities: FloatArray, positive: int | None) -> float:
    """Youden's threshold on validation; NaN where the most probable class is taken.

    Args:
        labels: `(n,)`.
        probabilities: `(n, k)`.
        positive: of two classes the one to be found, else None.
    """
    if positive is None:
        return float("nan")
    return youden_threshold(labels == positive, probabilities[:, positive])


def _brier(labels: IntArray, probabilities: FloatArray, positive: int | None) -> FloatArray:
    """Minus the squared distance between probability and truth, `(v, n)`."""
    if positive is not None:
        return np.asarray(-((probabilities[:, :, positive] - (labels == positive)) ** 2))
    truth = np.eye(probabilities.shape[2])[labels]
    return np.asarray(-((probabilities - truth) ** 2).sum(axis=2))


def _balanced_accuracy(
    labels: IntArray, decided: IntArray, k: int
) -> tuple[FloatArray, FloatArray]:
    """Mean recall of the classes that have a case."""
    counts = np.bincount(labels, minlength=k)
    present = np.flatnonzero(counts)
    right = (decided == labels).astype(float)
    member = np.zeros((len(labels), k))
    member[np.arange(len(labels)), labels] = 1.0
    recall = right @ member / np.maximum(counts, 1)  # (v, k)
    influence = (right - recall[:, labels]) / (counts[labels] * len(present))
    return recall[:, present].mean(axis=1), influence


def _mcc(labels: IntArray, decided: IntArray, k: int) -> tuple[FloatArray, FloatArray]:
    """Gorodkin's correlation for any number of classes; 0 where truth or decision is constant.

    With P the table of shares, t its row and q its column sums: R = c / √(s u), c = Σ P_kk − Σ t q,
    s = 1 − Σ q², u = 1 − Σ t², and

        ∂R/∂P_ij = ([i = j] − q_i − t_j + c (q_j / s + t_i / u)) / √(s u)
    """
    n, v = len(labels), len(decided)
    cell = labels * k + decided + (np.arange(v) * k * k)[:, None]
    share = np.bincount(cell.ravel(), minlength=v * k * k).reshape(v, k, k) / n
    true, named = share.sum(axis=2), share.sum(axis=1)
    covariance = np.einsum("vkk->v", share) - (true * named).sum(axis=1)
    spread_named, spread_true = 1 - (named**2).sum(axis=1), 1 - (true**2).sum(axis=1)
    usable = (spread_named > 1e-12) & (spread_true > 1e-12)
    s, u = np.where(usable, spread_named, 1.0), np.where(usable, spread_true, 1.0)
    root = np.sqrt(s * u)
    slope = (
        np.eye(k)
        - named[:, :, None]
        - true[:, None, :]
        + covariance[:, None, None]
        * (named[:, None, :] / s[:, None, None] + true[:, :, None] / u[:, None, None])
    ) / root[:, None, None]
    slope -= (slope * share).sum(axis=(1, 2))[:, None, None]
    slope[~usable] = 0.0
    influence = np.take_along_axis(slope.reshape(v, -1), labels * k + decided, axis=1) / n
    return np.where(usable, covariance / root, 0.0), influence


def _linear(value: FloatArray, influence: FloatArray, units: IntArray | None) -> Measured:
    """A measure with the influence `(v, n)` of every case on it.

    The influences of a patient's cases are added up; U/(U − 1) makes the variance unbiased.
    """
    if units is not None:
        summed = np.zeros((int(units.max()) + 1, len(influence)))
        np.add.at(summed, units, influence.T)
        influence = summed.T
    u = influence.shape[1]
    scale = u / (u - 1) if u > 1 else 1.0

    def contrast(weights: FloatArray) -> tuple[float, float]:
        each = weights @ influence
        return float(weights @ value), float(each @ each) * scale

    return Measured(value, contrast)
