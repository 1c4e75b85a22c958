"""The AUC over the folds of a cross-validation, in which every case is tested once.

LeDell, Petersen & van der Laan 2015 (Electronic Journal of Statistics 9:1583): the mean of the
folds' AUCs has the error that follows from the influence of every case on the AUC of its own fold.
Within a fold that is DeLong's covariance, or Obuchowski's where patients have several images. So
the error shrinks with the number of all cases, and not with the number of folds.

Two sides are compared as procedures: in every fold each side brings the score vectors of the model
that was best on the validation part of that fold, which may be another model in another fold. No
test case of a fold has chosen it. Where the folds were drawn several times, a case's influences are
averaged over the repeats before they are squared, since they are of the same case, and the variance
between repeats is added.

LeDell's error is that of the models that were trained. Every test case is also a training case of
other folds, so that the folds of another sample would differ by more: by 1.0 to 1.7 times that
variance with linear discriminant analysis of 1 to 100 features on 100 to 1,000 cases and 2 to 10
folds (`tests/benchmarks/fold_verdicts.py`). The folds themselves hardly show it, as their errors
move together. So `OVERLAP` of the cases' variance is added, of an AUC (1.2 to 1.6 times there) as
of a difference. Of that variance the part is left out by which it is larger because a fold tests
few cases, 1 of m of the smallest class: training does not depend on how many are tested at once.
Nadeau and Bengio's correction assumes more, and estimates all of it from a few folds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reports.statistics.auc import components
from reports.statistics.auc_interval import AucInterval, auc_interval
from reports.statistics.contrast import FEW_CASES, Difference, cases_df, degrees_of_freedom
from reports.statistics.difference_interval import difference_interval
from reports.statistics.midranks import doubled_midranks
from reports.statistics.permutation import swap_test, swap_weights
from reports.statistics.zero_discordance import least_error

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

OVERLAP = 0.55
"""What overlapping training parts add to the variance of a difference, as a share of the cases'."""


@dataclass(frozen=True, eq=False)
class Fold:
    """The test cases of a fold and what the two sides say of them.

    Attributes:
        labels: `(n,)` in `0..k-1`; at least two classes.
        a, b: `(s, n, k)` and `(t, n, k)` class probabilities, one row of cases per seed.
        units: `(n,)` which cases (or patients) of the whole data set these are, `0..u-1`, the same
            numbers in every repeat.
        repeat: which drawing of the folds this one belongs to.
    """

    labels: IntArray
    a: FloatArray
    b: FloatArray
    units: IntArray
    repeat: int = 0


@dataclass(frozen=True, eq=False)
class FoldDifference:
    """Two sides over all folds.

    Attributes:
        difference: mean over folds of AUC(a) − AUC(b); `se_seeds` holds what seeds, repeats and
            overlapping training parts add.
        p: two-sided, of no difference: the test on `difference`, and with few cases the larger p of
            that and of a permutation that swaps the two sides' ranks within folds.
        a, b: each side's mean AUC with its interval.
        auc_a, auc_b: the means.
        each: `(folds,)` differences, in the order given.
    """

    difference: Difference
    p: float
    a: AucInterval
    b: AucInterval
    auc_a: float
    auc_b: float
    each: FloatArray


def fold_difference(
    folds: Sequence[Fold], positive: int | None, level: float = 0.95, *, clustered: bool = False
) -> FoldDifference:
    """Compare two sides over the folds.

    Args:
        folds: of one or several repeats; every repeat tests the same cases.
        positive: of two classes the one to be found; None averages the one-against-rest AUCs.
        level: of the intervals.
        clustered: whether `units` are patients with several cases.

    Raises:
        ValueError: if there are no folds, a fold has cases of one class only, or repeats have
            different numbers of folds.
    """
    repeats = sorted({fold.repeat for fold in folds})
    sizes = {sum(fold.repeat == repeat for fold in folds) for repeat in repeats}
    if len(sizes) != 1:
        raise ValueError(f"every repeat needs the same number of folds, not {sorted(sizes)}")
    found = _summed(folds, positive, clustered=clustered)
    counts = _counts(folds, repeats[0], clustered=clustered)
    seeds, between = _seeds(found), _between(found.each[:, 2], folds, repeats)
    extra = tuple((variance, count) for variance, count in (*seeds, between))
    overlap = OVERLAP * _of_many(folds)
    shown, least = math.sqrt(found.variance(np.array([1.0, -1.0]))), least_error(counts)
    se_cases = max(shown, least)
    known = cases_df(min(counts))
    auc_a, auc_b = found.auc
    a, b = (
        auc_interval(
            found.auc[side],
            math.sqrt((1 + overlap) * found.variance(np.eye(2)[side])),
            counts,
            level,
            seeds[side],
            clustered=clustered,
        )
        for side in (0, 1)
    )
    difference = Difference(
        auc_a - auc_b,
        se_cases,
        math.sqrt(overlap * se_cases**2 + sum(variance for variance, _ in extra)),
        degrees_of_freedom(math.sqrt(1 + overlap) * se_cases, known, extra),
        at_least=shown < least,
    )
    difference = _stretched(difference, found, counts, level, known, clustered=clustered)
    p = difference.p()
    if min(counts) < FEW_CASES:
        shrink = difference.se_cases / difference.se
        p = max(p, float(swap_test(_swaps(folds, positive)[None], None, shrink)[0]))
    return FoldDifference(difference, p, a, b, auc_a, auc_b, found.each[:, 2])


