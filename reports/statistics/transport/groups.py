"""The worst of several groups and the gap between best and worst, with intervals that are honest.

The group with the lowest AUC looks worse than it is, since it is the lowest by chance too, and the
gap between highest and lowest is above 0 even where all groups are alike. So

- the interval of the worst AUC is one of the lowest true AUC, whichever group has it: from the
  lowest of the single lower limits (for the truly worst group its own one holds) to the lowest of
  the upper limits that hold for all groups at once (Bonferroni);
- the interval of the gap goes from the highest of the lower to the highest of the upper limits of
  the differences of all pairs of groups, which hold at once (Bonferroni; each from the limits of
  its two AUCs, Zou & Donner 2008), and begins at 0 where every one of them holds 0;
- beside the gap stands the one that chance alone makes on average, and how often chance alone makes
  one as large, were all AUCs the same (normal, with the errors found).
"""

from collections.abc import Sequence
from itertools import permutations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from reports.statistics.difference_interval import difference_interval

FloatArray = NDArray[np.float64]

DRAWS = 10_000
"""Of the distribution of a gap between groups that are alike."""

Limits = tuple[float, float]


class Gap(NamedTuple):
    """Best and worst of several groups.

    Attributes:
        worst, best: places of the groups.
        worst_limits: of the lowest true AUC.
        gap: highest less lowest AUC as estimated.
        gap_limits: of the true gap.
        by_chance: mean gap if all groups were alike.
        p: probability of a gap as large if all groups were alike.
    """

    worst: int
    best: int
    worst_limits: Limits
    gap: float
    gap_limits: Limits
    by_chance: float
    p: float


def level_of_all(level: float, groups: int) -> float:
    """The level of single intervals that hold together at `level` (Bonferroni).

    >>> round(level_of_all(0.95, 5), 3)
    0.99
    """
    return 1 - (1 - level) / max(1, groups)


def pairs_of(groups: int) -> int:
    """How many pairs there are of so many groups."""
    return groups * (groups - 1) // 2


def gap(
    aucs: Sequence[float],
    single: Sequence[Limits],
    together: Sequence[Limits],
    by_pair: Sequence[Limits],
    level: float = 0.95,
) -> Gap:
    """Worst, best and gap.

    Args:
        aucs: of at least two groups, whose cases are independent of each other.
        single: the interval of each, of level `level`.
        together: the interval of each, of level `level_of_all(level, groups)`.
        by_pair: the interval of each, of level `level_of_all(level, pairs_of(groups))`.
        level: of the results.

    Raises:
        ValueError: if there are fewer than two groups, or their numbers differ.

    >>> limits = [(0.85, 0.94), (0.72, 0.87)]
    >>> one = gap([0.9, 0.8], limits, [(0.84, 0.95), (0.71, 0.88)], limits)
    >>> one.worst, round(one.gap, 3), round(one.gap_limits[0], 3)
    (1, 0.1, 0.014)
    """
    values = [float(auc) for auc in aucs]
    if len(values) < 2 or not len(values) == len(single) == len(by_pair):
        raise ValueError(f"intervals of at least two groups are needed, not {len(values)}")
    worst, best = int(np.argmin(values)), int(np.argmax(values))
    lowest = min(limits[0] for limits in single)
    highest = min(limits[1] for limits in together)
    found = values[best] - values[worst]
    each = [
        difference_interval(values[i], by_pair[i], values[j], by_pair[j], 0.0)
        for i, j in permutations(range(len(values)), 2)
    ]
    least, most = max(0.0, *(low for low, _ in each)), max(high for _, high in each)
    alike = _gaps_by_chance(np.array(single, dtype=float), level)
    return Gap(
        worst,
        best,
        (lowest, highest),
        found,
        (min(least, found), max(most, found)),
        float(alike.mean()),
        float(((alike >= found - 1e-12).sum() + 1) / (len(alike) + 1)),
    )


def _gaps_by_chance(single: FloatArray, level: float) -> FloatArray:
    """Gaps of groups that are alike, with the errors that the intervals have."""
    errors = (single[:, 1] - single[:, 0]) / (2 * float(ndtri((1 + level) / 2)))
    rng = np.random.default_rng(0)
    drawn = rng.standard_normal((DRAWS, len(errors))) * errors
    return np.asarray(np.ptp(drawn, axis=1), dtype=np.float64)
