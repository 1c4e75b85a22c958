"""Whether probabilities are what they say.

Slope and intercept of Cox 1958 (Biometrika 45:562) as Van Calster et al. 2016 (Journal of Clinical
Epidemiology 74:167) use them; bins of like probabilities; the expected calibration error and what
of it is not chance.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.statistics.cases import check_probability
from reports.statistics.logistic import log_odds, maximum_likelihood, separated

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

BINS = 15


@dataclass(frozen=True)
class Recalibration:
    """What a logistic recalibration finds; 1 and 0 are perfect.

    Attributes:
        slope: of the logit of the probability; below 1 the probabilities are too extreme. None
            where a threshold parts the classes (the slope is unbounded) or all probabilities are
            equal.
        slope_error: its standard error.
        intercept: fitted together with the slope.
        in_the_large: intercept with the slope held at 1; above 0 the probabilities are too low.
            None where a class is absent.
        in_the_large_error: its standard error.
    """

    slope: float | None
    slope_error: float | None
    intercept: float | None
    in_the_large: float | None
    in_the_large_error: float | None


class CalibrationError(NamedTuple):
    """How far the shares of positives lie from the probabilities, over bins.

    Attributes:
        plug_in: mean of |observed − predicted|, weighted by cases: the expected calibration error
            as it is mostly reported. It is above 0 for perfect probabilities too.
        if_perfect: what it would be on average if the probabilities were right.
        squared: mean of (observed − predicted)² less its expectation from chance (Bröcker 2012,
            Climate Dynamics 39:655; Kumar, Liang & Ma 2019, NeurIPS). Without bias for the bins, so
            it may be below 0.
        debiased: `plug_in` times the root of the share of the mean square that is left in
            `squared`; 0 where nothing is left.
    """

    plug_in: float
    if_perfect: float
    squared: float
    debiased: float


def recalibration(
    is_positive: BoolArray, probability: FloatArray, units: IntArray | None = None
) -> Recalibration:
    """Slope and intercept of the truth on the logit of the probability, by maximum likelihood.

    Args:
        is_positive: `(n,)` truth.
        probability: `(n,)` of being positive; kept 1e-7 away from 0 and 1.
        units: `(n,)` patients as `0..u-1`, for standard errors that allow for them; or None.

    Raises:
        ValueError: if there are no cases, or a probability is not in [0, 1].
    """
    check_probability(is_positive, probability)
    x = log_odds(probability)
    truth = is_positive.astype(float)
    ones = np.ones((len(x), 1))
    slope, slope_error, intercept = None, None, None
    if not separated(is_positive, x):
        both = maximum_likelihood(np.column_stack([ones, x]), truth, np.zeros(len(x)), units)
        intercept, slope = both.coefficients
        slope_error = both.errors[1]
    if is_positive.all() or not is_positive.any():
        return Recalibration(slope, slope_error, intercept, None, None)
    large = maximum_likelihood(ones, truth, x, units)
    return Recalibration(slope, slope_error, intercept, large.coefficients[0], large.errors[0])


def calibration_error(
    is_positive: BoolArray, probability: FloatArray, bins: int = BINS
) -> CalibrationError:
    """Expected calibration error over bins of the same number of cases, plain and debiased.

    With more than two classes give the probability of the most probable class, and whether that
    is right.

    Args:
        is_positive: `(n,)` truth.
        probability: `(n,)` of being positive.
        bins: at most so many, at least 1.

    Raises:
        ValueError: if there are no cases, a probability is not in [0, 1], or `bins` is below 1.
    """
    where = binned(is_positive, probability, bins)
    cases, predicted, observed = _means(where, is_positive, probability)
    weights = cases / cases.sum()
    gaps = observed - predicted
    # Of a bin with a single case chance cannot be told from error; its whole square may be chance.
    chance = np.where(cases > 1, observed * (1 - observed) / np.maximum(cases - 1, 1), gaps**2)
    own = np.bincount(where, weights=probability * (1 - probability)) / cases**2
    plug_in = float(weights @ np.abs(gaps))
    mean_square = float(weights @ gaps**2)
    squared = mean_square - float(weights @ chance)
    share = squared / mean_square if squared > 0 else 0.0
    return CalibrationError(
        plug_in,
        float(weights @ np.sqrt(own)) * math.sqrt(2 / math.pi),
        squared,
        plug_in * math.sqrt(share),
    )


def binned(is_positive: BoolArray, probability: FloatArray, bins: int = BINS) -> IntArray:
    """`(n,)` bin of every case, `0..b-1`, from low to high probability.

    Bins have (nearly) the same number of cases; equal probabilities always share one.

    Args:
        is_positive: `(n,)` truth.
        probability: `(n,)` of being positive.
        bins: at most so many, at least 1.

    Raises:
        ValueError: if there are no cases, a probability is not in [0, 1], or `bins` is below 1.
    """
    check_probability(is_positive, probability)
    if bins < 1:
        raise ValueError(f"at least one bin is needed, not {bins}")
    _, at, counts = np.unique(probability, return_inverse=True, return_counts=True)
    # Rank of the middle case of those with a value, so that ties stay together.
    middle = np.cumsum(counts) - (counts + 1) / 2
    own = np.floor(middle * bins / len(probability)).astype(np.int64)
    return np.unique(own, return_inverse=True)[1][at].astype(np.int64)


def _means(
    where: IntArray, is_positive: BoolArray, probability: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    cases = np.bincount(where).astype(float)
    predicted = np.bincount(where, weights=probability) / cases
    observed = np.bincount(where, weights=is_positive.astype(float)) / cases
    return cases, predicted, observed
