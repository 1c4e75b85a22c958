"""Resampling of cases, of patients, and of patients and seeds: a cross-check of the formulas.

Cases are drawn with replacement within their class, as in pROC. Patients are drawn with all of
their cases (Efron & Tibshirani 1993, chapter 8), within the rarest class that they have a case of.
Seeds are drawn per method on top of that. The drawn samples are shared by all score vectors, so
differences of methods stay paired.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.statistics.curves import area, curves
from reports.statistics.resampling import REPETITIONS, samples

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def auc_replicates(
    labels: IntArray,
    scores: FloatArray,
    positive: int | None,
    units: IntArray | None = None,
    repetitions: int = REPETITIONS,
    random_state: int = 0,
) -> FloatArray:
    """`(repetitions, v)` AUCs of resampled cases.

    Args:
        labels: `(n,)` in `0..k-1`, of at least two classes.
        scores: `(v, n, k)` class probabilities of v methods or seeds.
        positive: of two classes the one to be found; None for the mean of the one-against-rest
            AUCs of the classes that are present.
        units: `(n,)` patients as `0..u-1`, or None.
        repetitions, random_state: of the samples.

    Raises:
        ValueError: if there are fewer than two classes, or a score is not finite.
    """
    classes = np.unique(labels) if positive is None else np.array([positive])
    chunks = [
        np.column_stack(
            [
                np.mean(
                    [_areas(labels == label, own[:, label], weights) for label in classes], axis=0
                )
                for own in scores
            ]
        )
        for weights in samples(labels, units, repetitions, random_state)
    ]
    return np.concatenate(chunks)


def over_seeds(
    replicates: FloatArray, methods: Sequence[IntArray], random_state: int = 0
) -> FloatArray:
    """`(b, methods)` means over seeds drawn with replacement: the second level of the hierarchy.

    A method with one seed has no spread of its own. That of K seeds is (K − 1)/K of s²/K, as in
    every bootstrap of a mean, but s² is that within a sample of cases, which adds to it.

    Args:
        replicates: `(b, v)` from `auc_replicates`.
        methods: per method its columns, one per seed.
        random_state: seed of the draw.
    """
    rng = np.random.default_rng(random_state)
    rows = np.arange(len(replicates))[:, None]
    means = []
    for columns in methods:
        drawn = rng.integers(0, len(columns), (len(replicates), len(columns)))
        means.append(replicates[rows, np.asarray(columns)[drawn]].mean(axis=1))
    return np.column_stack(means)


def percentile_interval(
    value: float, replicates: FloatArray, level: float = 0.95
) -> tuple[float, float]:
    """The middle part of the replicates, widened to the value itself where that lies outside.

    Args:
        value: the estimate from all cases.
        replicates: `(b,)`.
        level: for example 0.95.
    """
    low, high = np.quantile(replicates, [(1 - level) / 2, (1 + level) / 2])
    return min(float(low), value), max(float(high), value)


class BootstrapTest(NamedTuple):
    """A difference over the standard deviation of its replicates, as pROC tests it."""

    z: float
    p: float


def difference_test(d: float, replicates: FloatArray) -> BootstrapTest:
    """Two-sided normal test; z = 0 and p = 1 where the replicates do not vary.

    Args:
        d: the difference from all cases.
        replicates: `(b,)` of it.
    """
    error = float(np.std(replicates, ddof=1))
    if not error > 1e-12:
        return BootstrapTest(0.0, 1.0)
    z = d / error
    return BootstrapTest(z, min(1.0, math.erfc(abs(z) / math.sqrt(2))))


def _areas(is_positive: NDArray[np.bool_], score: FloatArray, weights: FloatArray) -> FloatArray:
    found = curves(is_positive, score, weights)
    return area(found.fpr, found.tpr)
