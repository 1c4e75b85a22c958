"""Whether acting on a method does more good than acting on everybody or on nobody.

Net benefit of Vickers & Elkin 2006 (Medical Decision Making 26:565): true positives per case less
false positives per case, these weighted by the odds of the probability at which one would act.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reports.statistics.cases import check_probability

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

REPETITIONS = 2_000
_CHUNK = 2_000_000  # weights drawn at a time, which bounds the memory
_PSEUDO_CASES = 0.5  # of each class and each of the four pairs of decisions, as in paired_bootstrap


class DecisionCurve(NamedTuple):
    """Net benefits in true positives per case; that of acting on nobody is 0.

    Attributes:
        thresholds: `(t,)` probabilities at or above which one acts.
        method: `(t,)` of acting on the method.
        everybody: `(t,)` of acting on every case.
    """

    thresholds: FloatArray
    method: FloatArray
    everybody: FloatArray


def net_benefit(
    is_positive: BoolArray, probability: FloatArray, thresholds: ArrayLike
) -> DecisionCurve:
    """Decision curve of one method.

    Args:
        is_positive: `(n,)` truth.
        probability: `(n,)` of being positive.
        thresholds: `(t,)` strictly between 0 and 1.

    Raises:
        ValueError: if there are no cases, or a probability or threshold is out of range.

    >>> truth, certain = np.array([True, False, False, False]), np.array([0.9, 0.6, 0.2, 0.1])
    >>> net_benefit(truth, certain, [0.5]).method
    array([0.])
    """
    check_probability(is_positive, probability)
    at = np.atleast_1d(np.asarray(thresholds, dtype=float))
    if not ((at > 0) & (at < 1)).all():
        raise ValueError("thresholds lie strictly between 0 and 1")
    n, odds = len(is_positive), at / (1 - at)
    positives, negatives = np.sort(probability[is_positive]), np.sort(probability[~is_positive])
    true = len(positives) - np.searchsorted(positives, at, side="left")
    false = len(negatives) - np.searchsorted(negatives, at, side="left")
    return DecisionCurve(
        at, true / n - false / n * odds, len(positives) / n - len(negatives) / n * odds
    )


class BenefitDifference(NamedTuple):
    """Net benefit of a − that of b.

    Attributes:
        thresholds: `(t,)`.
        difference: `(t,)` in true positives per case.
        low, high: `(t,)` limits of the wanted level, threshold by threshold.
        probability: `(t,)` that acting on a does more good than acting on b.
    """

    thresholds: FloatArray
    difference: FloatArray
    low: FloatArray
    high: FloatArray
    probability: FloatArray


def benefit_difference(
    is_positive: BoolArray,
    a: FloatArray,
    b: FloatArray,
    thresholds: ArrayLike,
    units: IntArray | None = None,
    level: float = 0.95,
    random_state: int = 0,
) -> BenefitDifference:
    """Compare two methods on the same cases, each a mean over its seeds.

    The Bayesian bootstrap by patient (Rubin 1981, Annals of Statistics 9:130) with two pseudo-cases
    of each class, half a case on which only the one of the two acts and half a case on which only
    the other does among them, so that methods that act alike are not taken to be equal for certain.

    Args:
        is_positive: `(n,)` truth.
        a, b: `(s, n)` and `(t, n)` probabilities of being positive.
        thresholds: strictly between 0 and 1.
        units: `(n,)` patients as `0..u-1`, or None.
        level: of the limits.
        random_state: of the bootstrap.

    Raises:
        ValueError: if there are no cases, or a probability or threshold is out of range.

    >>> truth = np.array([True, False] * 20)
    >>> same = np.linspace(0.1, 0.9, 40)[None]
    >>> found = benefit_difference(truth, same, same, [0.3])
    >>> float(found.difference[0]), bool(found.low[0] < 0 < found.high[0])
    (0.0, True)
    """
    for run in (*a, *b):
        check_probability(is_positive, run)
    at = np.atleast_1d(np.asarray(thresholds, dtype=float))
    if not ((at > 0) & (at < 1)).all():
        raise ValueError("thresholds lie strictly between 0 and 1")
    odds = at / (1 - at)
    worth = np.where(is_positive[:, None], 1.0, -odds)  # (n, t) of acting on a case
    acts_a, acts_b = ((own[:, :, None] >= at).mean(axis=0) for own in (a, b))
    own = np.arange(len(is_positive)) if units is None else units
    gain = np.zeros((int(own.max()) + 1, len(at)))
    np.add.at(gain, own, worth * (acts_a - acts_b))
    cases = np.bincount(own).astype(float)
    rng = np.random.default_rng(random_state)
    drawn, left = [], REPETITIONS
    while left:
        rows = min(left, max(1, _CHUNK // len(cases)))
        weights = rng.standard_exponential((rows, len(cases)))
        # class, pair of decisions; a patient more has as many cases as the others
        pairs = rng.standard_gamma(_PSEUDO_CASES, (rows, 2, 4)) * cases.mean()
        only = pairs[:, :, 0] - pairs[:, :, 1]
        pseudo = only[:, :1] - only[:, 1:] * odds
        drawn.append(
            (weights @ gain + pseudo) / (weights @ cases + pairs.sum(axis=(1, 2)))[:, None]
        )
        left -= rows
    replicates = np.concatenate(drawn)
    difference = gain.sum(axis=0) / cases.sum()
    tail = (1 - level) / 2
    low, high = np.quantile(replicates, [tail, 1 - tail], axis=0)
    return BenefitDifference(
        at,
        difference,
        np.minimum(low, difference),
        np.maximum(high, difference),
        (replicates > 0).mean(axis=0),
    )
