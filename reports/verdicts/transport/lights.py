"""Lights of the audit for what was asked beyond the test part.

They speak of other images than the verdict, and withhold none: also a red one does not.
"""

from collections.abc import Sequence

from reports.evidence import AuditItem, Colour, Interaction, Place, PlaceKind, Transport
from reports.formatting import joined
from reports.verdicts.transport.wording import CHANGED, inverted

TITLES: dict[str, tuple[str, PlaceKind]] = {
    "elsewhere": ("Holds elsewhere", "external"),
    "subgroups": ("Holds in every group", "subgroup"),
    "spoilt-images": ("Holds on spoilt images", "corruption"),
}
"""Key → title, and the places that it speaks of."""

_MOST = 4  # methods and places that a light names


def lights(found: Transport | None) -> tuple[AuditItem, ...]:
    """One for every kind of place that was asked; none where nothing was."""
    items = []
    for key, (title, kind) in TITLES.items() if found is not None else ():
        places = () if found is None else found.of_kind(kind)
        if places and found is not None:
            items.append(AuditItem(key, title, *_light(places, found.asked(kind), found.apart)))
    return tuple(items)


def _light(places: Sequence[Place], asked: Sequence[Interaction], apart: str) -> tuple[Colour, str]:
    methods = [row for place in places for row in place.methods if row.family != "control"]
    wrong = [
        text
        for text in inverted(places)
        if any(row.inverted and text.startswith(f"{row.method} ") for row in methods)
    ]
    if wrong:
        more = f" and {len(wrong) - _MOST} more" if len(wrong) > _MOST else ""
        return "red", f"Systematically inverted: {'; '.join(wrong[:_MOST])}{more}."
    if apart:
        return "amber", f"There is no difference between the sides to ask about. {apart}"
    changed = [one for one in asked if one.rule in CHANGED]
    if changed:
        each = joined([f"{one.name} (in favour of {one.favours})" for one in changed])
        return "amber", f"The difference between the sides is shown to be another one: {each}."
    if not asked and any(not place.obstacle for place in places):
        return "amber", "There is one group alone, and no other to compare it with."
    if not asked:
        return "amber", "No place has enough cases for a test."
    same = [one.name for one in asked if one.rule == "same"]
    if len(same) == len(asked):
        return "green", "The difference between the sides is the same within ±δ everywhere."
    open_ = [one.name for one in asked if one.rule != "same"]
    rest = [f"{len(open_) - _MOST} more"] if len(open_) > _MOST else []
    return (
        "amber",
        "Open: neither is a change of the difference between the sides shown, nor that it stays "
        f"within ±δ ({joined([*open_[:_MOST], *rest])}).",
    )
