"""A pointwise confidence band of a ROC curve: the interval of the sensitivity at each specificity.

Vertical, as pROC's `ci.se`, but by the Bayesian bootstrap (Gu, Ghosal & Roy 2008, Statistics in
Medicine 27:5407), as the intervals of rates are: every case, or every patient with all of his
cases, gets a random exponential weight. Positives and negatives each get a pseudo-case, half of it
above and half below all scores, without which a curve that makes no error would have a band of no
width. With several seeds it is the band of their mean curve: all share the weights of the cases,
and the spread between seeds is added to the limits.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from reports.statistics.contrast import degrees_of_freedom
from reports.statistics.curves import curves
from reports.statistics.roc import path_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

REPETITIONS = 400
GRID = np.unique(np.concatenate([np.linspace(0, 0.2, 33), np.linspace(0.2, 1, 33)]))
"""False positive rates at which the band is known, closer where they are low."""

_BINS = 256  # a curve is followed to 2 / 256 of its length
_NEIGHBOURS = 4  # on either side, of a place of the grid
_CHUNK = 2_000_000  # weights drawn at a time, which bounds the memory


class RocBand(NamedTuple):
    """Limits `(g,)` of the sensitivity at each false positive rate `(g,)`."""

    fpr: FloatArray
    low: FloatArray
    high: FloatArray


def roc_band(
    labels: IntArray,
    scores: FloatArray,
    classes: Sequence[int],
    units: IntArray | None = None,
    level: float = 0.95,
    repetitions: int = REPETITIONS,
    random_state: int = 0,
) -> RocBand:
    """The band of the mean curve over seeds and over one-against-rest questions.

    Args:
        labels: `(n,)` in `0..k-1`.
        scores: `(s, n, k)` class probabilities of s seeds.
        classes: each of which is set against the rest; both sides have a case.
        units: `(n,)` patients as `0..u-1`, or None.
        level: of each interval, for example 0.95.
        repetitions, random_state: of the bootstrap.

    Raises:
        ValueError: if a class or its rest has no case, or a score is not finite.
    """
    each = np.stack([_sensitivities(labels, own, classes) for own in scores])  # (s, g)
    value = each.mean(axis=0)
    drawn = np.concatenate(
        list(_replicates(labels, scores, classes, units, repetitions, random_state))
    )
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    below, above = np.maximum(value - low, 0.0), np.maximum(high - value, 0.0)
    if len(each) > 1:
        variance = _smoothed(each.var(axis=0, ddof=1) / len(each))
        extra = variance * _quantiles(drawn.std(axis=0), variance, len(each), level) ** 2
        below, above = np.sqrt(below**2 + extra), np.sqrt(above**2 + extra)
    return RocBand(GRID, np.maximum(value - below, 0.0), np.minimum(value + above, 1.0))


def _smoothed(variance: FloatArray) -> FloatArray:
    """Means over neighbours on the grid: of two or three seeds a single place says little."""
    ends = np.pad(variance, _NEIGHBOURS, mode="edge")
    window = np.ones(2 * _NEIGHBOURS + 1) / (2 * _NEIGHBOURS + 1)
    return np.asarray(np.convolve(ends, window, mode="valid"), dtype=np.float64)


def _quantiles(error: FloatArray, variance: FloatArray, seeds: int, level: float) -> FloatArray:
    """`(g,)` of the t distribution, its degrees of freedom those of a difference of AUCs."""
    df = [
        degrees_of_freedom(own, math.inf, ((spread, seeds),))
        for own, spread in zip(error.tolist(), variance.tolist(), strict=True)
    ]
    return np.asarray(stdtrit(df, (1 + level) / 2), dtype=np.float64)


def _sensitivities(labels: IntArray, scores: FloatArray, classes: Sequence[int]) -> FloatArray:
    """`(g,)` of one seed, mean over the questions; on an upright step the highest."""
    found = []
    for label in classes:
        path = path_of(curves(labels == label, scores[:, label]))
        last = np.searchsorted(path.fpr, GRID, side="right") - 1
        beyond = np.minimum(last + 1, len(path.fpr) - 1)
        width = path.fpr[beyond] - path.fpr[last]
        share = np.divide(GRID - path.fpr[last], width, out=np.zeros_like(GRID), where=width > 0)
        found.append(path.tpr[last] + share * (path.tpr[beyond] - path.tpr[last]))
    return np.asarray(np.mean(found, axis=0), dtype=np.float64)


def _replicates(
    labels: IntArray,
    scores: FloatArray,
    classes: Sequence[int],
    units: IntArray | None,
    repetitions: int,
    random_state: int,
) -> Iterator[FloatArray]:
    """Chunks `(b, g)` of mean sensitivities of randomly weighted cases."""
    rng = np.random.default_rng(random_state)
    owner = np.arange(len(labels)) if units is None else units
    n_units = int(owner.max()) + 1
    questions = [
        (labels == label, [_bins(labels == label, own[:, label]) for own in scores])
        for label in classes
    ]
    left = repetitions
    while left:
        rows = min(left, max(1, _CHUNK // len(labels)))
        weights = rng.standard_exponential((n_units, rows)).T[:, owner]  # (rows, n)
        total = np.zeros((rows, len(GRID)))
        for is_positive, binned in questions:
            sides = (is_positive, ~is_positive)
            extra = [
                _cases_per_unit(owner[side]) * rng.standard_gamma(0.5, (2, rows)) for side in sides
            ]
            of_sides = [weights[:, side] for side in sides]
            for bins in binned:
                tpr, fpr = (
                    _cumulated(weight, bins[side], int(bins.max()) + 1, own)
                    for side, weight, own in zip(sides, of_sides, extra, strict=True)
                )
                total += _interpolated(fpr, tpr)
        yield total / (len(scores) * len(questions))
        left -= rows


def _bins(is_positive: BoolArray, score: FloatArray) -> IntArray:
    """`(n,)` bin of each case, 0 for the highest scores; equal steps along the curve."""
    values, group = np.unique(-score, return_inverse=True)
    if len(values) <= _BINS:
        return group.astype(np.int64)
    positives = np.bincount(group, weights=is_positive) / np.count_nonzero(is_positive)
    negatives = np.bincount(group, weights=~is_positive) / np.count_nonzero(~is_positive)
    along = np.cumsum(positives + negatives)
    return np.asarray(np.minimum(along * _BINS / 2, _BINS - 1).astype(np.int64)[group])


def _cumulated(weights: FloatArray, bins: IntArray, n_bins: int, pseudo: FloatArray) -> FloatArray:
    """`(rows, n_bins + 3)` share of the weight above each bin, from 0 to 1."""
    order = np.argsort(bins, kind="stable")
    present, start = np.unique(bins[order], return_index=True)
    summed = np.zeros((len(weights), n_bins + 3))
    summed[:, present + 2] = np.add.reduceat(weights[:, order], start, axis=1)
    summed[:, 1], summed[:, -1] = pseudo
    share = np.cumsum(summed, axis=1)
    return np.asarray(share / share[:, -1:], dtype=np.float64)


def _interpolated(fpr: FloatArray, tpr: FloatArray) -> FloatArray:
    """`(rows, g)` sensitivities on the grid, all rows at once: each is moved to a place of its own.

    A row's rates lie in 0..1, so that with row · 2 added they are in order.
    """
    rows, vertices = fpr.shape
    places = 2.0 * np.arange(rows)[:, None]
    at = np.searchsorted((fpr + places).ravel(), (GRID + places).ravel(), side="right")
    first = (np.arange(rows) * vertices)[:, None]
    right = np.clip(at.reshape(rows, -1), first + 1, first + vertices - 1)
    x, y = fpr.ravel(), tpr.ravel()
    width = x[right] - x[right - 1]
    share = np.divide(GRID - x[right - 1], width, out=np.ones_like(width), where=width > 0)
    return np.asarray(y[right - 1] + np.clip(share, 0.0, 1.0) * (y[right] - y[right - 1]))


def _cases_per_unit(owner: IntArray) -> float:
    """Mean number of cases of those who have one."""
    return len(owner) / len(np.unique(owner))
