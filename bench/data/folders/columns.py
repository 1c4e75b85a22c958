"""Which column of a manifest is which."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.data.folders.case import COLUMNS, HOW, HOW_TO_SEGMENT
from bench.protocol.errors import DataError, did_you_mean, nearest

_COMMON: Mapping[str, tuple[str, ...]] = {
    "path": (
        *("image", "file", "filename", "image_path", "img", "file_name", "filepath", "file_path"),
        *("img_path", "imagepath", "image_file", "image_name", "img_name"),
    ),
    "label": ("class", "target", "diagnosis", "dx", "y", "label_name", "class_name"),
}
_MASKS = (
    *("mask_path", "mask_file", "mask_filename", "mask_file_name", "mask_name", "mask_image"),
    *("maskpath", "segmentation", "segmentation_path", "segmentation_file", "segmentation_mask"),
    *("seg", "seg_path", "seg_file", "annotation", "annotation_path", "annotation_file"),
)  # what they hold decides
_WORDS: Mapping[str, tuple[str, ...]] = {
    "path": ("path", "file", "filename", "image", "img"),
    "label": ("label", "class", "diagnosis", "pathology", "finding", "target"),
    "mask": ("mask", "segmentation"),
}
"""What a column is called that is proposed, the likeliest word first."""
_PATIENTS = (
    *("patient", "patient_id", "patientid", "subject", "subject_id", "case_id", "lesion_id"),
    *("pid", "participant_id"),
)

Rows = Iterator[tuple[str, list[str]]]
"""Where each row stands, and its cells."""


@dataclass(frozen=True)
class Columns:
    """Where the columns stand.

    Attributes:
        places: our name → index.
        understood: our name → theirs, where it is another and the user did not say so.
        patients: a column that seems to tell patients and is not used, "" where there is none.
        parts: one that seems to tell train from test and is not used, likewise; see
            `bench.data.folders.told_by_cells`.
        parts_lack: what that one lacks to be the split, "" for nothing.
        parts_read: how its cells would be read, "" where they are called as parts are here.
        names: of all columns, ours where they mean something to us, else theirs.
        further: index and name of the others, names that occur twice or are empty made different.
        decimal_comma: whether columns are separated by semicolons, so that a comma is of decimals.
        masks: indices of those that may name masks, where no column is called so and the user says
            none; see `bench.data.folders.told_by_cells`.
    """

    places: Mapping[str, int]
    understood: Mapping[str, str]
    patients: str = ""
    names: tuple[str, ...] = ()
    further: tuple[tuple[int, str], ...] = ()
    decimal_comma: bool = False
    masks: tuple[int, ...] = ()
    parts: str = ""
    parts_lack: str = ""
    parts_read: str = ""


def columns_of(
    file: Path,
    names: Sequence[str],
    given: Mapping[str, str],
    needed: Sequence[str] = ("path", "label"),
) -> Columns:
    """The columns that mean something.

    A mask that is needed may be missing where there are columns that may name masks.

    Args:
        file: for messages.
        names: of all columns.
        given: our name → theirs, as the user says.
        needed: our names of those that have to be there.

    Raises:
        DataError: if one that is needed, or that was given, is not there, or there are two.
    """
    folded = [name.strip().casefold() for name in names]
    places: dict[str, int] = {}
    understood: dict[str, str] = {}
    for ours in COLUMNS:
        if ours in given:
            places[ours] = _given(file, names, folded, ours, given[ours])
            continue
        fits = [i for i, name in enumerate(folded) if name == ours]
        if len(fits) > 1:
            raise DataError(f"{file}: there are two columns {ours!r}. Rename one.")
        if not fits:
            fits = [i for i, name in enumerate(folded) if name in _COMMON.get(ours, ())]
        if len(fits) == 1:
            places[ours] = fits[0]
            if names[fits[0]].strip() != ours:
                understood[ours] = names[fits[0]].strip()
        elif fits:
            several = " or ".join(f"--column {ours}={names[i]}" for i in fits)
            raise DataError(f"{file}: there is no column {ours!r}; say which it is: {several}.")
    masks = tuple(i for i, name in enumerate(folded) if name in _MASKS and i not in places.values())
    masks = () if "mask" in places else masks
    missing = [ours for ours in needed if ours not in places and not (ours == "mask" and masks)]
    if missing:
        raise missing_column(file, missing, names, places)
    patients = "" if "group" in places else _first(names, folded, _PATIENTS)
    meant = {place: name for name, place in places.items()}
    all_names = tuple(meant.get(place, name) for place, name in enumerate(names))
    further = _further(names, meant)
    return Columns(places, understood, patients, all_names, further, masks=masks)


def missing_column(
    file: Path, missing: Sequence[str], names: Sequence[str], places: Mapping[str, int]
) -> DataError:
    """What to say of a table without columns that are needed.

    Args:
        file: for messages.
        missing: our names of them.
        names: of all columns.
        places: our name → index, of those that are there.
    """
    return DataError(
        f"{file}: there is no column {missing[0]!r}; {_instead(missing, names, places)}"
    )


def _further(names: Sequence[str], meant: Mapping[int, str]) -> tuple[tuple[int, str], ...]:
    """Index and name of the columns that mean nothing to us."""
    found: dict[str, int] = {}
    for place, name in enumerate(names):
        if place not in meant:
            plain = name.strip() or f"column {place + 1}"
            while plain in found:
                plain = f"{plain} ({place + 1})"
            found[plain] = place
    return tuple((place, name) for name, place in found.items())


def _given(file: Path, names: Sequence[str], folded: Sequence[str], ours: str, theirs: str) -> int:
    stripped = [name.strip() for name in names]
    exact = [i for i, name in enumerate(stripped) if name == theirs.strip()]
    fits = exact or [i for i, name in enumerate(folded) if name == theirs.strip().casefold()]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise DataError(f"{file}: there are {len(fits)} columns {theirs!r}. Rename one.")
    raise DataError(
        f"{file}: --column {ours}={theirs}: there is no column {theirs!r}. "
        f"{did_you_mean(theirs, stripped)}"
    )


def _first(names: Sequence[str], folded: Sequence[str], wanted: Sequence[str]) -> str:
    return next((names[i].strip() for i, name in enumerate(folded) if name in wanted), "")


def _likeliest(ours: str, names: Sequence[str]) -> str | None:
    """The one column whose name has a word for ours, else the one that is called nearly so.

    >>> _likeliest("path", ["pathology", "image view", "image file path"])
    'image file path'
    """
    words = {name: re.split(r"[^a-z]+", name.casefold()) for name in names}
    for word in _WORDS.get(ours, ()):
        fits = [name for name in names if word in words[name]]
        if fits:
            return fits[0] if len(fits) == 1 else None
    return nearest(ours, names)


def _instead(missing: Sequence[str], names: Sequence[str], places: Mapping[str, int]) -> str:
    """What a header has in the place of columns, and what to do."""
    if not any(names):
        return f"its first line is empty. {HOW}"
    if len(names) == 1 and "\t" in names[0]:
        return "its columns are separated by tabs. Separate them by commas or semicolons."
    left = [name for i, name in enumerate(names) if i not in places.values()]
    proposed = []
    for ours in missing:
        near = _likeliest(ours, left) or "THEIRS"
        proposed.append(f"--column {shlex.quote(f'{ours}={near}')}")
    if "label" in missing:
        proposed.append("(or label=A,B,C where each class has a column of 0 and 1)")
    how = HOW_TO_SEGMENT if "mask" in missing else HOW
    return f"its columns are {', '.join(names)}. Say which it is: {' '.join(proposed)}. {how}"
