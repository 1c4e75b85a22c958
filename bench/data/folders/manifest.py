"""A folder of images → the list of its cases: from its manifest, or from its sub-folders."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from sys import intern

from bench.data.folders.case import NUMBERS, Case
from bench.data.folders.class_folders import cases_of_folders
from bench.data.folders.parts import part_of
from bench.data.folders.places import Places
from bench.data.folders.reading import AS_IT_IS, Listing, Reading
from bench.data.folders.said import joined_labels, joined_patients, table_as_read
from bench.data.folders.spelling import spellings
from bench.data.folders.table import read_table
from bench.protocol.cards import CheckFinding
from bench.protocol.errors import DataError, DataUnsuitable, did_you_mean

MANIFESTS = ("manifest.csv", "manifest.parquet")
"""Names of the file that lists the images of a folder."""

_ABSENT = frozenset({"nan", "<na>", "#n/a", "nat"})  # how programs write a cell without a value
_NO_CLASS = "-"  # in the place of a class where none is asked for
_NUMBER = re.compile(r"(\d+)(\.0+)?")  # tables of numbers with gaps make 3.0 of 3


def manifest_of(root: Path) -> Path | None:
    """The manifest of a folder, None where it has none.

    Raises:
        DataError: if it has two.
    """
    found = [root / name for name in MANIFESTS if (root / name).is_file()]
    if len(found) > 1:
        raise DataError(f"Folder {root} holds {' and '.join(MANIFESTS)}. Keep one of them.")
    return found[0] if found else None


def cases(root: Path, reading: Reading = AS_IT_IS) -> Listing:
    """Every case of a folder, in the order of the manifest or of the paths.

    Raises:
        DataUnsuitable: if cases have no class.
        DataError: if there is none, or the manifest is wrong; names the line.
    """
    if not root.is_dir():
        raise DataError(f"Folder {root} does not exist.")
    file = manifest_of(root)
    if file is None:
        return cases_of_folders(root)
    places = Places(root, reading.allow_outside)
    columns, rows = read_table(file, dict(reading.columns))
    found, unlabelled = [], []
    for where, row in rows:
        values = {ours: row[place] for ours, place in columns.places.items()}
        for name in ("label", "group", "mask", *NUMBERS):
            if values.get(name, "").casefold() in _ABSENT:
                values[name] = ""
        if not values["label"] and values["path"]:
            unlabelled.append(where)
        else:
            found.append(_case(where, values, places))
    if unlabelled and not reading.drop_unlabelled:
        raise _without_labels(file, unlabelled, len(found))
    if not found:
        raise DataError(f"{file}: lists no image.")
    _check(file, found)
    found, said = _joined(found)
    return Listing(found, (table_as_read(columns, len(unlabelled)), *said))


def listed_images(root: Path, reading: Reading = AS_IT_IS) -> list[Case]:
    """Every image that the manifest of a folder lists, without class, part and patient.

    Raises:
        DataError: if there is none, or the manifest is wrong; names the line.
    """
    file = manifest_of(root)
    if file is None:
        raise DataError(f"Folder {root} holds no manifest.")
    places = Places(root, reading.allow_outside)
    columns, rows = read_table(file, dict(reading.columns), needed=("path",))
    found = []
    for where, row in rows:
        values = {ours: row[place] for ours, place in columns.places.items()}
        for name in ("mask", *NUMBERS):
            if values.get(name, "").casefold() in _ABSENT:
                values[name] = ""
        found.append(_case(where, values | {"label": _NO_CLASS, "split": "", "group": ""}, places))
    if not found:
        raise DataError(f"{file}: lists no image.")
    _check(file, found)
    return [replace(case, label="") for case in found]


def _without_labels(file: Path, unlabelled: Sequence[str], labelled: int) -> DataUnsuitable:
    where = unlabelled[0].removeprefix(f"{file}, ")
    n, total = len(unlabelled), len(unlabelled) + labelled
    return DataUnsuitable(
        f"{file}: {n:,} of {total:,} rows have no label, the first in {where}. Fill them in, or "
        "leave these rows out with --drop-unlabelled."
    )


def _case(where: str, row: Mapping[str, str], places: Places) -> Case:
    if not row["path"] or not row["label"]:
        raise DataError(f"{where}: path and label must not be empty.")
    split = row.get("split", "")
    part = part_of(split) if split else None
    if split and part is None:
        raise DataError(
            f"{where}: unknown split {split!r}. {did_you_mean(split, ('train', 'val', 'test'))}"
        )
    mask = row.get("mask", "")
    path, listed = places.find(where, row["path"])
    return Case(
        path,
        intern(row["label"]),
        part or "",
        row.get("group", ""),
        (places.find(where, mask)[0],) if mask else (),
        **{name: _number(where, name, row.get(name, "")) for name in NUMBERS},
        listed="" if listed == path else listed,
    )


def _number(where: str, name: str, text: str) -> int | None:
    if not text:
        return None
    least, most = (1, 10**6) if name == "frame" else (0, 2 if name == "axis" else 10**6)
    match = _NUMBER.fullmatch(text) if text.isascii() else None
    if match is None or not least <= int(match[1][:9]) <= most:
        raise DataError(f"{where}: {name} must be a whole number from {least}, got {text!r}.")
    return int(match[1])


def _check(file: Path, found: list[Case]) -> None:
    seen: set[str] = set()
    for case in found:
        if case.id in seen:
            raise DataError(f"{file}: {case.id} is listed more than once.")
        seen.add(case.id)
    for what in ("split", "group"):
        given = [bool(getattr(case, what)) for case in found]
        if any(given) and not all(given):
            case = found[given.index(False)]
            raise DataError(
                f"{file}: {case.id} has no {what}, others have one. Fill in the column "
                f"{what!r}, or leave it out."
            )


def _joined(found: list[Case]) -> tuple[list[Case], list[CheckFinding]]:
    """The cases with one spelling of each class and of each patient, and what was joined."""
    labels = spellings(case.label for case in found)
    groups = spellings(case.group for case in found)
    if any(labels.chosen[name] != name for name in labels.chosen) or any(
        groups.chosen[name] != name for name in groups.chosen
    ):
        found = [
            replace(case, label=labels.chosen[case.label], group=groups.chosen[case.group])
            for case in found
        ]
    return found, [joined_labels(labels), joined_patients(groups)]
