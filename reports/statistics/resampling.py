"""Samples of cases, or of patients, drawn with replacement.

Cases are drawn within their class, as in pROC. Patients are drawn with all of their cases (Efron &
Tibshirani 1993, chapter 8), within the rarest class that they have a case of.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

REPETITIONS = 2_000
_CHUNK = 2_000_000  # weights drawn at a time, which bounds the memory
_ATTEMPTS = 1_000  # samples that leave out a class are drawn again, at most so often


def samples(
    labels: IntArray,
    units: IntArray | None = None,
    repetitions: int = REPETITIONS,
    random_state: int = 0,
) -> Iterator[FloatArray]:
    """Chunks `(b, n)` of how often each case was drawn; every class is in every sample.

    Args:
        labels: `(n,)` in `0..k-1`.
        units: `(n,)` patients as `0..u-1`, or None.
        repetitions: samples in all.
        random_state: seed; the same seed gives the same samples.

    Raises:
        ValueError: if samples with all classes are too rare to be found.
    """
    rng = np.random.default_rng(random_state)
    strata = labels if units is None else _rarest_class(labels, units)
    members = [np.flatnonzero(strata == stratum) for stratum in np.unique(strata)]
    of_class = [labels == label for label in np.unique(labels)]
    left, attempts = repetitions, 0
    while left:
        rows = min(left, max(1, _CHUNK // len(labels)))
        drawn = np.zeros((rows, len(strata)))
        for own in members:
            share = np.full(len(own), 1 / len(own))
            drawn[:, own] = rng.multinomial(len(own), share, size=rows)
        weights = drawn if units is None else drawn[:, units]
        whole = np.all([weights[:, member].any(axis=1) for member in of_class], axis=0)
        if whole.any():
            attempts = 0
            left -= int(whole.sum())
            yield weights[whole]
        else:
            attempts += rows
            if attempts > _ATTEMPTS:
                raise ValueError("hardly any sample of the patients has cases of all classes")


def _rarest_class(labels: IntArray, units: IntArray) -> IntArray:
    """`(u,)` per patient the class of its cases that the fewest patients have."""
    has = np.zeros((int(units.max()) + 1, int(labels.max()) + 1), dtype=bool)
    has[units, labels] = True
    patients = has.sum(axis=0)
    return np.asarray(np.where(has, patients, len(has) + 1).argmin(axis=1), dtype=np.int64)
