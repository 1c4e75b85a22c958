"""Tables of places, groups and severities in the section "Transport"."""

from reports.document.parts import columns
from reports.document.parts.classes_elsewhere import (
    classes_column,
    groups_that_count,
    lost_on,
    of_classes,
    of_one_class,
)
from reports.document.tables import Column, Row, Table, Value
from reports.evidence import (
    AtPlace,
    Estimate,
    Place,
    PlaceKind,
    Side,
    Transport,
)
from reports.formatting import score

_MANY = 20  # rows that paper has no room for
_TOST = "TOST p: that ΔAUC lies within ±δ in this group, not adjusted."


def places_table(found: Transport, stem: str, title: str) -> Table | None:
    """Test part and external parts below each other, method by method; None without any."""
    parts = found.of_kind("external")
    classes, told = classes_column(found, parts)
    rows = [
        Row(
            (
                own.method,
                place.name,
                float(place.n_cases),
                *told[place.name],
                own.auc,
                own.lost,
                own.sensitivity,
                own.specificity,
                "systematically inverted" if own.inverted else None,
            ),
            own.family,
            own.is_champion,
            on_paper=on_paper,
        )
        for place, own, on_paper in _side_by_side(found)
    ]
    if not rows:
        return None
    return Table(
        f"external-{stem}",
        f"Every method on the test part of {title} and on its external parts, mean over runs.",
        (
            Column("method", "Method"),
            Column("place", "Cases of"),
            Column("cases", "Cases", "count", on_paper=False),
            *classes,
            Column("auc", "AUC", "score", estimate=True),
            Column("lost", "Lost", "percent"),
            Column("sensitivity", "Sensitivity", "score", estimate=True),
            Column("specificity", "Specificity", "score", estimate=True),
            Column("inverted", "AUC below 0.5", wraps=True, on_paper=False),
        ),
        tuple(rows),
        (
            "Lost: share of what lies above an AUC of 0.5 on the test part."
            f"{lost_on(found, parts)} Sensitivity and "
            "specificity are at the threshold that validation chose, as it comes (of more than two "
            "classes means over them). Nothing was adapted to an external part.",
            *of_classes(found, _of_some_classes(found), "AUC, sensitivity and specificity are"),
            *of_one_class(parts),
        ),
    )


def calibration_table(found: Transport, stem: str, title: str) -> Table | None:
    """Calibration on the test part and on external parts; None without any."""
    rows = [
        Row(
            (own.method, place.name, own.slope, own.intercept, own.observed_to_expected),
            own.family,
            own.is_champion,
            on_paper=on_paper,
        )
        for place, own, on_paper in _side_by_side(found)
        if own.slope or own.intercept or own.observed_to_expected
    ]
    if not rows:
        return None
    return Table(
        f"calibration-elsewhere-{stem}",
        f"Calibration on the test part of {title} and on its external parts, mean over runs.",
        (
            Column("method", "Method"),
            Column("place", "Cases of"),
            Column("slope", "Slope", "score", estimate=True),
            Column("intercept", "Intercept", "signed", estimate=True),
            Column("o_e", "O:E", "score", estimate=True),
        ),
        tuple(rows),
        (
            "Probabilities as they are: slope 1, intercept 0 and observed over expected cases of 1 "
            "are perfect.",
            *of_classes(found, found.of_kind("external"), "Numbers are"),
        ),
    )


def _side_by_side(found: Transport) -> list[tuple[Place, AtPlace, bool]]:
    """The test part and the external parts of every method, and whether paper has room for it."""
    parts, test = found.of_kind("external"), found.places[0]
    places = (test, *parts) if parts else ()
    rows = [
        (place, own)
        for method in dict.fromkeys(row.method for row in (*test.methods, *test.sides))
        for place in places
        if (own := _row(place, method)) is not None
    ]
    return [(place, own, own.is_champion or len(rows) <= _MANY) for place, own in rows]


def groups_table(found: Transport, stem: str, title: str, interval: str) -> Table | None:
    """The sides in every group; None without any."""
    groups, sides = found.of_kind("subgroup"), found.stands_for
    if not groups or not sides:
        return None
    classes, told = classes_column(found, groups)
    known = any(place.n_groups is not None for place in groups)
    rows = [
        Row(
            (
                place.name,
                float(place.n_cases),
                *((place.n_groups,) if known else ()),
                float(place.n_smallest),
                *told[place.name],
                *(_auc_of(place, side) for side in sides),
                *_difference(found, place),
                place.obstacle or None,
            )
        )
        for place in (found.places[0], *groups)
    ]
    return Table(
        f"subgroups-{stem}",
        f"{_both(found)} by group of the test cases of {title}, {interval} intervals, not "
        "adjusted.",
        (
            Column("group", "Group"),
            Column("cases", "Cases", "count"),
            *((Column("patients", "Patients", "count"),) if known else ()),
            Column(
                "smallest",
                "Patients with the smallest class" if known else "Of the smallest class",
                "count",
            ),
            *classes,
            *(Column(f"auc_{side}", f"AUC, {side}", "score", estimate=True) for side in sides),
            *_difference_columns(found),
            Column("untested", "Without a test", wraps=True),
        ),
        tuple(rows),
        (
            *(() if found.apart else (_TOST,)),
            *of_classes(found, groups, "AUCs are" if found.apart else "AUC and ΔAUC are"),
        ),
    )


