"""Intervals of measures that are no simple proportion: balanced accuracy, MCC, F1, macro means.

Those of several classes are in `reports.statistics.macro_rates`. Of two classes:

Balanced accuracy is a mean of recalls, each a proportion with an interval of its own (Wilson, with
patients Korn & Graubard): their half widths are squared and added (Zou & Donner 2008, Statistics in
Medicine 27:1693).

The others come from the Bayesian bootstrap (Rubin 1981, Annals of Statistics 9:130): every case, or
every patient with all of his cases, gets a random exponential weight, and the measure is taken of
the weighted confusion matrix. Each row of the matrix also gets one pseudo-case (patient) in k equal
parts, the prior of Perks 1947, without which a method that made no error would have a single point
as its interval. With independent cases the interval of a sensitivity is Jeffreys' (Brown, Cai &
DasGupta 2001, Statistical Science 16:101), also in going up to the estimate where that is extreme.

Where few patients make hardly an error, the bootstrap does not see how much patients differ. With a
given prevalence MCC moves as balanced accuracy does, so that its interval is stretched as far as
that of balanced accuracy is wider than the bootstrap would have it.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.statistics.intervals import proportion
from reports.statistics.macro_rates import macro_limits
from reports.statistics.operating import Rates, rates_of_many

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

REPETITIONS = 1_000
_ROUNDING = 1e-12  # of a case: what is left of residuals that add up to 0
_CHUNK = 2_000_000  # weights drawn at a time, which bounds the memory


class RateIntervals(NamedTuple):
    """Every measure with its lower and upper limit."""

    value: Rates
    low: Rates
    high: Rates


def rate_intervals(
    labels: IntArray,
    decided: IntArray,
    k: int,
    positive: int | None,
    units: IntArray | None = None,
    level: float = 0.95,
    repetitions: int = REPETITIONS,
) -> RateIntervals:
    """Measures of decisions, each a mean over seeds, with intervals.

    Cases vary from sample to sample, seeds do not.

    Args:
        labels: `(n,)` in `0..k-1`.
        decided: `(s, n)` decisions of s seeds in `0..k-1`.
        k: classes.
        positive: of two classes the one to be found; None for means over the classes that are
            present.
        units: `(n,)` patients as `0..u-1`, or None.
        level: for example 0.95.
        repetitions: samples, of two classes.

    Raises:
        ValueError: if there are no cases, or the shapes do not fit.
    """
    if decided.ndim != 2 or decided.shape[1] != len(labels) or decided.size == 0:
        raise ValueError(
            f"decisions of seeds by cases are needed: {len(labels)} cases, {decided.shape}"
        )
    shown = np.flatnonzero(np.bincount(labels, minlength=k))
    cells = labels * k + decided  # (s, n)
    plain = np.stack([np.bincount(own, minlength=k * k) for own in cells]).reshape(-1, k, k)
    value = rates_of_many(plain.astype(float), shown, positive).mean(axis=0)
    if positive is None and k > 2 and len(shown) > 1:
        rates = Rates(*value.tolist())
        return RateIntervals(rates, *macro_limits(labels, decided, k, rates, units, level))
    rng = np.random.default_rng(0)
    size = cases_per_unit(labels, units, k)
    drawn = []
    for matrices in weighted_confusions(cells, k, units, repetitions, rng):
        prior = rng.standard_gamma(1 / k, (len(matrices), k, k)) * size[:, None]
        each = [rates_of_many(own + prior, shown, positive) for own in np.moveaxis(matrices, 1, 0)]
        drawn.append(np.mean(each, axis=0))
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(np.concatenate(drawn), tails, axis=0)
    limits = np.stack([np.minimum(low, value), np.maximum(high, value)])  # (2, 8)
    _adjust(limits, value, _mean_recall(labels, (decided == labels).mean(axis=0), units, level))
    if positive is None:
        limits[:, _SENSITIVITY] = limits[:, _BALANCED]
    return RateIntervals(
        Rates(*value.tolist()), Rates(*limits[0].tolist()), Rates(*limits[1].tolist())
    )


_SENSITIVITY, _BALANCED, _MCC = (
    Rates._fields.index(name) for name in ("sensitivity", "balanced_accuracy", "mcc")
)


def _adjust(limits: FloatArray, value: FloatArray, recall: tuple[float, float]) -> None:
    """Put the limits of balanced accuracy in, and stretch those of MCC to them."""
    for side, bound in enumerate(recall):
        drawn, wanted = limits[side, _BALANCED] - value[_BALANCED], bound - value[_BALANCED]
        if drawn != 0 and wanted / drawn > 1:
            stretched = value[_MCC] + (limits[side, _MCC] - value[_MCC]) * wanted / drawn
            limits[side, _MCC] = min(max(stretched, -1.0), 1.0)
        limits[side, _BALANCED] = bound


def _mean_recall(
    labels: IntArray, right: FloatArray, units: IntArray | None, level: float
) -> tuple[float, float]:
    """Limits of the mean over the present classes of the share of their cases that are right.

    Recalls are independent, unless patients have cases of several classes.

    Args:
        right: `(n,)` share of the seeds that are right.
    """
    below, above, residual = [], [], []
    mean = 0.0
    present = np.unique(labels)
    for label in present:
        own = (labels == label).astype(float)
        found = proportion(right * own, own, units, level)
        if found is None:
            continue
        rate, low, high = found
        mean += rate / len(present)
        below.append(rate - low)
        above.append(high - rate)
        if units is not None:
            residual.append(np.bincount(units, weights=own * (right - rate)))
    together = np.eye(len(present))
    if units is not None:
        moved = np.stack(residual)
        length = np.sqrt((moved**2).sum(axis=1))
        scaled = moved / np.where(length > _ROUNDING * len(labels), length, np.inf)[:, None]
        together = scaled @ scaled.T
        np.fill_diagonal(together, 1.0)
        if moved.shape[1] == 1:  # of one patient nobody knows how his recalls go together
            together[:] = 1.0
    down, up = (
        math.sqrt(max(0.0, float(np.array(half) @ together @ np.array(half)))) / len(present)
        for half in (below, above)
    )
    return max(0.0, mean - down), min(1.0, mean + up)


def weighted_confusions(
    cells: IntArray,
    k: int,
    units: IntArray | None,
    repetitions: int,
    rng: np.random.Generator,
) -> Iterator[FloatArray]:
    """Chunks `(b, s, k, k)` of randomly weighted confusion matrices, without pseudo-cases.

    Units that did the same thing share a weight of their number: a sum of exponentials is a gamma.

    Args:
        cells: `(s, n)` truth · k + decision, of s vectors of decisions that share their weights.
        k: classes.
        units: `(n,)` patients as `0..u-1`, or None.
        repetitions: matrices in all.
        rng: of the weights.
    """
    n_vectors = len(cells)
    if units is None:
        kinds, alike = np.unique(cells.T, axis=0, return_counts=True)  # (u, s)
        parts = np.zeros((len(kinds), n_vectors, k * k))
        np.put_along_axis(parts, kinds[:, :, None], 1.0, axis=2)
    else:
        parts = np.zeros((int(units.max()) + 1, n_vectors, k * k))
        for vector, own in enumerate(cells):
            np.add.at(parts[:, vector], (units, own), 1.0)
        parts = parts[parts.any(axis=(1, 2))]
        alike = np.ones(len(parts), dtype=np.int64)
    flat = parts.reshape(len(parts), -1)
    left = repetitions
    while left:
        rows = min(left, max(1, _CHUNK // len(parts)))
        weighted = rng.standard_gamma(alike, (rows, len(parts))) @ flat
        yield weighted.reshape(rows, n_vectors, k, k)
        left -= rows


def cases_per_unit(labels: IntArray, units: IntArray | None, k: int) -> FloatArray:
    """`(k,)` mean number of cases that a unit with the class has; 0 where nobody has it."""
    counts = np.bincount(labels, minlength=k).astype(float)
    if units is None:
        return np.asarray(counts > 0, dtype=np.float64)
    pairs = np.unique(np.stack([labels, units]), axis=1)
    patients = np.bincount(pairs[0], minlength=k)
    return np.asarray(counts / np.maximum(1, patients), dtype=np.float64)
