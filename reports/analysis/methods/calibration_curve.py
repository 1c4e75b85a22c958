"""How far a method's probabilities lie from what happens: curve without bins, O:E, Brier score."""

from collections.abc import Sequence
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from reports.analysis.methods.answers import Answer, whole_seeds
from reports.evidence import Estimate, SmoothCurve
from reports.statistics.losses import brier_losses
from reports.statistics.probabilities.calibration_intervals import (
    mean_difference,
    observed_to_expected,
)
from reports.statistics.probabilities.smooth_calibration import (
    curve_distances,
    smooth_calibration,
)

IntArray = NDArray[np.int64]

REPETITIONS = 200
"""Of the bootstrap of a curve; its band is drawn, not tested."""

BOOTSTRAP = "bootstrap"
MEAN = "error of a mean over cases"
MEAN_BY_UNIT = "error of a mean over {}"
RATIO = "log ratio"


def brier(
    told: Sequence[Answer],
    positive: int | None,
    units: IntArray | None,
    n_cases: int,
    level: float,
    named: str = "patients",
) -> Estimate:
    """Brier score, mean over cases and seeds; without an interval where no seed has every fold.

    Args:
        told: of the runs.
        positive: of two classes the one whose probability counts, or None.
        units: `(n,)` patients of all cases, or None.
        n_cases: n, over all folds.
        level: of the interval.
        named: what the units are called.
    """
    losses = [brier_losses(one.labels, one.probabilities, positive) for one in told]
    plain = Estimate(fmean(float(own.mean()) for own in losses))
    whole = whole_seeds(told, losses, n_cases)
    n_units = whole.shape[1] if units is None else len(np.unique(units))
    if not len(whole) or n_units < 2:
        return plain
    found = mean_difference(whole, np.zeros((1, whole.shape[1])), units)
    low, high = found.interval(level)
    most = 1.0 if positive is not None else 2.0
    name = MEAN if units is None else MEAN_BY_UNIT.format(named)
    return Estimate(found.d, max(0.0, low), min(most, high), name)


def expected(
    told: Sequence[Answer], positive: int | None, units: IntArray | None, level: float
) -> Estimate | None:
    """Observed over expected cases of all runs together; seeds add no cases."""
    truth, said, own = _together(told, positive, units)
    found = observed_to_expected(truth, said, own, level)
    return None if found is None else Estimate(*found, RATIO)


def smooth(
    told: Sequence[Answer],
    positive: int | None,
    units: IntArray | None,
    level: float,
    *,
    drawn: bool,
) -> tuple[SmoothCurve | None, tuple[Estimate | None, Estimate | None, Estimate | None]]:
    """The curve of all runs together, and ICI, E50 and E90.

    Args:
        told: of the runs.
        positive: as of `Answer.told`.
        units: patients of all cases, or None.
        level: of the band and the intervals.
        drawn: whether the curve and the intervals are wanted, which take a bootstrap.
    """
    truth, said, own = _together(told, positive, units)
    if not drawn:
        plain = curve_distances(truth, said)
        if plain is None:
            return None, (None, None, None)
        return None, (Estimate(plain[0]), Estimate(plain[1]), Estimate(plain[2]))
    found = smooth_calibration(truth, said, own, level, REPETITIONS)
    if found is None:
        return None, (None, None, None)
    curve = SmoothCurve(
        *(
            tuple(values.tolist())
            for values in (found.predicted, found.observed, found.low, found.high)
        )
    )
    ici, e50, e90 = (Estimate(*index, BOOTSTRAP) for index in (found.ici, found.e50, found.e90))
    return curve, (ici, e50, e90)


def _together(
    told: Sequence[Answer], positive: int | None, units: IntArray | None
) -> tuple[NDArray[np.bool_], NDArray[np.float64], IntArray]:
    """Truth, probability and unit of the cases of all runs, one below the other."""
    both = [one.told(positive) for one in told]
    cases = np.concatenate([one.cases for one in told])
    own = np.unique(cases if units is None else units[cases], return_inverse=True)[1]
    return (
        np.concatenate([truth for truth, _ in both]),
        np.concatenate([said for _, said in both]),
        own.astype(np.int64),
    )
