"""The guard of lesion masks that nobody draws in use, or that tell the class."""

from bench.protocol.cards import DatasetCard
from reports.analysis.methods.rungs import has_mask
from reports.verdicts.guards.found import Finding, Found

TELLING = 0.9
"""Share of the images of a class with an empty mask from which an empty mask tells the class, where
in another class at most one minus this share have one."""


def masks(found: Found) -> Finding:
    """Masks that come with the images: do they tell the class, were those of segmenters tried?"""
    card = found.card
    if not has_mask(card):
        return "green", "The methods saw no lesion masks."
    if card.generated:
        return "green", "The lesion masks are generated with the images."
    empty = told_by_empty_masks(card)
    sources = [one.masks for one in card.masks]
    if sources:
        segmenters = " and ".join(f"of the best {side} segmenter" for side in sources)
        beside = f"AUC with masks {segmenters} stands beside that with the data set's own."
    else:
        beside = (
            "Where nobody draws masks the verdict need not hold: --masks truth,classical,deep "
            "shows what is left of it with masks of segmenters."
        )
    if empty:
        names = " and ".join(f"“{name}”" for name in empty)
        return "amber", (
            f"The methods saw lesion masks, which are empty in images of {names} and not in "
            f"others: the mask alone tells the class. {beside}"
        )
    if sources:
        return "green", beside
    return "amber", f"The methods saw lesion masks that come with the images. {beside}"


def told_by_empty_masks(card: DatasetCard) -> list[str]:
    """The classes nearly all of whose masks are empty, while nearly none of another class are."""
    checked = {one.check: one.values for one in card.checked or ()}
    values = checked.get("masks", {})
    parts = [card.parts[name] for name in ("train", "val", "test") if name in card.parts]
    shares = {
        name: values.get(f"empty/{name}", 0.0) / max(1, sum(part.per_class[i] for part in parts))
        for i, name in enumerate(card.class_names)
    }
    told = [name for name, share in shares.items() if share >= TELLING]
    return told if told and min(shares.values()) <= 1 - TELLING else []
