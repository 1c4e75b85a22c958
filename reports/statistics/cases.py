"""What a statistic asks of its cases, checked in one place."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


def check_binary(is_positive: BoolArray, *scores: FloatArray) -> None:
    """Refuse cases of which no curve can be drawn.

    Args:
        is_positive: `(n,)` truth.
        scores: each `(n,)`, higher means positive.

    Raises:
        ValueError: if the truth is not boolean, lengths differ, a score is not finite, or a class
            is absent.

    >>> check_binary(np.array([True, True]), np.array([0.1, 0.2]))
    Traceback (most recent call last):
    ValueError: cases of both classes are needed: 2 positive and 0 negative were given
    """
    _check_truth(is_positive)
    n = len(is_positive)
    for score in scores:
        if score.shape != (n,):
            raise ValueError(f"one score per case is needed: {n} cases, scores {score.shape}")
        if not np.isfinite(score).all():
            raise ValueError("a score is not a finite number, so the cases cannot be ranked")
    m = int(np.count_nonzero(is_positive))
    if m == 0 or m == n:
        raise ValueError(
            f"cases of both classes are needed: {m} positive and {n - m} negative were given"
        )


def check_probability(is_positive: BoolArray, probability: FloatArray) -> None:
    """Refuse probabilities of being positive that are none.

    Args:
        is_positive: `(n,)` truth; a class may be absent.
        probability: `(n,)`.

    Raises:
        ValueError: if the truth is not boolean, there are no cases, lengths differ, or a value is
            not in [0, 1].
    """
    _check_truth(is_positive)
    if len(is_positive) == 0 or probability.shape != is_positive.shape:
        raise ValueError(
            f"one probability per case is needed: {len(is_positive)} cases, "
            f"probabilities {probability.shape}"
        )
    _check_range(probability)


def check_probabilities(labels: IntArray, probabilities: FloatArray) -> None:
    """Refuse class probabilities that are none.

    Args:
        labels: `(n,)` in `0..k-1`; a class may be absent.
        probabilities: `(n, k)`, k at least 2.

    Raises:
        ValueError: if there are no cases, shapes or labels do not fit, or a value is not in [0, 1].
    """
    if probabilities.ndim != 2 or len(labels) != len(probabilities) or len(labels) == 0:
        raise ValueError(
            f"one row of probabilities per case is needed: {len(labels)} cases, "
            f"probabilities {probabilities.shape}"
        )
    k = probabilities.shape[1]
    if k < 2 or labels.min() < 0 or labels.max() >= k:
        raise ValueError(
            f"labels lie in {labels.min()}..{labels.max()}, but there are probabilities of "
            f"{k} classes"
        )
    _check_range(probabilities)


def _check_truth(is_positive: BoolArray) -> None:
    if is_positive.ndim != 1 or is_positive.dtype != np.bool_:
        raise ValueError(
            f"the truth is one boolean per case, not {is_positive.dtype} {is_positive.shape}"
        )


def _check_range(probabilities: FloatArray) -> None:
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise ValueError("probabilities lie between 0 and 1")
