"""Two methods where few false alarms are allowed: partial AUC, and sensitivity at a specificity.

The difference of partial AUCs is tested as pROC does it, by the standard deviation of its bootstrap
replicates (Robin et al. 2011, BMC Bioinformatics 12:77); patients are drawn with all of their
cases, and both methods see the same samples. The sensitivity at a specificity is that at the
threshold which reaches the specificity on validation: what a user of the method would see. The
decisions on test are then compared as paired proportions, and the specificity that was reached
stands beside, as it may differ from what was aimed at.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.statistics.contrast import Difference, cases_df, degrees_of_freedom
from reports.statistics.curves import curves
from reports.statistics.discordance import Discordance, discordance
from reports.statistics.partial import partial_areas
from reports.statistics.resampling import REPETITIONS, samples

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


class PartialDifference(NamedTuple):
    """Partial AUC of a − that of b.

    Attributes:
        a, b: raw partial areas, mean over seeds.
        difference: with its error.
    """

    a: float
    b: float
    difference: Difference


def partial_difference(
    is_positive: BoolArray,
    a: FloatArray,
    b: FloatArray,
    low: float = 0.9,
    units: IntArray | None = None,
    repetitions: int = REPETITIONS,
    random_state: int = 0,
) -> PartialDifference:
    """Compare the areas at a specificity of at least `low`.

    Args:
        is_positive: `(n,)` truth.
        a, b: `(s, n)` and `(t, n)` scores of the seeds, higher means positive.
        low: specificity from which the area is counted.
        units: `(n,)` patients as `0..u-1`, or None.
        repetitions, random_state: of the bootstrap.

    Raises:
        ValueError: if a class is absent, a score is not finite or the range is empty.
    """
    runs = [*a, *b]
    each = np.array([partial_areas(curves(is_positive, run), low)[0] for run in runs])
    replicates = np.concatenate(
        [
            np.column_stack([partial_areas(curves(is_positive, run, drawn), low) for run in runs])
            for drawn in samples(is_positive.astype(np.int64), units, repetitions, random_state)
        ]
    )
    weights = np.concatenate([np.full(len(a), 1 / len(a)), np.full(len(b), -1 / len(b))])
    m, n = _sizes(is_positive, units)
    # One case more on either side, as in `zero_discordance`; within the range a negative case can
    # cost the whole height of the curve, a positive one the width of the range.
    least = math.sqrt(2) * math.hypot((1 - low) / (2 * (m + 2)), 1 / (2 * (n + 2)))
    shown = float(np.std(replicates @ weights, ddof=1))
    error = max(shown, least)
    seeds = tuple(
        (float(own.var(ddof=1)) / len(own) if len(own) > 1 else 0.0, len(own))
        for own in (each[: len(a)], each[len(a) :])
    )
    difference = Difference(
        float(weights @ each),
        error,
        math.sqrt(sum(variance for variance, _ in seeds)),
        degrees_of_freedom(error, cases_df(min(m, n)), seeds),
        at_least=shown < least,
    )
    return PartialDifference(float(each[: len(a)].mean()), float(each[len(a) :].mean()), difference)


def specific_threshold(is_positive: BoolArray, score: FloatArray, specificity: float) -> float:
    """The lowest threshold at which validation has at least this specificity.

    At or above it a case is called positive. Midway between neighbouring scores.

    Args:
        is_positive: `(n,)` truth on validation.
        score: `(n,)`.
        specificity: strictly between 0 and 1.

    Raises:
        ValueError: if there is no negative case, or the specificity is none.

    >>> truth = np.array([True, False, False, False, False])
    >>> specific_threshold(truth, np.array([0.9, 0.8, 0.4, 0.2, 0.1]), 0.75)
    0.6000000000000001
    """
    negatives = score[~is_positive]
    if len(negatives) == 0 or not 0 < specificity < 1:
        raise ValueError(f"negative cases and a specificity within 0 and 1: {specificity}")
    values = np.unique(score)
    called = len(negatives) - np.searchsorted(np.sort(negatives), values, side="left")
    enough = 1 - called / len(negatives) >= specificity - 1e-12
    if not enough.any():
        return float(np.nextafter(values[-1], np.inf))
    first = int(np.argmax(enough))
    return float((values[first - 1] + values[first]) / 2) if first else float(values[0])


class FixedDifference(NamedTuple):
    """Two methods at thresholds that were fixed on validation.

    Attributes:
        sensitivity: decisions on the positive test cases; its accuracies are the sensitivities.
        specificity: decisions on the negative ones: the specificities that were reached.
    """

    sensitivity: Discordance
    specificity: Discordance


def fixed_difference(
    is_positive: BoolArray,
    called_a: BoolArray,
    called_b: BoolArray,
    units: IntArray | None = None,
    level: float = 0.95,
    unit: str = "patient",
) -> FixedDifference:
    """Compare the decisions of two methods on test.

    Args:
        is_positive: `(n,)` truth.
        called_a, called_b: `(s, n)` and `(t, n)` whether each run calls each case positive.
        units: `(n,)` patients as `0..u-1`, or None.
        level: of the intervals.
        unit: what counts as one, for the name of the test.

    Raises:
        ValueError: if a class is absent, or the shapes do not fit.
    """
    positive, negative = (
        discordance(
            called_a[:, own] == truth,
            called_b[:, own] == truth,
            None if units is None else np.unique(units[own], return_inverse=True)[1],
            level,
            unit,
        )
        for truth, own in ((True, is_positive), (False, ~is_positive))
    )
    return FixedDifference(positive, negative)


def _sizes(is_positive: BoolArray, units: IntArray | None) -> tuple[int, int]:
    if units is None:
        return int(is_positive.sum()), int((~is_positive).sum())
    return len(np.unique(units[is_positive])), len(np.unique(units[~is_positive]))
