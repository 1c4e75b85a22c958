"""The difference of two methods' means over the same cases, whose errors are those of patients.

Every case has one number of each method, a mean over its seeds; x is the first's − the second's.
The mean of x weighs cases alike, so that over patients with unequal numbers of cases it is a ratio:
its error is that of the patients' sums of residuals (Cochran 1977, Sampling Techniques, chapter 6),
and a sample of patients brings all of their cases (Davison & Hinkley 1997, section 3.8). Tests swap
which number is whose, for a patient as a whole (Fisher's sign permutation).
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtrit

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

REPETITIONS = 4_000
_CHUNK = 4_000_000  # numbers drawn at a time, which bounds the memory


@dataclass(frozen=True, eq=False)
class Sums:
    """What a mean over cases is made of, patient by patient.

    Attributes:
        values: `(u,)` sums over the cases of each patient.
        cases: `(u,)` how many these are.
    """

    values: FloatArray
    cases: FloatArray

    @classmethod
    def of(cls, values: FloatArray, units: IntArray | None = None) -> "Sums":
        """Of `(n,)` numbers; units are patients as `0..u-1`, None where each case is one.

        Raises:
            ValueError: if there is no case, or a number is not finite.
        """
        if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
            raise ValueError(f"a finite number for each case is needed, not {values!r}")
        own = np.arange(len(values)) if units is None else units
        summed = np.bincount(own, weights=values).astype(np.float64)
        return cls(summed, np.bincount(own).astype(np.float64))

    @property
    def n(self) -> int:
        """Patients."""
        return len(self.values)

    @property
    def mean(self) -> float:
        """Over cases."""
        return float(self.values.sum() / self.cases.sum())


def standard_error(sums: Sums) -> float:
    """Of the mean over cases; NaN of a single patient.

    >>> round(standard_error(Sums.of(np.array([0.1, 0.2, 0.3, 0.4]))), 5)
    0.06455
    """
    if sums.n < 2:
        return math.nan
    residuals = sums.values - sums.mean * sums.cases
    return math.sqrt(sums.n / (sums.n - 1) * float(residuals @ residuals)) / float(sums.cases.sum())


def least_error(n: int) -> float:
    """The standard error where two methods say the same of every case of n patients.

    They may still differ on the next one. As Bonett & Price 2012 (Statistics in Medicine 31:1049)
    do with paired proportions, one patient more is counted on which the first finds all and the
    second nothing, and one the other way round.

    >>> round(least_error(48), 4)
    0.0283
    """
    return math.sqrt(2) / (n + 2)


def replicates(sums: Sums, repetitions: int = REPETITIONS, random_state: int = 0) -> FloatArray:
    """`(repetitions,)` means of samples of as many patients, drawn with replacement.

    Args:
        sums: of the patients.
        repetitions: samples.
        random_state: the same seed gives the same samples of as many patients, whatever is summed.
    """
    if sums.n * repetitions <= _CHUNK:
        drawn = _drawn_once(sums.n, repetitions, random_state)
        return np.asarray((drawn @ sums.values) / (drawn @ sums.cases))
    rng = np.random.default_rng(random_state)
    found = []
    left = repetitions
    while left:
        rows = min(left, max(1, _CHUNK // sums.n))
        drawn = _drawn(rng, rows, sums.n)
        found.append((drawn @ sums.values) / (drawn @ sums.cases))
        left -= rows
    return np.concatenate(found)


@lru_cache(maxsize=2)
def _drawn_once(n: int, repetitions: int, random_state: int) -> FloatArray:
    """The samples of all methods and measures on the same patients."""
    return _drawn(np.random.default_rng(random_state), repetitions, n)


def _drawn(rng: np.random.Generator, rows: int, n: int) -> FloatArray:
    """`(rows, n)` how often each patient is in a sample."""
    return rng.multinomial(n, np.full(n, 1 / n), size=rows).astype(np.float64)


def bca_interval(
    sums: Sums, level: float, repetitions: int = REPETITIONS, random_state: int = 0
) -> tuple[float, float]:
    """The bias-corrected and accelerated bootstrap interval of a mean over cases.

    Efron 1987 (JASA 82:171): quantiles of the bootstrap that are moved by how far its median is off
    (z0) and by how its error grows with what is estimated (a, from the jackknife over patients). A
    bootstrap takes the error of few patients to be smaller and more certain than it is, so that
    both limits are moved away from the mean by t / z and by the root of u / (u − 1).

    Args:
        sums: of two patients or more.
        level: for example 0.95.
        repetitions, random_state: of the bootstrap.

    Raises:
        ValueError: if there is a single patient.
    """
    if sums.n < 2:
        raise ValueError("an interval needs two patients")
    mean = sums.mean
    drawn = replicates(sums, repetitions, random_state)
    same = 1e-12 * max(1.0, abs(mean))
    below = float(np.mean(drawn < mean - same) + 0.5 * np.mean(np.abs(drawn - mean) <= same))
    z0 = float(ndtri(np.clip(below, 1 / repetitions, 1 - 1 / repetitions)))
    without = (sums.values.sum() - sums.values) / (sums.cases.sum() - sums.cases)
    off = without.mean() - without
    spread = float((off**2).sum()) ** 1.5
    acceleration = float((off**3).sum()) / (6 * spread) if spread > 0 else 0.0
    tails = []
    for z in ndtri([(1 - level) / 2, (1 + level) / 2]):
        moved = z0 + z
        tails.append(float(ndtr(z0 + moved / (1 - acceleration * moved))))
    low, high = np.quantile(drawn, tails)
    tail = (1 + level) / 2
    few = float(stdtrit(sums.n - 1, tail) / ndtri(tail)) * math.sqrt(sums.n / (sums.n - 1))
    return mean - few * max(0.0, mean - float(low)), mean + few * max(0.0, float(high) - mean)
