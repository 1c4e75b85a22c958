"""Calibration slope and intercept of several trainings on the same cases, and their errors.

A training (a seed, or a seed in one draw of the folds) says something of every case once: the folds
test different cases, so that those of one draw are fitted together and the error is that of all
cases. Trainings share the cases: the error of their mean is that of the mean of what every case
(patient) adds to each fit, its influence, as in DeLong's covariance of several AUCs. What the
trainings differ by is added.

The error of the intercept is the robust one (White 1982, Econometrica 50:1): with the slope held at
1 the model is wrong wherever the slope is not, and the error that assumes it covers 91 % at 95 %
where the true slope is 0.67.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from reports.statistics.calibration import recalibration
from reports.statistics.contrast import Difference, cases_df, degrees_of_freedom
from reports.statistics.logistic import log_odds

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


class Training(NamedTuple):
    """What one training says of the cases that it was asked about.

    Attributes:
        is_positive: `(n,)` truth.
        probability: `(n,)` of being positive.
        units: `(n,)` numbers of the patients (cases), the same in all trainings.
    """

    is_positive: BoolArray
    probability: FloatArray
    units: IntArray


class _Fitted(NamedTuple):
    """A coefficient of one training, its error, and `(u,)` what every unit adds to it."""

    value: float
    error: float
    influence: FloatArray


def recalibrated(
    trainings: Sequence[Training], *, clustered: bool
) -> tuple[Difference | None, Difference | None]:
    """Mean over trainings of the slope, and of the intercept with the slope held at 1.

    Their `se_cases` is the error due to the cases, `se_seeds` that due to the trainings. Each is
    None where no training has one.

    Args:
        trainings: at least one.
        clustered: whether units are patients with several cases, which errors then allow for.

    Raises:
        ValueError: if a training has no cases, or a probability is not in [0, 1].

    >>> rng = np.random.default_rng(0)
    >>> p = rng.uniform(0.1, 0.9, 400)
    >>> one = Training(rng.random(400) < p, p, np.arange(400))
    >>> slope, _ = recalibrated([one], clustered=False)
    >>> again, _ = recalibrated([one, one, one], clustered=False)
    >>> round(slope.d, 2), round(slope.se, 3), round(again.se, 3)
    (1.14, 0.124, 0.124)
    """
    n_units = 1 + max(int(one.units.max()) for one in trainings)
    slopes, intercepts = [], []
    for one in trainings:
        own = np.unique(one.units, return_inverse=True)[1].astype(np.int64) if clustered else None
        fit = recalibration(one.is_positive, one.probability, own)
        x = log_odds(one.probability)
        ones = np.ones((len(x), 1))
        if fit.slope is not None and fit.slope_error is not None and fit.intercept is not None:
            design = np.column_stack([ones, x])
            added = _influence(one, design, fit.intercept + fit.slope * x, n_units)[:, 1]
            slopes.append(_Fitted(fit.slope, fit.slope_error, added))
        if fit.in_the_large is not None and fit.in_the_large_error is not None:
            added = _influence(one, ones, fit.in_the_large + x, n_units)[:, 0]
            n = len(np.unique(one.units))
            error = math.sqrt(float(added @ added) * n / max(1, n - 1))
            intercepts.append(_Fitted(fit.in_the_large, error, added))
    n_there = len(np.unique(np.concatenate([one.units for one in trainings])))
    return _mean(slopes, n_there), _mean(intercepts, n_there)


def _influence(one: Training, design: FloatArray, predictor: FloatArray, n: int) -> FloatArray:
    """`(u, c)` what every unit adds to the coefficients of a logistic fit."""
    mean = expit(predictor)
    information = np.einsum("nc,n,nd->cd", design, mean * (1 - mean), design)
    scores = np.zeros((n, design.shape[1]))
    np.add.at(scores, one.units, design * (one.is_positive - mean)[:, None])
    return np.asarray(np.einsum("uc,cd->ud", scores, np.linalg.pinv(information, hermitian=True)))


def _mean(fitted: Sequence[_Fitted], n_units: int) -> Difference | None:
    """Of the trainings whose coefficient and error are numbers.

    The error of one training is that of its fit; that of the mean is smaller as the influences of
    the cases average out between trainings, not at all where all say the same.
    """
    known = [one for one in fitted if math.isfinite(one.value + one.error)]
    if not known:
        return None
    values = np.array([one.value for one in known])
    each = np.stack([one.influence for one in known])
    own, joint = float((each**2).sum() / len(each)), float((each.mean(axis=0) ** 2).sum())
    shared = joint / own if own > 0 else 1.0
    variance = shared * float(np.mean([one.error**2 for one in known]))
    between = float(values.var(ddof=1)) / len(values) if len(values) > 1 else 0.0
    se_cases = math.sqrt(variance)
    return Difference(
        float(values.mean()),
        se_cases,
        math.sqrt(between),
        degrees_of_freedom(se_cases, cases_df(n_units), ((between, len(values)),)),
    )
