"""Of which classes numbers about other places are, where that is not the same everywhere.

Of more than two classes an AUC is another quantity with each set of them, and so are mean
sensitivity and specificity: that of a place without a class is about the others alone.
"""

from collections.abc import Sequence

from reports.document.tables import Column, Value
from reports.evidence import GroupGap, Place, Transport
from reports.statistics.contrast import TOO_FEW

_CLASSES = Column("classes", "Classes", wraps=True)


def classes_column(
    found: Transport, places: Sequence[Place]
) -> tuple[tuple[Column, ...], dict[str, tuple[Value, ...]]]:
    """A column that tells the classes of the test part and of places, with its value by place.

    Returns:
        `((), {name: ()})` where all have the same classes.
    """
    every = (found.places[0], *places)
    if not _with_others(found, places):
        return (), {place.name: () for place in every}
    return (_CLASSES,), {place.name: (", ".join(place.classes),) for place in every}


def of_classes(found: Transport, places: Sequence[Place], what: str) -> tuple[str, ...]:
    """A note on numbers of other classes than those of the test part; none without such.

    Args:
        found: its first place is the test part.
        places: that are shown.
        what: the numbers, with their verb, for example "AUCs are".
    """
    others = _with_others(found, places)
    if not others:
        return ()
    return (
        f"{what} of the classes that have cases in a place. {_each(others)}; the test part has "
        f"{', '.join(found.places[0].classes)}. Numbers of different classes cannot be compared.",
    )


PATIENTS = "patients, where they are known"
"""What is counted, in the place of cases, where a table says how few are too few."""


def of_one_class(places: Sequence[Place]) -> tuple[str, ...]:
    """A note on places with cases of one class alone, and why numbers are lacking there."""
    alone = [place for place in places if len(place.classes) == 1]
    if not alone:
        return ()
    return (
        "Cases of one class alone have no AUC, no loss and no rate that needs another class: "
        f"{_each(alone)}.",
    )


def lost_on(found: Transport, places: Sequence[Place]) -> str:
    """Of which classes losses are, a sentence with a space before it; "" where of all."""
    here = found.places[0].classes
    fewer = [p for p in places if p.lost_classes and p.lost_classes != here]
    untold = [p.name for p in places if p.classes and not p.lost_classes]
    told = ""
    if fewer:
        own = "; ".join(f"{place.name}: {', '.join(place.lost_classes)}" for place in fewer)
        told = (
            f" Both AUCs are of the classes that have {TOO_FEW} cases ({PATIENTS}) in both "
            f"places: {own}."
        )
    if untold:
        told += (
            f" Too few classes have {TOO_FEW} cases ({PATIENTS}) in both places: "
            f"{', '.join(untold)}."
        )
    return told


def groups_that_count(gaps: Sequence[GroupGap]) -> str:
    """Which groups are compared, and by AUCs of which classes."""
    if all(gap.n_classes < 3 for gap in gaps):
        return f"Groups with fewer than {TOO_FEW} cases ({PATIENTS}) of a class do not count."
    told = (
        f"AUCs are of the classes that every group that counts has {TOO_FEW} cases ({PATIENTS}) "
        f"of; a group with {TOO_FEW} of fewer than two classes does not count."
    )
    fewer = dict.fromkeys(
        f"{gap.column}: {', '.join(gap.classes)}"
        for gap in gaps
        if len(gap.classes) < gap.n_classes
    )
    return f"{told} Classes that count: {'; '.join(fewer)}." if fewer else told


def _with_others(found: Transport, places: Sequence[Place]) -> list[Place]:
    return [place for place in places if place.classes != found.places[0].classes]


def _each(places: Sequence[Place]) -> str:
    return "; ".join(f"{place.name}: {', '.join(place.classes) or 'none'}" for place in places)
