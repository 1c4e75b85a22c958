"""Intervals of measures that are no simple proportion: balanced accuracy, MCC, F1, macro means.

By the Bayesian bootstrap (Rubin 1981, Annals of Statistics 9:130): every case, or every patient
with all of his cases, gets a random exponential weight, and the measure is taken of the weighted
confusion matrix. Each row of the matrix also gets one pseudo-case (patient) in k equal parts, the
prior of Perks 1947, without which a method that made no error would have a single point as its
interval. With two classes and independent cases the interval of a sensitivity is Jeffreys' (Brown,
Cai & DasGupta 2001, Statistical Science 16:101), also in going up to the estimate where that is
extreme.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.statistics.operating import Rates, rates_of_many

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

REPETITIONS = 1_000
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
    random_state: int = 0,
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
        repetitions, random_state: of the bootstrap.

    Raises:
        ValueError: if there are no cases, or the shapes do not fit.
    """
    if decided.ndim != 2 or decided.shape[1] != len(labels) or decided.size == 0:
        raise ValueError(
            f"decisions of seeds by cases are needed: {len(labels)} cases, {decided.shape}"
        )
    counts = np.bincount(labels, minlength=k)
    shown = np.flatnonzero(counts)
    cells = labels * k + decided  # (s, n)
    plain = np.stack([np.bincount(own, minlength=k * k) for own in cells]).reshape(-1, k, k)
    value = rates_of_many(plain.astype(float), shown, positive).mean(axis=0)
    drawn = [
        np.mean([rates_of_many(matrix, shown, positive) for matrix in matrices], axis=0)
        for matrices in _weighted(labels, cells, k, units, repetitions, random_state)
    ]
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(np.concatenate(drawn), tails, axis=0)
    return RateIntervals(
        Rates(*value.tolist()),
        Rates(*np.minimum(low, value).tolist()),
        Rates(*np.maximum(high, value).tolist()),
    )


def _weighted(
    labels: IntArray,
    cells: IntArray,
    k: int,
    units: IntArray | None,
    repetitions: int,
    random_state: int,
) -> Iterator[FloatArray]:
    """Chunks `(s, b, k, k)` of randomly weighted confusion matrices.

    Units that did the same thing share a weight of their number: a sum of exponentials is a gamma.
    """
    rng = np.random.default_rng(random_state)
    n_seeds = len(cells)
    if units is None:
        kinds, alike = np.unique(cells.T, axis=0, return_counts=True)  # (u, s)
        parts = np.zeros((len(kinds), n_seeds, k * k))
        np.put_along_axis(parts, kinds[:, :, None], 1.0, axis=2)
    else:
        parts = np.zeros((int(units.max()) + 1, n_seeds, k * k))
        for seed, own in enumerate(cells):
            np.add.at(parts[:, seed], (units, own), 1.0)
        parts = parts[parts.any(axis=(1, 2))]
        alike = np.ones(len(parts), dtype=np.int64)
    flat = parts.reshape(len(parts), -1)
    size = _cases_per_unit(labels, units, k)
    left = repetitions
    while left:
        rows = min(left, max(1, _CHUNK // len(parts)))
        weighted = rng.standard_gamma(alike, (rows, len(parts))) @ flat
        prior = rng.standard_gamma(1 / k, (rows, k, k)) * size[:, None]
        matrices = weighted.reshape(rows, n_seeds, k, k) + prior[:, None]
        yield np.moveaxis(matrices, 1, 0)
        left -= rows


def _cases_per_unit(labels: IntArray, units: IntArray | None, k: int) -> FloatArray:
    """`(k,)` mean number of cases that a unit with the class has; 0 where nobody has it."""
    counts = np.bincount(labels, minlength=k).astype(float)
    if units is None:
        return np.asarray(counts > 0, dtype=np.float64)
    pairs = np.unique(np.stack([labels, units]), axis=1)
    patients = np.bincount(pairs[0], minlength=k)
    return np.asarray(counts / np.maximum(1, patients), dtype=np.float64)
