"""Logistic regression of the truth on the logit of a probability."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr, expit, log1p
from scipy.special import logit as _logit

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

CLIP = 1e-7
"""Probabilities are kept this far from 0 and 1, about the resolution of single precision."""

_STEPS = 200
_HALVINGS = 30
_TOLERANCE = 1e-8  # of the relative change of the deviance


class Fit(NamedTuple):
    """A coefficient per column with its standard error."""

    coefficients: tuple[float, ...]
    errors: tuple[float, ...]


def log_odds(probability: FloatArray) -> FloatArray:
    """Logit of probabilities, which are first kept away from 0 and 1."""
    return np.asarray(_logit(np.clip(probability, CLIP, 1 - CLIP)), dtype=np.float64)


def separated(is_positive: BoolArray, x: FloatArray) -> bool:
    """Whether a threshold on x parts the classes, so that the likelihood has no maximum.

    Also where a class is absent, or x is constant.
    """
    own, others = x[is_positive], x[~is_positive]
    if len(own) == 0 or len(others) == 0:
        return True
    return bool(own.min() >= others.max() or own.max() <= others.min())


def maximum_likelihood(
    design: FloatArray,
    target: FloatArray,
    offset: FloatArray,
    units: IntArray | None = None,
) -> Fit:
    """Binomial GLM with logit link, by iteratively reweighted least squares.

    Start, stopping rule and the weights of the standard errors (those of the last step) are R's
    `glm`, so that its printed digits are met; a step after which the deviance is higher is halved.

    Args:
        design: `(n, c)` of full rank, with classes that it does not part.
        target: `(n,)` in [0, 1].
        offset: `(n,)` added to the linear predictor.
        units: `(n,)` patients as `0..u-1`: standard errors are then robust to correlation within
            patients (Liang & Zeger 1986, Biometrika 73:13, times u/(u − 1)); None for independent
            cases.
    """
    of_target = entr(target), entr(1 - target)
    mean = (target + 0.5) / 2
    predictor: FloatArray = _logit(mean)
    deviance = _deviance(predictor, target, of_target)
    beta: FloatArray = np.zeros(design.shape[1])
    information = np.eye(len(beta))
    for step in range(_STEPS):
        weight = mean * (1 - mean)
        information = _sums(design, design * weight[:, None])
        gain = _sums(design, target - mean)
        # The first predictor is not of the model; it is replaced, later ones are improved.
        own = _sums(design, weight * (predictor - offset)) if step == 0 else information @ beta
        there = np.asarray(np.linalg.lstsq(information, own + gain, rcond=None)[0], np.float64)
        predictor = offset + (design * there).sum(axis=1)
        reached = _deviance(predictor, target, of_target)
        for _ in range(_HALVINGS if step else 0):
            if reached <= deviance * (1 + 1e-9):
                break
            there = (there + beta) / 2
            predictor = offset + (design * there).sum(axis=1)
            reached = _deviance(predictor, target, of_target)
        beta, mean = there, expit(predictor)
        if abs(reached - deviance) < _TOLERANCE * (abs(reached) + 0.1):
            break
        deviance = reached
    covariance = np.linalg.pinv(information, hermitian=True)
    if units is not None:
        scores = np.zeros((int(units.max()) + 1, len(beta)))
        np.add.at(scores, units, design * (target - mean)[:, None])
        n = len(np.unique(units))
        covariance = covariance @ _sums(scores, scores) @ covariance * n / max(1, n - 1)
    return Fit(tuple(beta.tolist()), tuple(np.sqrt(np.diag(covariance)).tolist()))


def _sums(rows: FloatArray, others: FloatArray) -> FloatArray:
    """`rows.T @ others` without BLAS, whose threads change the last digits from run to run."""
    found: FloatArray = np.einsum("nc,n...->c...", rows, others)
    return found


def _deviance(
    predictor: FloatArray, target: FloatArray, of_target: tuple[FloatArray, FloatArray]
) -> float:
    """Twice the negative log-likelihood less that of the targets themselves, `of_target`."""
    loss = np.maximum(predictor, 0) + log1p(np.exp(-np.abs(predictor))) - target * predictor
    return float(2 * np.sum(loss - of_target[0] - of_target[1]))
