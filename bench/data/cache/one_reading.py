"""The masks of a folder read in one way, all as labels or all as soft ones, once all are seen."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.data.cache.masks import Masks, TwoReadings
from bench.data.cache.table import Recipe, Table
from bench.data.folders.target_classes import FILE, MOST_BY_VALUE, of_background, unnamed_strays
from bench.data.formats.label_values import INSIDE, Colour
from bench.data.formats.masks import SOFT, STEPS
from bench.data.resizing import fit, pad
from bench.protocol.errors import DataError
from bench.protocol.label_maps import decode

_SAVE_PALETTE = (
    "Save masks with one palette, whose first colour is the background's, or in gray, one level "
    f"for each class; or name what the numbers mean in a {FILE}."
)
_FEW = 16  # pixels by which a single mask tells nothing
_SEAM = 0.9  # of the pixels of few gray levels that are smoothing, what lies in steps, at least
_GAPS = 0.05  # of a smoothed border, what is no step at all, at least; of contours it is none


def read_alike(
    root: Path,
    named: Mapping[int, str],
    table: Table,
    recipe: Recipe,
    pixels: NDArray[np.uint8],
) -> None:
    """Read all masks of a folder in the same way, and take for background what is named so.

    Where classes are named, whole numbers are labels, but for 255 alone, which leaves each mask as
    it was read. Where they are not, all masks whose numbers could be either decide.

    Args:
        root: the folder, for messages.
        named: value → name as the folder says.
        table: of the cases; maps, shares and remarks of masks that are read otherwise change.
        recipe: how images and masks came to their size.
        pixels: `(n, h, w, c + 1)` of the cases, the last channel a value of masks; changes too.

    Raises:
        DataError: if it cannot be told which way is right.
    """
    masks = table.masks
    background = of_background(named)
    others = {*named} - background - {0}
    if not named:
        _refuse_doubtful_palettes(root, masks)
    lookup = _one_number_each(root, named, masks)
    kept = named and others == {INSIDE}
    soft = not named and _are_soft(root, masks)
    for row, png in enumerate(masks.pngs):
        readings = None if kept else masks.readings.get(row)
        if readings is not None:
            png = readings.soft if soft else readings.labels
        drawn = background & masks.counts[row].keys()
        moved = lookup is not None and bool(masks.counts[row])
        if not png or (png == masks.pngs[row] and not drawn and not moved):
            continue
        values = decode(png).copy() if lookup is None else lookup[decode(png)]
        if readings is not None:
            lines = [line for line in table.remarks[row].split("\n") if line not in ("", SOFT)]
            table.remarks[row] = "\n".join([*lines, SOFT] if soft else lines)
        values[np.isin(values, sorted(background))] = 0
        masks.note(row, values)
        table.note_mask(row, values)
        shape = pixels.shape[1:3]
        pixels[row, ..., -1] = pad(fit(values, shape, recipe.resize, smooth=False), shape)


def _one_number_each(
    root: Path, named: Mapping[int, str], masks: Masks
) -> NDArray[np.uint8] | None:
    """Give each label of DICOM segments one number, and say how the values of masks change; None
    where they stay.

    Raises:
        DataError: if numbers that differ from file to file have a meaning beside the labels.
    """
    numbers, lookup = masks.segments.numbers()
    masks.told.update({number: label for label, number in numbers.items()})
    other = masks.segments.other(numbers)
    if other is None:
        return lookup
    path, number, label = other
    plain = [
        own
        for row, own in enumerate(masks.paths)
        if masks.counts[row] and own not in masks.segments.files
    ]
    if named or plain:
        why = f"{FILE} or a manifest names classes by number" if named else f"{plain[0]} has none"
        raise DataError(
            f"{root / path}: calls segment {number} {label!r}, which has another number in other "
            f"files; then labels tell classes, but {why}. Number segments alike, or go by labels "
            "alone."
        )
    return lookup


def _refuse_doubtful_palettes(root: Path, masks: Masks) -> None:
    """Refuse indices of palettes that mean another thing in another file, or of which not 0 but
    another one is black, as programs write them that number colours as they come."""
    first: dict[int, tuple[Colour, str]] = {}
    for row in sorted(masks.colours, key=lambda row: masks.paths[row]):
        colours, path = masks.colours[row], masks.paths[row]
        black = [value for value, colour in colours.items() if value and not any(colour)]
        if black and any(colours.get(0, ())):
            raise DataError(
                f"{root / path}: of its palette {black[0]} is black and 0, the background, is "
                f"{_in_words(colours[0])}. {_SAVE_PALETTE}"
            )
        for value, colour in colours.items():
            before, other = first.setdefault(value, (colour, path))
            if before != colour:
                raise DataError(
                    f"{root / path}: {value} is {_in_words(colour)} in its palette and "
                    f"{_in_words(before)} in that of {root / other}: masks of one folder have to "
                    f"number classes alike. {_SAVE_PALETTE}"
                )


def _in_words(colour: Colour) -> str:
    return f"({', '.join(map(str, colour))})"


def _are_soft(root: Path, masks: Masks) -> bool:
    """Whether the masks of a folder without names of classes are soft ones."""
    doubtful = {row: one for row, one in masks.readings.items() if one.gradual}
    if not doubtful:
        _refuse_smoothed(root, masks)
        return False
    low, high = STEPS
    found = sum(one.steps for one in doubtful.values())
    between = sum(one.between for one in doubtful.values())
    flat = [row for row, one in masks.readings.items() if _tells(one) and _share(one) <= low]
    steep = [row for row, one in doubtful.items() if _tells(one) and _share(one) >= high]
    if found <= low * between and not steep:
        return False
    largest = max(int(decode(one.labels).max()) for one in doubtful.values())
    gray = [row for row, one in doubtful.items() if one.gray]
    if found >= high * between and not flat and largest > MOST_BY_VALUE and not gray:
        return True
    row = (gray or steep or [*doubtful])[0]
    told = f", as in {masks.paths[flat[0]]}," if flat and flat[0] != row else ""
    raise DataError(
        f"{root / masks.paths[row]}: it cannot be told whether the gray levels of the masks are "
        f"classes{told} or the steps of a gradual border. Name the classes in {root / FILE}, or, "
        "if the border is gradual, save the masks with 0 and 255 alone."
    )


def _refuse_smoothed(root: Path, masks: Masks) -> None:
    """Refuse masks of few gray levels that are the steps of a smoothed border in all of them.

    Thin structures are classes: a contour leaves no gap between what it surrounds and what lies
    beyond, and a vessel has neighbours of its own level.
    """
    known = masks.readings
    between = sum(one.between for one in known.values())
    gaps = sum(one.gaps for one in known.values())
    if between < _FEW or gaps < _GAPS * (gaps + between):
        return
    if any(one.seam < STEPS[1] * one.between for one in known.values() if _tells(one)):
        return
    if sum(one.seam for one in known.values()) < _SEAM * between:
        return
    found = masks.found()
    largest = max(found)
    if largest <= MOST_BY_VALUE or {*found} - {largest} <= unnamed_strays(found):
        return
    row = max(known, key=lambda row: known[row].between)
    levels = ", ".join(str(value) for value in sorted(masks.counts[row]) if value < largest)
    raise DataError(
        f"{root / masks.paths[row]}: {levels} {'is' if levels.isdigit() else 'are'} found only in "
        f"the border between 0 and {largest}, one pixel wide and with gaps, in all masks, as "
        "smoothing leaves it. Save the masks with 0 and 255 alone, or, if each level is a class, "
        f"name the classes in {root / FILE}."
    )


def _tells(one: TwoReadings) -> bool:
    return one.between >= _FEW


def _share(one: TwoReadings) -> float:
    return one.steps / max(one.between, 1)
