"""How many test cases a question needs, whatever difference was seen.

Two questions that can be asked before a study and after it: how many cases find a difference of δ
with 80 % power, and how many give an interval of d ± δ. The observed difference plays no part, nor
does its sign: it is an estimate, and the number of cases that follows from it scatters over orders
of magnitude in repeats of the same study. What is taken from the data, where there are some, is how
large the errors are. Where the error is larger on one side, both questions are answered for that
side.
"""

import math
from collections.abc import Callable

from scipy.optimize import brentq

from reports.statistics.contrast import POWER
from reports.statistics.power import TestModel

MOST = 1e4
"""Times the cases at hand: not counted out further."""


def cases_for_difference(model: TestModel, worse: float, difference: float) -> float | None:
    """How many times the cases at hand find a difference with 80 % power.

    Whichever of the two is the better one: where one direction takes more cases, it counts. Nor
    fewer than an interval of that half width takes where both AUCs are the worse one: near an AUC
    of 1 errors shrink as the better one rises, which is not to be counted on.

    Args:
        model: the test on the cases at hand.
        worse: AUC of the worse method.
        difference: true difference that is to be found, above 0.

    Returns:
        Below 1 where fewer would do; None where 10,000 times as many do not (the seeds vary too
        much), or no AUC is better by so much.

    Raises:
        ValueError: if an argument is out of range.

    >>> model = TestModel(200, 200, (200, 200))
    >>> round(cases_for_difference(model, 0.85, 0.051), 1)
    1.0
    """
    _check(worse, difference)
    if worse + difference >= 1:
        return None
    better = worse + difference
    most = cases_for_interval(model, worse, difference)
    for way in model.either_way():
        times = _times(_power_beyond(way, better, worse))
        most = None if most is None or times is None else max(most, times)
    return most


def _power_beyond(model: TestModel, better: float, worse: float) -> Callable[[float], float]:
    """By how much the power of so many times the cases exceeds 80 %."""
    return lambda factor: model.times(factor).power(better, worse) - POWER


def cases_for_interval(model: TestModel, auc: float, half_width: float) -> float | None:
    """How many times the cases at hand give an interval that reaches so far to either side.

    Args:
        model: the test on the cases at hand.
        auc: of both methods, which are taken to be equal.
        half_width: mean distance between d and the further limit, above 0.

    Returns:
        As of `cases_for_difference`.

    Raises:
        ValueError: if an argument is out of range.

    >>> model = TestModel(200, 200, (200, 200))
    >>> round(cases_for_interval(model, 0.85, 0.02), 1)
    3.8
    """
    _check(auc, half_width)
    return _times(lambda factor: half_width - model.times(factor).half_width(auc, auc))


def _check(auc: float, distance: float) -> None:
    if not 0 < auc < 1 or not 0 < distance < 1:
        raise ValueError(
            f"an AUC and a distance strictly between 0 and 1 are needed: {auc}, {distance}"
        )


def _times(enough: Callable[[float], float]) -> float | None:
    """The factor from which on it is enough."""

    def on_log_scale(logarithm: float) -> float:
        return enough(math.exp(logarithm))

    # outwards from the cases at hand, near which the answer usually lies
    most = math.log(MOST)
    is_enough = on_log_scale(0.0) >= 0
    near, far = 0.0, 1.0
    while (on_log_scale(-far if is_enough else far) >= 0) == is_enough:
        if far == most:
            return 1 / MOST if is_enough else None
        near, far = far, min(3 * far, most)
    least, most = (-far, -near) if is_enough else (near, far)
    return math.exp(brentq(on_log_scale, least, most, xtol=0.005))
