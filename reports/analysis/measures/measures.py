"""What every test case adds to a measure of many predictions at once, and so to its error.

Each measure is written so that higher is better. The error is that of the linearised measure
(infinitesimal jackknife; Efron 1982, chapter 6): the value changes by Σ influence when cases are
drawn anew, and the cases of a patient are drawn together.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.protocol.scoring import Measure
from reports.statistics.auc import components
from reports.statistics.losses import brier_losses, log_losses
from reports.statistics.operating import Rates, decisions, rates_of_many

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

NAMES: dict[Measure, str] = {
    "auc": "AUC",
    "balanced-accuracy": "balanced accuracy",
    "accuracy": "accuracy",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "f1": "F1",
    "mcc": "MCC",
    "brier": "Brier score",
    "log-loss": "log loss",
}
"""What a measure is called."""

LOSSES: frozenset[Measure] = frozenset({"brier", "log-loss"})
"""Measures of which less is better."""

BRIER = (
    "The Brier score here is half the sum over the classes of the squared distances between "
    "probability and truth, from 0 to 1; of two classes that is the squared distance of one "
    "probability. Where probabilities are shown, that of more than two classes is the whole sum."
)
"""What it is as a measure of claims and of the sensitivity grid (`gains`), for the reader."""

IN_GRID: tuple[Measure, ...] = ("auc", "balanced-accuracy", "mcc", "brier", "log-loss")
"""The measures of the sensitivity grid. Accuracy hangs on the prevalence, and sensitivity alone or
specificity alone on the threshold, so that they are no alternatives to the AUC."""

_FIELDS: dict[Measure, str] = {
    "balanced-accuracy": "balanced_accuracy",
    "accuracy": "accuracy",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "f1": "f1",
    "mcc": "mcc",
}

RATES: dict[Measure, int] = {m: Rates._fields.index(name) for m, name in _FIELDS.items()}
"""Measures of the confusion matrix → their column in `rates_of_many`."""


def symbol(measure: Measure) -> str:
    """What stands before a difference that is above 0 where the first is better.

    >>> symbol("mcc"), symbol("brier")
    ('ΔMCC', 'improvement in Brier score')
    """
    name = NAMES[measure]
    return f"improvement in {name}" if measure in LOSSES else f"Δ{name}"


@dataclass(frozen=True, eq=False)
class Measured:
    """Values of one measure and how they vary together.

    Attributes:
        value: `(v,)` one per vector of predictions.
        contrast: weights `(v,)` → Σ weights · value, and the variance that it has because the
            cases are a sample.
        tables: `(v, k, k)` truth by decision; None of measures of probabilities.
        largest: `(v,)` the largest loss of a case; None of measures that are no loss.
    """

    value: FloatArray
    contrast: Callable[[FloatArray], tuple[float, float]]
    tables: FloatArray | None = None
    largest: FloatArray | None = None


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
    if measure in LOSSES:
        gain = gains(measure, labels, probabilities, positive)
        value = gain.mean(axis=1)
        contrast = _linear(value, (gain - value[:, None]) / len(labels), units)
        return Measured(value, contrast, largest=-gain.min(axis=1))
    decided = decisions(probabilities, thresholds, positive)
    counts = _tables(labels, decided, probabilities.shape[2])
    value, influence = _of_matrix(measure, labels, decided, counts, positive)
    return Measured(value, _linear(value, influence, units), tables=counts)


def gains(
    measure: Measure, labels: IntArray, probabilities: FloatArray, positive: int | None
) -> FloatArray:
    """`(v, n)` minus the loss of every case, of which a loss is the mean.

    Brier's is half the sum over the classes of the squared distances between probability and truth,
    from 0 to 1 whatever the number of classes, so that a margin and a mean over data sets mean the
    same everywhere. Of two classes that is the squared distance of the positive one's probability.
    """
    if measure == "log-loss":
        return -log_losses(labels, probabilities)
    losses = brier_losses(labels, probabilities, positive)
    return -losses if positive is not None else -losses / 2


def _tables(labels: IntArray, decided: IntArray, k: int) -> FloatArray:
    """`(v, k, k)` truth by decision."""
    v = len(decided)
    cell = labels * k + decided + (np.arange(v) * k * k)[:, None]
    return np.bincount(cell.ravel(), minlength=v * k * k).reshape(v, k, k).astype(float)


def _of_matrix(
    measure: Measure,
    labels: IntArray,
    decided: IntArray,
    counts: FloatArray,
    positive: int | None,
) -> tuple[FloatArray, FloatArray]:
    """Values `(v,)` of a measure of the confusion matrix, and the influence `(v, n)` of each case.

    A case that is drawn once more changes the matrix of shares P in its own cell, and the measure
    by the derivative there less its mean over P.
    """
    n, (v, k, _) = len(labels), counts.shape
    shown = np.flatnonzero(counts[0].sum(axis=1))
    value = rates_of_many(counts, shown, positive)[:, RATES[measure]]
    share = counts / n
    slope = _slope(measure, share, shown, positive)
    slope = slope - (slope * share).sum(axis=(1, 2))[:, None, None]
    own = np.take_along_axis(slope.reshape(v, -1), labels * k + decided, axis=1)
    return value, own / n


def _slope(
    measure: Measure, share: FloatArray, shown: IntArray, positive: int | None
) -> FloatArray:
    """`(v, k, k)` derivatives of a measure by the cells of the table of shares.

    With t its row sums (truth), q its column sums (decisions) and h its diagonal:

        accuracy      [i = j]
        recall of c   ([i = j] − h_c / t_c) / t_c                    in row c
        specificity   ([j ≠ c] − (1 − t_c − q_c + h_c) / (1 − t_c)) / (1 − t_c)   in other rows
        F1 of c       (2 [i = j = c] − F_c ([i = c] + [j = c])) / (t_c + q_c)
        MCC           ([i = j] − q_i − t_j + m (q_j / s + t_i / u)) / √(s u)

    where m = Σ h − Σ t q, s = 1 − Σ q² and u = 1 − Σ t². Where a denominator is 0 the measure is
    said to be 0, and its derivative too.
    """
    k = share.shape[1]
    true, named = share.sum(axis=2), share.sum(axis=1)  # (v, k)
    hit = np.diagonal(share, axis1=1, axis2=2)
    same = np.eye(k)
    if measure == "accuracy":
        return np.broadcast_to(same, share.shape)
    if measure == "mcc":
        return _slope_of_mcc(share, true, named)
    whole = np.zeros_like(share)
    of_every_class = measure == "balanced-accuracy" or positive is None
    looked_for = shown.tolist() if of_every_class else [positive]
    for c in looked_for:
        if measure in ("balanced-accuracy", "sensitivity"):
            whole[:, c] += _over(same[c] - _over(hit[:, c], true[:, c])[:, None], true[:, c])
        elif measure == "specificity":
            others = 1 - true[:, c]
            rate = _over(others - named[:, c] + hit[:, c], others)
            rest = _over((1 - same[c]) - rate[:, None], others)
            whole += np.where(np.arange(k)[:, None] == c, 0.0, rest[:, None, :])
        else:
            both = true[:, c] + named[:, c]
            f1 = _over(2 * hit[:, c], both)[:, None, None]
            counted = same[c][:, None] + same[c][None, :]
            whole += _over(2 * np.outer(same[c], same[c]) - f1 * counted, both)
    return whole / len(looked_for)


def _slope_of_mcc(share: FloatArray, true: FloatArray, named: FloatArray) -> FloatArray:
    covariance = np.einsum("vkk->v", share) - (true * named).sum(axis=1)
    spread_named, spread_true = 1 - (named**2).sum(axis=1), 1 - (true**2).sum(axis=1)
    usable = (spread_named > 1e-12) & (spread_true > 1e-12)
    s, u = np.where(usable, spread_named, 1.0), np.where(usable, spread_true, 1.0)
    slope = (
        np.eye(share.shape[1])
        - named[:, :, None]
        - true[:, None, :]
        + covariance[:, None, None]
        * (named[:, None, :] / s[:, None, None] + true[:, :, None] / u[:, None, None])
    ) / np.sqrt(s * u)[:, None, None]
    slope[~usable] = 0.0
    return np.asarray(slope, dtype=np.float64)


def _over(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """The ratio along the first axis, 0 where the denominator is."""
    shape = (-1,) + (1,) * (numerator.ndim - 1)
    under = denominator.reshape(shape)
    return np.asarray(np.where(under > 0, numerator / np.where(under > 0, under, 1.0), 0.0))


def _linear(
    value: FloatArray, influence: FloatArray, units: IntArray | None
) -> Callable[[FloatArray], tuple[float, float]]:
    """The contrast of a measure with the influence `(v, n)` of every case on it.

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

    return contrast
