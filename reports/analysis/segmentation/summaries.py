"""What each method's label maps measure, and the best two by measure and by size."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from bench.protocol.cards import Family
from reports.analysis.pairs.candidates import Chosen
from reports.analysis.pairs.pair_tests import estimate
from reports.analysis.segmentation.comparison import SegmentationComparison
from reports.analysis.segmentation.over_cases import Cases, OverCases
from reports.evidence import SIDES, Estimate
from reports.evidence.primary import standing
from reports.evidence.segmentation import (
    ClassMeasures,
    MeasureDifference,
    MeasureSummary,
    SegmentedCase,
    SegmentedMethod,
    SizeGroup,
)
from reports.loading.segmented import SegmentedRun
from reports.statistics.segmentation.emptiness import both_empty
from reports.statistics.segmentation.measures import (
    LOWER_IS_BETTER,
    REGION_MEASURES,
    RegionMeasure,
)

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

SIZE_GROUPS = 3
"""Small, middle and large regions, as many cases of each."""

LEAST_OF_SIZE = 10
"""Cases of a group of similar size, at least."""


def segmented_methods(compared: SegmentationComparison) -> tuple[SegmentedMethod, ...]:
    """Every method with a result on all test cases, by family, then best first."""
    found = [
        _summed_up(compared, Chosen(name), name, family) for name, family in compared.family.items()
    ]
    order = ("deep", "classical", "hybrid", "control")
    return tuple(sorted(found, key=lambda m: (order.index(m.family), -m.dice.mean.value, m.name)))


def standing_methods(compared: SegmentationComparison) -> tuple[SegmentedMethod, ...]:
    """What stands for the deep and for the classical side, as far as there is something."""
    return tuple(
        _summed_up(compared, chosen, standing(chosen.name, chosen.times), side)
        for side in SIDES
        if (chosen := compared.chosen(side)) is not None
    )


def _summed_up(
    compared: SegmentationComparison, chosen: Chosen, name: str, family: Family
) -> SegmentedMethod:
    runs = compared.runs
    several = len(runs.class_names) > 1
    own, present = compared.runs_of(chosen), compared.present(chosen)
    return SegmentedMethod(
        name=name,
        family=family,
        measures=_summaries(compared, chosen),
        misses=_share(compared, own, runs.shares.sum(axis=1) > 0, _missed),
        false_alarms=_share(compared, own, runs.shares.sum(axis=1) == 0, _found_something),
        both_empty=_both_empty(compared, own),
        present=None if present is None else present[0].estimate(present[1]),
        validation=_mean([run.validation for run in own]),
        validation_both_empty=_mean([run.validation_both_empty for run in own]),
        validation_present=_mean([run.validation_present for run in own]),
        seed_sd=_seed_sd(own),
        per_class=tuple(
            _class(compared, chosen, k) for k in range(len(runs.class_names) if several else 0)
        ),
        is_champion=chosen.name in compared.champions.values(),
    )


def _class(compared: SegmentationComparison, chosen: Chosen, k: int) -> ClassMeasures:
    there, own = compared.runs.shares[:, k] > 0, compared.runs_of(chosen)
    return ClassMeasures(
        name=compared.runs.class_names[k],
        present=int(there.sum()),
        misses=_share(compared, own, there, lambda dice, _: dice[:, k] == 0),
        measures=_summaries(compared, chosen, k),
    )


def _summaries(
    compared: SegmentationComparison, chosen: Chosen, of_class: int | None = None
) -> tuple[MeasureSummary, ...]:
    found = []
    for column, measure in enumerate(REGION_MEASURES):
        one = compared.measure(chosen, column, of_class)
        if one is not None:
            found.append(_summary(compared.cases, measure, one))
    return tuple(found)


def _summary(cases: Cases, measure: RegionMeasure, one: OverCases) -> MeasureSummary:
    most = np.inf if measure == "hd95" else 1.0
    quantiles = np.quantile(one.values, QUANTILES).tolist()
    return MeasureSummary(measure, cases.estimate(one, 0.0, most), *quantiles)


def _missed(dice: FloatArray, shares: FloatArray) -> BoolArray:
    """`(n,)` whether nothing of all that is there was found."""
    return np.asarray(((dice == 0) | (shares == 0)).all(axis=1), dtype=bool)


def _found_something(dice: FloatArray, shares: FloatArray) -> BoolArray:
    """`(n,)` whether something was found of what is not there."""
    return np.asarray(((dice == 0) & (shares == 0)).any(axis=1), dtype=bool)


def _share(
    compared: SegmentationComparison,
    own: Sequence[SegmentedRun],
    wanted: BoolArray,
    which: Callable[[FloatArray, FloatArray], BoolArray],
) -> float | None:
    """Share of the wanted cases of which something holds, over all runs; None without any case."""
    found = []
    for run in own:
        rows = compared.runs.rows[run.part]
        asked = wanted[rows]
        found.append(which(run.values[asked][:, :, 0], compared.runs.shares[rows][asked]))
    flags = np.concatenate(found) if found else np.zeros(0, dtype=bool)
    return float(flags.mean()) if len(flags) else None


def _both_empty(compared: SegmentationComparison, own: Sequence[SegmentedRun]) -> float:
    """Share of the pairs of a case and a class that are empty in truth and prediction."""
    there = compared.runs.shares > 0
    flags = [both_empty(run.values[:, :, 0], there[compared.runs.rows[run.part]]) for run in own]
    return float(np.concatenate(flags).mean())


def _mean(values: Sequence[float | None]) -> float | None:
    """Of those that are known; None where none is."""
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _seed_sd(own: Sequence[SegmentedRun]) -> float | None:
    """Of the mean Dice between seeds, each a mean over its folds."""
    by_seed: dict[int | None, list[float]] = {}
    for run in own:
        mean = float(run.over_classes[:, 0].mean()) if len(run.values) else 0.0
        by_seed.setdefault(run.measured.run.trial.seed, []).append(mean)
    means = [fmean(each) for each in by_seed.values()]
    return float(np.std(means, ddof=1)) if len(means) > 1 else None


def best_two(compared: SegmentationComparison) -> tuple[Chosen, Chosen] | None:
    """What stands for the deep and for the classical side; None where one is missing."""
    deep, classical = (compared.chosen(side) for side in SIDES)
    return None if compared.obstacle or deep is None or classical is None else (deep, classical)


def _n_candidates(two: tuple[Chosen, Chosen]) -> tuple[int, int]:
    """Among how many methods with several seeds each was chosen."""
    return two[0].n_candidates, two[1].n_candidates


def single_cases(compared: SegmentationComparison) -> tuple[SegmentedCase, ...]:
    """The best two on every test case; () where one is missing."""
    both = dice_of_both(compared)
    if both is None:
        return ()
    order = np.argsort(compared.runs.case_ids, kind="stable")
    areas = compared.runs.shares.sum(axis=1)
    return tuple(
        SegmentedCase(
            str(compared.runs.case_ids[row]),
            float(areas[row]),
            float(both[0].values[row]),
            float(both[1].values[row]),
        )
        for row in order
    )


def measure_differences(compared: SegmentationComparison) -> tuple[MeasureDifference, ...]:
    """The best two by every measure; () where they are not compared."""
    two = best_two(compared)
    found = []
    for column, measure in enumerate(REGION_MEASURES if two else ()):
        assert two is not None  # else there is no measure
        deep, classical = (compared.measure(one, column) for one in two)
        if deep is None or classical is None:
            continue
        means = deep.mean, classical.mean
        if measure in LOWER_IS_BETTER:  # the choice flatters what is low
            deep, classical = _mirrored(deep), _mirrored(classical)
        tested = compared.cases.difference(deep, classical, _n_candidates(two))
        if tested is not None:
            low, high = tested.difference.interval(compared.cases.level)
            most = np.inf if measure == "hd95" else 1.0
            d = Estimate(tested.difference.d, max(-most, low), min(most, high), tested.test)
            found.append(MeasureDifference(measure, *means, d, tested.p))
    return tuple(found)


def _mirrored(one: OverCases) -> OverCases:
    """With the other sign, so that more is better."""
    return replace(one, values=-one.values, draws=tuple(-mean for mean in one.draws))


def by_size(compared: SegmentationComparison) -> tuple[SizeGroup, ...]:
    """The best two on small, middle and large regions; () with fewer than ten cases of each."""
    both = dice_of_both(compared)
    areas = compared.runs.shares.sum(axis=1)
    some = np.flatnonzero(areas > 0)
    if both is None or len(some) < SIZE_GROUPS * LEAST_OF_SIZE:
        return ()
    found = []
    for rows in np.array_split(some[np.argsort(areas[some], kind="stable")], SIZE_GROUPS):
        deep, classical, difference = on_some(compared, both, rows)
        own = areas[rows]
        found.append(
            SizeGroup(
                float(own.min()),
                float(own.max()),
                len(rows),
                deep.value,
                classical.value,
                difference,
            )
        )
    return tuple(found)


def dice_of_both(compared: SegmentationComparison) -> tuple[OverCases, OverCases] | None:
    """Dice of the best two on every test case; None where one is missing."""
    two = best_two(compared)
    if two is None:
        return None
    deep, classical = (compared.measure(one, 0) for one in two)
    return None if deep is None or classical is None else (deep, classical)


def on_some(
    compared: SegmentationComparison, both: tuple[OverCases, OverCases], rows: IntArray
) -> tuple[Estimate, Estimate, Estimate]:
    """The two and their difference on some of the cases; seeds and draws are those of all cases."""
    cases = compared.cases.of(rows)
    deep, classical = (replace(one, values=one.values[rows]) for one in both)
    difference = difference_of(compared, cases, deep, classical)
    return cases.estimate(deep), cases.estimate(classical), difference


def difference_of(
    compared: SegmentationComparison, cases: Cases, deep: OverCases, classical: OverCases
) -> Estimate:
    """Deep − classical with its interval where there is one, on any cases.

    Args:
        compared: where the two were chosen.
        cases: those that the two are of.
        deep, classical: the best two.
    """
    two = best_two(compared)
    assert two is not None  # else there is no difference to tell
    tested = cases.difference(deep, classical, _n_candidates(two))
    if tested is None:
        return Estimate(deep.mean - classical.mean)
    return estimate(tested, cases.level)
