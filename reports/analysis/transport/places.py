"""All methods in one place: the test part, an external part, a subgroup, spoilt images."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from reports.analysis.methods.answers import patients, stored_answers
from reports.analysis.methods.calibration_curve import expected
from reports.analysis.methods.decisions import rates_elsewhere
from reports.analysis.methods.probabilities import recalibration_line
from reports.analysis.pairs.counted_classes import units_per_class
from reports.analysis.pairs.folds import CrossValidated
from reports.analysis.pairs.single_split import SingleSplit
from reports.analysis.transport.sides import (
    Sides,
    counted_classes,
    has_aucs,
    obstacle,
    on_classes,
    paired_on,
)
from reports.evidence import AtPlace, Estimate, HypothesisTest, Place, PlaceKind
from reports.loading.selection import DatasetRuns, TestSize
from reports.statistics.transport.degradation import share_lost

DELONG = "DeLong, clustered by patient where these are known"

FAMILIES = ("deep", "classical", "hybrid", "control")


def place(
    data: DatasetRuns,
    sides: Sides,
    kind: PlaceKind,
    name: str,
    *,
    column: str = "",
    severity: int = 0,
    untested: str = "",
    before: Place | None = None,
    here: DatasetRuns | None = None,
) -> Place:
    """Every method with a result on these cases, and d.

    Args:
        data: the runs on the cases of the place.
        sides: the two models of which d is the difference.
        kind, name, column, severity: as of `Place`.
        untested: its `obstacle`.
        before: the test part, of which methods may lose something here.
        here: the runs on the test part.
    """
    size, names = TestSize.of(data), data.card.class_names
    present = np.flatnonzero(units_per_class(data))
    card = {run.run.trial.method: run.run.method for run in data.scored}
    methods = sorted(card, key=lambda m: (FAMILIES.index(card[m].family), m))
    paired = paired_on(data, methods, sides.level) if has_aucs(data) else None
    aucs = {method: None if paired is None else paired.value(method) for method in methods}
    lost, lost_classes = _lost(data, here, before, aucs, sides.level)
    asked = kind != "corruption"
    rows = []
    for method in methods:
        auc = aucs[method]
        runs = [run for run in data.scored if run.run.trial.method == method]
        sensitivity, specificity = (None, None)
        slope, intercept, ratio = (None, None, None)
        if asked and paired is not None:
            sensitivity, specificity = rates_elsewhere(data, runs, sides.level)
        if kind in ("test", "external") and card[method].family != "control":
            told, units = stored_answers(data, runs), patients(data)
            slope, intercept = recalibration_line(told, data.card.positive, units, sides.level)
            ratio = expected(told, data.card.positive, units, sides.level)
        rows.append(
            AtPlace(
                method=method,
                family=card[method].family,
                is_champion=method in (sides.deep.name, sides.classical.name),
                auc=auc,
                inverted=auc is not None and auc.high is not None and auc.high < 0.5,
                lost=lost.get(method),
                sensitivity=sensitivity,
                specificity=specificity,
                slope=slope,
                intercept=intercept,
                observed_to_expected=ratio,
            )
        )
    difference, equivalence = _difference(data, paired, sides)
    return Place(
        kind=kind,
        name=name,
        column=column,
        severity=severity,
        n_cases=size.cases,
        n_groups=size.groups,
        n_smallest=size.smallest,
        smallest_class=size.smallest_class,
        methods=tuple(rows),
        difference=difference,
        equivalence=equivalence,
        obstacle=untested,
        classes=tuple(names[c] for c in present.tolist()),
        lost_classes=lost_classes,
    )


def _lost(
    data: DatasetRuns,
    here: DatasetRuns | None,
    before: Place | None,
    aucs: Mapping[str, Estimate | None],
    level: float,
) -> tuple[dict[str, float | None], tuple[str, ...]]:
    """What every method loses of its AUC on the test part, and of which classes both AUCs are.

    Of more than two classes an AUC is another quantity with each set of them.

    Args:
        data: the runs on the cases of the place.
        here: the runs on the test part.
        before: the test part.
        aucs: of every method in the place, of the classes that are there.
        level: of the intervals.
    """
    if here is None or before is None:
        return {}, ()
    names = data.card.class_names
    counted = counted_classes([here, data])
    classes = tuple(names[c] for c in counted.tolist())
    was = {row.method: row.auc for row in before.methods if row.method in aucs}
    if data.card.positive is not None:
        classes = names
    elif len(counted) < 2:
        return {}, ()
    elif _n_present([here, data]) > len(counted):
        if obstacle([here, data], ["", ""]):  # too few of a class in one of the folds
            return {}, ()
        was, aucs = (_aucs_on(one, counted, list(was), level) for one in (here, data))
    lost = {
        method: share_lost(own.value, auc.value)
        for method, own in was.items()
        if own is not None and (auc := aucs[method]) is not None
    }
    return lost, classes


def _n_present(places: Sequence[DatasetRuns]) -> int:
    """How many classes have a case in at least one of the places."""
    return int(np.count_nonzero(np.sum([units_per_class(data) for data in places], axis=0)))


def _aucs_on(
    data: DatasetRuns, classes: NDArray[np.int64], methods: Sequence[str], level: float
) -> dict[str, Estimate | None]:
    """AUCs of methods on the cases of these classes alone."""
    paired = paired_on(on_classes(data, classes), methods, level)
    return {method: paired.value(method) for method in methods}


def _difference(
    data: DatasetRuns, paired: SingleSplit | CrossValidated | None, sides: Sides
) -> tuple[Estimate | None, HypothesisTest | None]:
    """d with its interval, and its equivalence; None where one of the two has no result here."""
    names = (sides.deep.name, sides.classical.name)
    if paired is None or not _has(data, names):
        return None, None
    if isinstance(paired, SingleSplit):
        d, name = paired.difference(*names, sides.n_candidates), DELONG
    else:
        standing = paired_on(data, names, sides.level, sides)
        if not isinstance(standing, CrossValidated) or not standing.comparable(*names):
            return None, None
        (tested,) = standing.tested([names], sides.n_candidates)
        d, name = tested.difference, tested.test
    alpha = sides.study.alpha
    low, high = d.interval(sides.level)
    lower, upper = d.interval(1 - 2 * alpha)
    tost = d.p_equivalence(sides.study.margin)
    return (
        Estimate(d.d, max(-1.0, low), min(1.0, high), name),
        HypothesisTest(tost, tost, max(-1.0, lower), min(1.0, upper), 1 - 2 * alpha),
    )


def _has(data: DatasetRuns, names: Sequence[str]) -> bool:
    there = {run.run.trial.method for run in data.scored}
    return all(name in there for name in names)
