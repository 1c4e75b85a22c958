"""The worst of the groups of a column and the gap to the best, for the best model of each side."""

from collections.abc import Mapping

from reports.analysis.transport.sides import Sides, counted_classes, named, on_classes
from reports.evidence import Estimate, GroupGap
from reports.loading.selection import DatasetRuns
from reports.statistics.transport.groups import gap, level_of_all, pairs_of

WORST = "lowest of the groups' limits; upper one of all groups together (Bonferroni)"
GAP = "limits of the differences of all pairs of groups together (Bonferroni)"


def group_gaps(
    column: str, groups: Mapping[str, DatasetRuns], sides: Sides
) -> tuple[GroupGap, ...]:
    """One per side that is there; none with fewer than two groups.

    Of more than two classes all AUCs are of those that every group has enough cases of: one over
    three classes and one over two say nothing of each other.

    Args:
        column: of the groups.
        groups: name → the runs on its cases, of groups that can be compared (`sides.obstacle`).
        sides: the two models.
    """
    if len(groups) < 2:
        return ()
    names, everything = list(groups), next(iter(groups.values())).card.class_names
    classes = counted_classes(list(groups.values()))
    alike = [on_classes(data, classes) for data in groups.values()]
    found = []
    for side, model in sides.by_side.items():
        single, together, by_pair = (
            [sides.paired(data, level).value(model.name) for data in alike]
            for level in (
                sides.level,
                level_of_all(sides.level, len(groups)),
                level_of_all(sides.level, pairs_of(len(groups))),
            )
        )
        one = gap(
            [each.value for each in single],
            [_limits(each) for each in single],
            [_limits(each) for each in together],
            [_limits(each) for each in by_pair],
            sides.level,
        )
        found.append(
            GroupGap(
                column=column,
                side=side,
                method=named(model),
                groups=tuple(names),
                classes=tuple(everything[c] for c in classes.tolist()),
                n_classes=len(everything),
                worst=names[one.worst],
                best=names[one.best],
                worst_auc=Estimate(single[one.worst].value, *one.worst_limits, WORST),
                gap=Estimate(one.gap, *one.gap_limits, GAP),
                by_chance=one.by_chance,
                p=one.p,
            )
        )
    return tuple(found)


def _limits(auc: Estimate) -> tuple[float, float]:
    low = auc.value if auc.low is None else auc.low
    return low, auc.value if auc.high is None else auc.high