def gaps_table(found: Transport, stem: str) -> Table | None:
    """Worst groups and gaps; None without any."""
    if not found.gaps:
        return None
    rows = [
        Row(
            (
                one.column,
                one.method,
                one.worst,
                one.worst_auc,
                one.best,
                one.gap,
                one.by_chance,
                one.p,
            ),
            one.side,
        )
        for one in found.gaps
    ]
    return Table(
        f"gaps-{stem}",
        "The worst group of each column and its gap to the best, for the best model of each side.",
        (
            Column("column", "By"),
            Column("method", "Method"),
            Column("worst", "Worst group"),
            Column("worst_auc", "Its AUC", "score", estimate=True),
            Column("best", "Best group"),
            Column("gap", "Gap", "score", estimate=True),
            Column("by_chance", "Gap by chance", "score"),
            Column("p", "p of so large a gap", "p"),
        ),
        tuple(rows),
        (
            "The worst of several groups looks worse than it is, since it was picked: the "
            "intervals hold for whichever group is truly the worst, and for every pair of groups "
            "(Bonferroni over groups). Gap by chance: the mean gap if all groups were alike, with "
            "these errors; p: how often chance alone makes one as large, not adjusted. "
            f"{groups_that_count(found.gaps)}",
        ),
    )


def severities_table(found: Transport, stem: str, title: str, interval: str) -> Table | None:
    """The sides under every corruption at every severity; None without any."""
    spoilt, sides = found.of_kind("corruption"), found.stands_for
    if not spoilt or not sides:
        return None
    rows = []
    for place in spoilt:
        both = [place.of_side(side) for side in sides]
        rows.append(
            Row(
                (
                    place.name,
                    float(place.severity),
                    *(None if own is None else own.auc for own in both),
                    *(None if own is None else own.lost for own in both),
                    *_difference(found, place),
                )
            )
        )
    return Table(
        f"severities-{stem}",
        f"{_both(found)} on spoilt test images of {title}, {interval} intervals, not adjusted.",
        (
            Column("corruption", "Corruption"),
            Column("severity", "Severity", "count"),
            *(Column(f"auc_{side}", f"AUC, {side}", "score", estimate=True) for side in sides),
            *(Column(f"lost_{side}", f"Lost, {side}", "percent") for side in sides),
            *_difference_columns(found),
        ),
        tuple(rows),
        ("Lost: share of what lies above an AUC of 0.5 on the images as they are.",),
        on_paper=len(rows) <= _MANY,
    )


def all_methods_table(found: Transport, stem: str, kind: PlaceKind, title: str) -> Table | None:
    """AUC of every method in every place of a kind, a column each; of spoilt images the mean."""
    places = found.of_kind(kind)
    if not places:
        return None
    names = tuple(dict.fromkeys(place.name for place in places))
    rows = []
    for method in found.places[0].methods:
        values: list[Value] = [method.method, method.auc]
        for name in names:
            own = [_row(place, method.method) for place in places if place.name == name]
            aucs = [one.auc for one in own if one is not None and one.auc is not None]
            if not aucs:
                values.append(None)
            elif len(aucs) == 1:
                values.append(aucs[0])
            else:
                values.append(Estimate(sum(auc.value for auc in aucs) / len(aucs)))
        rows.append(Row(tuple(values), method.family, method.is_champion))
    what = "group of the test cases" if kind == "subgroup" else "corruption, mean over severities"
    return Table(
        f"all-methods-by-{kind}-{stem}",
        f"AUC of every method on {title} by {what}, mean over runs.",
        (
            Column("method", "Method"),
            Column("test", "Test part", "score", estimate=True),
            *(
                Column(f"place_{i}", name, "score", estimate=True)
                for i, name in enumerate(names, 1)
            ),
        ),
        tuple(rows),
        of_classes(found, places, "AUCs are"),
        on_paper=len(names) <= 4,
    )


def _of_some_classes(found: Transport) -> list[Place]:
    """External parts whose rates may be others than those of the test part.

    Of two classes a rate is of one of them everywhere.
    """
    parts, two = found.of_kind("external"), len(found.places[0].classes) == 2
    return [place for place in parts if not (two and len(place.classes) == 1)]


def _row(place: Place, method: str) -> AtPlace | None:
    return next((row for row in (*place.methods, *place.sides) if row.method == method), None)


def _both(found: Transport) -> str:
    """The sides that are there, at least one."""
    first, *other = found.stands_for.items()
    told = f"The best {first[0]} model ({first[1]})"
    return told + "".join(f" and the best {side} one ({name})" for side, name in other)


def _difference(found: Transport, place: Place) -> tuple[Value, ...]:
    """ΔAUC and its test of equivalence in a place; () where the sides are not compared."""
    if found.apart:
        return ()
    return place.difference, None if place.equivalence is None else place.equivalence.p


def _difference_columns(found: Transport) -> tuple[Column, ...]:
    return () if found.apart else (columns.DELTA_AUC, columns.TOST)


def _auc_of(place: Place, side: Side) -> Estimate | None:
    own = place.of_side(side)
    return None if own is None else own.auc


def aucs_in_words(place: Place) -> str:
    """AUCs of both sides in a place, for a reader who cannot see a figure."""
    told = [(own.method, own.auc) for own in place.sides]
    return ", ".join(f"{name} {score(auc.value)}" for name, auc in told if auc is not None)
