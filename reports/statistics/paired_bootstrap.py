"""The difference of a measure between two methods, resampled: both on the same cases each time.

The Bayesian bootstrap (Rubin 1981, Annals of Statistics 9:130): every case, or every patient with
all of his cases, gets a random exponential weight, which all runs of both methods share. Each class
also gets two pseudo-cases (patients) in k² equal parts, one per pair of decisions, as Agresti & Min
2005 (Statistics in Medicine 24:729) add two to a table of paired proportions: without them methods
that never disagree would be taken to be equal for certain.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from reports.statistics.operating import rates_of_many
from reports.statistics.rate_intervals import cases_per_unit, weighted_confusions

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

REPETITIONS = 2_000
_PSEUDO_CASES = 2
_CHUNK = 2_000_000  # weights drawn at a time, which bounds the memory


def rate_replicates(
    labels: IntArray,
    decided: tuple[IntArray, IntArray],
    k: int,
    positive: int | None,
    column: int,
    units: IntArray | None = None,
    repetitions: int = REPETITIONS,
) -> FloatArray:
    """`(repetitions,)` differences of a measure of the confusion matrix, each a mean over seeds.

    Args:
        labels: `(n,)` in `0..k-1`.
        decided: `(s, n)` and `(t, n)` decisions of the seeds of both methods.
        k: classes.
        positive: of two classes the one to be found, else None.
        column: of the measure in `reports.statistics.operating.Rates`.
        units: `(n,)` patients as `0..u-1`, or None.
        repetitions: samples.

    Raises:
        ValueError: if there are no decisions, or the shapes do not fit.
    """
    for own in decided:
        if own.ndim != 2 or own.shape[1] != len(labels) or own.size == 0:
            raise ValueError(
                f"decisions of seeds by cases are needed: {len(labels)} cases, {own.shape}"
            )
    a, b = decided
    shown = np.flatnonzero(np.bincount(labels, minlength=k))
    size = cases_per_unit(labels, units, k)[:, None]
    rng = np.random.default_rng(0)
    found = []
    for matrices in weighted_confusions(
        labels * k + np.concatenate([a, b]), k, units, repetitions, rng
    ):
        # truth, decision of a, decision of b
        pairs = rng.standard_gamma(_PSEUDO_CASES / k**2, (len(matrices), k, k, k))
        means = []
        for shares, prior in (
            (matrices[:, : len(a)], pairs.sum(axis=3)),
            (matrices[:, len(a) :], pairs.sum(axis=2)),
        ):
            whole = shares + (prior * size)[:, None]
            each = rates_of_many(whole.reshape(-1, k, k), shown, positive)[:, column]
            means.append(each.reshape(len(shares), -1).mean(axis=1))
        found.append(means[0] - means[1])
    return np.concatenate(found)


def mean_replicates(
    gain: FloatArray,
    units: IntArray | None = None,
    repetitions: int = REPETITIONS,
    random_state: int = 0,
) -> FloatArray:
    """`(repetitions,)` means over cases.

    Args:
        gain: `(n,)` what a case adds to the difference.
        units: `(n,)` patients as `0..u-1`, or None.
        repetitions, random_state: of the bootstrap.
    """
    own = np.arange(len(gain)) if units is None else units
    summed, cases = np.bincount(own, weights=gain), np.bincount(own).astype(float)
    rng = np.random.default_rng(random_state)
    found = []
    left = repetitions
    while left:
        rows = min(left, max(1, _CHUNK // len(cases)))
        weights = rng.standard_exponential((rows, len(cases)))
        found.append((weights @ summed) / (weights @ cases))
        left -= rows
    return np.concatenate(found)


def limits(
    d: float, replicates: FloatArray, level: float, quantile: float, n_units: int
) -> tuple[float, float]:
    """The middle part of the replicates, as far from d as the t distribution of few units asks.

    Quantiles of a bootstrap are those of a normal distribution with the variance Σ(x − x̄)²/U². Both
    ends are moved away from d by t / z and by the root of U/(U − 1).

    Args:
        d: the difference from all cases.
        replicates: `(b,)` of it.
        level: for example 0.95.
        quantile: the t distribution's at (1 + level) / 2.
        n_units: cases (patients).
    """
    tail = (1 + level) / 2
    low, high = np.quantile(replicates, [1 - tail, tail])
    factor = quantile / float(ndtri(tail)) * math.sqrt(n_units / max(1, n_units - 1))
    return d - factor * max(0.0, d - float(low)), d + factor * max(0.0, float(high) - d)
