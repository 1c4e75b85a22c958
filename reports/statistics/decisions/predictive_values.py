"""What a positive and a negative answer mean where the condition is as rare as a reader says.

Bayes' theorem on the logit scale: logit PPV = logit π + log(sensitivity / (1 − specificity)) and
logit NPV = logit(1 − π) + log(specificity / (1 − sensitivity)). Sensitivity and specificity are
known from different cases, so that the distances of their limits, on the log scale, add up in
squares (Zou & Donner 2008, Statistics in Medicine 27:1693; compare Mercaldo, Lau & Zhou 2007,
Statistics in Medicine 26:2170, whose standard logit interval fails where a count is 0). The
prevalence is taken to be known.
"""

import math
from typing import NamedTuple

Limits = tuple[float, float]

_ZERO = 1e-12  # a rate of 0 or 1 has a finite logarithm, beyond all limits


class PredictiveValues(NamedTuple):
    """Probability of being right, each with its limits.

    Attributes:
        ppv: of the condition after a positive answer.
        npv: of its absence after a negative one.
        ppv_limits, npv_limits: their intervals.
    """

    ppv: float
    ppv_limits: Limits
    npv: float
    npv_limits: Limits


def predictive_values(
    sensitivity: float,
    sensitivity_limits: Limits,
    specificity: float,
    specificity_limits: Limits,
    prevalence: float,
) -> PredictiveValues:
    """PPV and NPV at a prevalence.

    Args:
        sensitivity, specificity: in [0, 1].
        sensitivity_limits, specificity_limits: their intervals of the wanted level, for example
            Wilson's, or those of patients.
        prevalence: strictly between 0 and 1.

    Raises:
        ValueError: if a rate lies outside its limits or is none, or the prevalence is none.

    >>> found = predictive_values(0.9, (0.8, 0.95), 0.9, (0.85, 0.93), 0.01)
    >>> round(found.ppv, 3), [round(limit, 3) for limit in found.ppv_limits]
    (0.083, [0.056, 0.115])
    """
    for rate, (low, high) in (
        (sensitivity, sensitivity_limits),
        (specificity, specificity_limits),
    ):
        if not 0 <= low <= rate <= high <= 1:
            raise ValueError(f"{rate} is no rate with the limits {low} and {high}")
    if not 0 < prevalence < 1:
        raise ValueError(f"a prevalence lies strictly between 0 and 1, not {prevalence}")
    odds = math.log(prevalence / (1 - prevalence))
    ppv, ppv_limits = _after(sensitivity, sensitivity_limits, specificity, specificity_limits, odds)
    npv, npv_limits = _after(
        specificity, specificity_limits, sensitivity, sensitivity_limits, -odds
    )
    return PredictiveValues(ppv, ppv_limits, npv, npv_limits)


def _after(
    hit: float, hit_limits: Limits, other: float, other_limits: Limits, odds: float
) -> tuple[float, Limits]:
    """Probability after an answer given at rate `hit`, and at rate 1 − other by mistake."""
    right, false = _log(hit), _log(1 - other)
    ratio = right - false
    below = math.hypot(right - _log(hit_limits[0]), _log(1 - other_limits[0]) - false)
    above = math.hypot(_log(hit_limits[1]) - right, false - _log(1 - other_limits[1]))
    value = _expit(odds + ratio)
    return value, (
        min(value, _expit(odds + ratio - below)),
        max(value, _expit(odds + ratio + above)),
    )


def _log(rate: float) -> float:
    return math.log(max(rate, _ZERO))


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > 0 else math.exp(x) / (1 + math.exp(x))