@dataclass(frozen=True, eq=False)
class _Summed:
    """`(folds, 3)` of a, b and d; `(2, u)` influences of units through both kinds of cases."""

    each: FloatArray
    positive: FloatArray
    negative: FloatArray
    cross: float
    seeds: tuple[list[tuple[float, int]], list[tuple[float, int]]]

    @property
    def auc(self) -> tuple[float, float]:
        a, b, _ = self.each.mean(axis=0)
        return float(a), float(b)

    def variance(self, weights: FloatArray) -> float:
        own, others = weights @ self.positive, weights @ self.negative
        return max(0.0, float(own @ own + others @ others + 2 * self.cross * own @ others))


def _summed(folds: Sequence[Fold], positive: int | None, *, clustered: bool) -> _Summed:
    u = 1 + max(int(fold.units.max()) for fold in folds)
    each = np.empty((len(folds), 3))
    influence = np.zeros((2, 2, u))  # through positive and negative, of a and b
    seeds: tuple[list[tuple[float, int]], list[tuple[float, int]]] = ([], [])
    crosses = []
    for row, fold in enumerate(folds):
        present, within = np.unique(fold.units, return_inverse=True)
        own = components(
            fold.labels,
            np.concatenate([fold.a, fold.b]),
            positive,
            within.astype(np.int64) if clustered else None,
        )
        place = present if clustered else fold.units
        for side, (start, stop) in enumerate(((0, len(fold.a)), (len(fold.a), len(own.auc)))):
            each[row, side] = own.auc[start:stop].mean()
            influence[0, side, place] += own.positive[start:stop].mean(axis=0)
            influence[1, side, place] += own.negative[start:stop].mean(axis=0)
            runs = stop - start
            spread = float(own.auc[start:stop].var(ddof=1)) / runs if runs > 1 else 0.0
            seeds[side].append((spread, runs))
        crosses.append(own.cross)
    each[:, 2] = each[:, 0] - each[:, 1]
    influence /= len(folds)
    return _Summed(each, influence[0], influence[1], float(np.mean(crosses)), seeds)


def _seeds(found: _Summed) -> tuple[tuple[float, int], tuple[float, int]]:
    """Per side the variance of its mean because of seeds, and 1 + its degrees of freedom."""
    a, b = (
        (sum(v for v, _ in side) / len(side) ** 2, 1 + sum(runs - 1 for _, runs in side))
        for side in found.seeds
    )
    return a, b


def _between(d: FloatArray, folds: Sequence[Fold], repeats: Sequence[int]) -> tuple[float, int]:
    """Variance of the mean over repeats because they differ, and their number."""
    if len(repeats) < 2:
        return 0.0, 1
    own = np.array([fold.repeat for fold in folds])
    means = np.array([d[own == repeat].mean() for repeat in repeats])
    return float(means.var(ddof=1)) / len(means), len(means)


def _of_many(folds: Sequence[Fold]) -> float:
    """The cases' variance if folds tested very many, as a share of what it is; mean over folds."""
    smallest = [
        min(len(np.unique(fold.units[fold.labels == label])) for label in np.unique(fold.labels))
        for fold in folds
    ]
    return float(np.mean([1 - 1 / m for m in smallest]))


def _counts(folds: Sequence[Fold], repeat: int, *, clustered: bool) -> list[int]:
    """Cases (patients) of each class over the folds of one repeat."""
    own = [fold for fold in folds if fold.repeat == repeat]
    labels = np.concatenate([fold.labels for fold in own])
    units = np.concatenate([fold.units for fold in own])
    if not clustered:
        return [int(count) for count in np.bincount(labels) if count]
    return [len(np.unique(units[labels == label])) for label in np.unique(labels)]


def _stretched(
    difference: Difference,
    found: _Summed,
    counts: Sequence[int],
    level: float,
    df: float,
    *,
    clustered: bool,
) -> Difference:
    """With the reach, to both sides, that follows from the intervals of the two AUCs."""
    own = [found.variance(np.eye(2)[side]) for side in (0, 1)]
    limits = [
        auc_interval(auc, math.sqrt(v), counts, level, clustered=clustered)
        for auc, v in zip(found.auc, own, strict=True)
    ]
    product = math.sqrt(own[0] * own[1])
    shared = (own[0] + own[1] - found.variance(np.array([1.0, -1.0]))) / 2
    correlation = min(max(shared / product, -1.0), 1.0) if product > 1e-18 else 0.0
    low, high = difference_interval(
        found.auc[0], limits[0][:2], found.auc[1], limits[1][:2], correlation
    )
    reach = Difference(0.0, difference.se_cases, df=df).interval(level)[1]
    return replace(
        difference,
        stretch_below=max(1.0, (difference.d - low) / reach),
        stretch_above=max(1.0, (high - difference.d) / reach),
    )


def _swaps(folds: Sequence[Fold], positive: int | None) -> FloatArray:
    """`(u,)` weights whose sum is the difference and whose signed sums are its permutations."""
    weights = np.zeros(1 + max(int(fold.units.max()) for fold in folds))
    for fold in folds:
        classes = np.unique(fold.labels) if positive is None else np.array([positive])
        own = np.mean(
            [
                swap_weights(
                    fold.labels == label,
                    doubled_midranks(fold.a[:, :, label]),
                    doubled_midranks(fold.b[:, :, label]),
                )
                for label in classes
            ],
            axis=0,
        )
        np.add.at(weights, fold.units, own / len(folds))
    return weights
