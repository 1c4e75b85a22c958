"""The AUC of more than two classes as a mean over pairs of classes.

Hand & Till 2001 (Machine Learning 45:171): of every pair of classes, how well the probability of
the one tells its cases from the other's, both ways; the unweighted mean. It is scikit-learn's
`roc_auc_score(multi_class="ovo", average="macro")`; here rows need not sum to 1, and classes
without a case are left out.

Its error is DeLong's (with patients Obuchowski's) like that of the one-against-rest mean: a case's
contributions to all pairs are added up before they are squared. The bootstrap is the cross-check.
"""

import itertools
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.statistics.auc import Components, contributions
from reports.statistics.auc_interval import auc_interval
from reports.statistics.curves import area, curves
from tests.oracles.bootstrap import REPETITIONS, samples

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class HandTill(NamedTuple):
    """The measure with its interval and the name of the interval's procedure."""

    value: float
    low: float
    high: float
    interval: str


def hand_till(labels: IntArray, probabilities: FloatArray) -> float:
    """Hand and Till's measure.

    Args:
        labels: `(n,)` in `0..k-1`.
        probabilities: `(n, k)`.

    Raises:
        ValueError: if there are fewer than two classes.

    >>> hand_till(np.array([0, 1, 2]), np.eye(3))
    1.0
    """
    return float(hand_till_components(labels, probabilities[None]).auc[0])


def hand_till_components(
    labels: IntArray, scores: FloatArray, units: IntArray | None = None
) -> Components:
    """The measure of all score vectors, and how the cases make it vary.

    Args:
        labels: `(n,)` in `0..k-1`.
        scores: `(v, n, k)` class probabilities.
        units: `(n,)` patients as `0..u-1`; None where every case stands for itself.

    Returns:
        `per_class` has one AUC per ordered pair of classes.

    Raises:
        ValueError: if there are fewer than two classes.
    """
    pairs = _pairs(labels)
    own = np.arange(len(labels)) if units is None else units
    n_units = int(own.max()) + 1
    each = np.empty((len(pairs), len(scores)))
    added = np.zeros((2, len(scores), n_units))
    estimable = True
    for row, (one, other) in enumerate(pairs):
        both = np.flatnonzero((labels == one) | (labels == other))
        each[row], scaled, _, fewest = contributions(
            labels[both] == one, scores[:, both, one], own[both], n_units
        )
        added += scaled
        estimable = estimable and fewest > 1
    positive, negative = added / len(pairs)
    return Components(each.mean(axis=0), each.T.copy(), positive, negative, 1.0, estimable)


def hand_till_interval(
    labels: IntArray,
    probabilities: FloatArray,
    units: IntArray | None = None,
    level: float = 0.95,
) -> HandTill:
    """The measure of one method with its interval, never a single point (see `auc_interval`).

    Args:
        labels: `(n,)` in `0..k-1`.
        probabilities: `(n, k)`.
        units: `(n,)` patients as `0..u-1`, or None.
        level: for example 0.95.

    Raises:
        ValueError: if there are fewer than two classes.
    """
    value, variance = hand_till_components(labels, probabilities[None], units).contrast(np.ones(1))
    found = auc_interval(
        value,
        math.sqrt(variance),
        _units_per_class(labels, units),
        level,
        clustered=units is not None,
    )
    by_patient = "" if units is None else ", clustered by patient"
    return HandTill(value, found.low, found.high, f"{found.procedure}{by_patient}")


def hand_till_replicates(
    labels: IntArray,
    probabilities: FloatArray,
    units: IntArray | None = None,
    repetitions: int = REPETITIONS,
    random_state: int = 0,
) -> FloatArray:
    """`(repetitions,)` of the measure on resampled cases, or patients.

    Args:
        labels: `(n,)` in `0..k-1`.
        probabilities: `(n, k)`.
        units: `(n,)` patients as `0..u-1`, or None.
        repetitions, random_state: of the samples.

    Raises:
        ValueError: if there are fewer than two classes.
    """
    pairs = _pairs(labels)
    chunks = []
    for weights in samples(labels, units, repetitions, random_state):
        total = np.zeros(len(weights))
        for one, other in pairs:
            both = (labels == one) | (labels == other)
            found = curves(labels[both] == one, probabilities[both, one], weights[:, both])
            total += area(found.fpr, found.tpr)
        chunks.append(total / len(pairs))
    return np.concatenate(chunks)


def _pairs(labels: IntArray) -> list[tuple[int, int]]:
    pairs = list(itertools.permutations(np.unique(labels).tolist(), 2))
    if not pairs:
        raise ValueError("cases of at least two classes are needed")
    return pairs


def _units_per_class(labels: IntArray, units: IntArray | None) -> list[int]:
    if units is None:
        return [int(count) for count in np.bincount(labels) if count]
    return [len(np.unique(units[labels == label])) for label in np.unique(labels)]
