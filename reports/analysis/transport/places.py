"""All methods in one place: the test part, an external part, a subgroup, spoilt images."""

from collections.abc import Mapping, Sequence

import numpy as np

from reports.analysis.methods.answers import by_training, patients, stored_answers
from reports.analysis.methods.calibration_curve import expected
from reports.analysis.methods.decisions import rates_elsewhere
from reports.analysis.methods.probabilities import recalibration_line
from reports.analysis.pairs.candidates import Chosen
from reports.analysis.pairs.counted_classes import units_per_class
from reports.analysis.pairs.single_split import SingleSplit
from reports.analysis.transport.sides import (
    Sides,
    counted_classes,
    has_aucs,
    named,
    obstacle,
    on_classes,
    paired_on,
)
from reports.evidence import AtPlace, Estimate, HypothesisTest, Place, PlaceKind
from reports.loading.selection import DatasetRuns, TestSize
from reports.statistics.transport.degradation import share_lost

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
    has_result = has_aucs(data)
    several = [one for one in sides.both if len(one.times) > 1 and not sides.absent(data)]
    aucs: dict[str, Estimate | None] = dict.fromkeys([*methods, *(named(s) for s in several)])
    if has_result:
        aucs.update(_aucs(data, methods, several, sides))
    lost, lost_classes = _lost(data, here, before, aucs, sides)
    one_class = len(present) == 1 and None in data.tests  # with folds a place has no numbers
    rated = kind != "corruption" and (has_result or one_class)
    rows = []
    for method in methods:
        auc = aucs[method]
        runs = [run for run in data.scored if run.run.trial.method == method]
        sensitivity, specificity = (None, None)
        slope, intercept, ratio = (None, None, None)
        if rated:
            sensitivity, specificity = rates_elsewhere(data, runs, sides.level)
        if kind in ("test", "external") and card[method].family != "control":
            told, units = by_training(stored_answers(data, runs)), patients(data)
            slope, intercept = recalibration_line(told, data.card.positive, units, sides.level)
            ratio = expected(told, data.card.positive, units, sides.level)
        rows.append(
            AtPlace(
                method=method,
                family=card[method].family,
                is_champion=method in (sides.deep.name, sides.classical.name),
                auc=auc,
                inverted=_inverted(auc),
                lost=lost.get(method),
                sensitivity=sensitivity,
                specificity=specificity,
                slope=slope,
                intercept=intercept,
                observed_to_expected=ratio,
            )
        )
    by_name = {row.method: row for row in rows}
    for side, one in sides.by_side.items():
        if one in several:
            who, auc = named(one), aucs[named(one)]
            by_name[who] = AtPlace(who, side, True, auc, _inverted(auc), lost.get(who))
    difference, equivalence = _difference(data, sides) if has_result else (None, None)
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
        sides=tuple(by_name[named(one)] for one in sides.both if named(one) in by_name),
    )


def _aucs(
    data: DatasetRuns, methods: Sequence[str], several: Sequence[Chosen], sides: Sides
) -> dict[str, Estimate | None]:
    """AUCs of methods, and of sides for which several of them stand, by all of their names."""
    paired = paired_on(data, methods, sides.level)
    found: dict[str, Estimate | None] = {method: paired.value(method) for method in methods}
    for one in several:
        found[named(one)] = sides.paired(data).value(one.name)
    return found


def _inverted(auc: Estimate | None) -> bool:
    return auc is not None and auc.high is not None and auc.high < 0.5


def _lost(
    data: DatasetRuns,
    here: DatasetRuns | None,
    before: Place | None,
    aucs: Mapping[str, Estimate | None],
    sides: Sides,
) -> tuple[dict[str, float | None], tuple[str, ...]]:
    """What every method loses of its AUC on the test part, and of which classes both AUCs are.

    Of more than two classes an AUC is another quantity with each set of them.

    Args:
        data: the runs on the cases of the place.
        here: the runs on the test part.
        before: the test part.
        aucs: as of `_aucs` in the place, of the classes that are there.
        sides: the two models.
    """
    if here is None or before is None:
        return {}, ()
    names = data.card.class_names
    counted = counted_classes([here, data])
    classes = tuple(names[c] for c in counted.tolist())
    rows = {row.method: row.auc for row in (*before.methods, *before.sides)}
    was = {name: auc for name, auc in rows.items() if name in aucs}
    if data.card.positive is not None:
        classes = names
    elif len(counted) < 2:
        return {}, ()
    elif _n_present([here, data]) > len(counted):
        if obstacle([here, data], ["", ""]):  # too few of a class in one of the folds
            return {}, ()
        several = [one for one in sides.both if len(one.times) > 1 and named(one) in was]
        methods = [name for name in was if name not in {named(one) for one in several}]
        was, aucs = (
            _aucs(on_classes(one, counted), methods, several, sides) for one in (here, data)
        )
    lost = {
        method: share_lost(own.value, auc.value)
        for method, own in was.items()
        if own is not None and (auc := aucs[method]) is not None
    }
    return lost, classes


def _n_present(places: Sequence[DatasetRuns]) -> int:
    """How many classes have a case in at least one of the places."""
    return int(np.count_nonzero(np.sum([units_per_class(data) for data in places], axis=0)))


def _difference(data: DatasetRuns, sides: Sides) -> tuple[Estimate | None, HypothesisTest | None]:
    """d with its interval, and its equivalence; None where one of the two has no result here."""
    names = (sides.deep.name, sides.classical.name)
    if sides.apart or sides.absent(data):
        return None, None
    paired = sides.paired(data)
    if isinstance(paired, SingleSplit):
        d = paired.difference(*names, sides.n_candidates)
        name = paired.procedure(d, names)
    else:
        (tested,) = paired.tested([names], sides.n_candidates)
        d, name = tested.difference, tested.test
    alpha = sides.study.alpha
    low, high = d.interval(sides.level)
    lower, upper = d.interval(1 - 2 * alpha)
    tost = d.p_equivalence(sides.study.margin)
    return (
        Estimate(d.d, max(-1.0, low), min(1.0, high), name),
        HypothesisTest(tost, tost, max(-1.0, lower), min(1.0, upper), 1 - 2 * alpha),
    )
