"""A folder of images → the list of its cases: from its manifest, or from its sub-folders."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from sys import intern

from bench.data.folders.case import NUMBERS, Case
from bench.data.folders.class_folders import cases_of_folders
from bench.data.folders.columns import Columns, Rows
from bench.data.folders.images_with_masks import cases_with_masks, looks_like_segmentation
from bench.data.folders.listing import ImageTable, image_table
from bench.data.folders.metadata import ABSENT, finding, kept_columns, refuse_unknown
from bench.data.folders.names.parts import part_of
from bench.data.folders.names.several_findings import refuse_several
from bench.data.folders.names.spelling import spellings
from bench.data.folders.places import NoSuchFile, Places
from bench.data.folders.reading import AS_IT_IS, Listing, Reading, SplitColumn
from bench.data.folders.said import (
    guessed_patients,
    joined_labels,
    joined_patients,
    table_as_read,
)
from bench.data.folders.told_by_cells import columns_and_rows, parts_as_read, told, with_split
from bench.data.folders.tree import with_closed
from bench.protocol.cards import CheckFinding
from bench.protocol.columns import GROUP_SOURCE
from bench.protocol.errors import DataError, DataUnsuitable, did_you_mean
from bench.protocol.metadata import EXTERNAL, problem_of_name

_NUMBER = re.compile(r"(\d+)(\.0+)?")  # tables of numbers with gaps make 3.0 of 3


def cases(root: Path, reading: Reading = AS_IT_IS) -> Listing:
    """Every case of a folder, in the order of the manifest or of the paths.

    Read for segmentation, classes are of no account, and images without a mask are left out.

    Raises:
        DataUnsuitable: if cases have no class; for segmentation, if none has a mask.
        DataError: if there is none, or the manifest is wrong; names the line.
    """
    if not root.is_dir():
        raise DataError(f"Folder {root} does not exist.")
    task = reading.task
    table = image_table(root)
    if table is None:
        try:
            return cases_with_masks(root) if task == "segmentation" else cases_of_folders(root)
        except DataError as error:
            raise with_closed(root, error) from None
    file = table.file
    places = Places(root, reading.allow_outside)
    needed = ("path", "mask" if task == "segmentation" else "label")
    columns, rows = _columns(root, table, reading, needed)
    further = _further(file, columns, reading)
    source = next((place for place, name in columns.further if name == GROUP_SOURCE), None)
    found, cells, unlabelled, unmasked, sources = [], [], {}, 0, []
    called = _called(columns, reading)
    spelled = []  # parts
    for where, row in rows:
        values = {ours: row[place] for ours, place in columns.places.items()}
        for name in ("label", "group", "mask", *NUMBERS):
            if values.get(name, "").casefold() in ABSENT:
                values[name] = ""
        if task == "segmentation":
            values["label"] = ""  # of no account
        if task == "segmentation" and values["path"] and not values["mask"]:
            unmasked += 1
        elif task == "classification" and not values["label"] and values["path"]:
            unlabelled[where] = row[columns.places["label"]]
        else:
            found.append(_case(where, values, places, called["split"]))
            spelled.append(intern(values.get("split", "")))
            cells.append([intern(row[place]) for place, _ in further])
            sources.append("" if source is None else row[source])
    if unlabelled and not reading.drop_unlabelled:
        raise _without_labels(file, unlabelled, len(found))
    if unmasked and not found:
        raise DataUnsuitable(f"{file}: no row names a mask, which segmentation needs.")
    if not found:
        raise DataError(f"{file}: lists no image.")
    _check(file, found, reading, called)
    as_read = parts_as_read(dict.fromkeys(spelled))
    found = [_in_part(case, as_read.get(cell)) for case, cell in zip(found, spelled, strict=True)]
    split = None
    if any(spelled):
        option = _option(reading, "split")
        split = SplitColumn(called["split"], option, told(as_read))
    if task == "classification":
        refuse_several(file, (case.label for case in found))
    found, said = _joined(found)
    kept = kept_columns([name for _, name in further], cells, found, reading, columns.decimal_comma)
    said = [table_as_read(columns, len(unlabelled), unmasked, split), *said, finding(kept)]
    if source is not None and found[0].group:
        said.append(guessed_patients(sources))
    return Listing(found, tuple(said), kept.columns, kept.identifying, split)


def _called(columns: Columns, reading: Reading) -> dict[str, str]:
    """Our name of each column that the table has, and of the split → theirs."""
    given = {ours: theirs for ours, theirs in reading.columns if ours in columns.places}
    own = {ours: ours for ours in ("split", *columns.places)}
    return own | dict(columns.understood) | given


def _option(reading: Reading, ours: str) -> str:
    """The option that says which column is one of ours, "" where none does."""
    theirs = dict(reading.columns).get(ours, "")
    return f"--column {shlex.quote(f'{ours}={theirs}')}" if theirs else ""


def _in_part(case: Case, part: str | None) -> Case:
    """The case in the part that its cell was read as beside all others."""
    if part is None or case.external or case.split == part:
        return case
    return replace(case, split=part)


def is_for_segmentation(root: Path, reading: Reading = AS_IT_IS) -> bool:
    """Whether a folder has images and masks, and no labels."""
    try:
        table = image_table(root)
        if table is None:
            return looks_like_segmentation(root)
        columns, rows = columns_and_rows(root, table, reading, ("path",))
        if "mask" not in columns.places:
            return False
        place = columns.places.get("label")
        return place is None or not any(row[place] for _, row in rows)
    except DataError:  # reading it says what is wrong
        return False


def _columns(
    root: Path, table: ImageTable, reading: Reading, needed: tuple[str, str]
) -> tuple[Columns, Rows]:
    try:
        columns, rows = columns_and_rows(root, table, reading, needed)
    except DataError as error:
        if needed[1] == "mask" and "no column 'mask'" in str(error):
            raise DataUnsuitable(str(error)) from None
        raise
    return with_split(table, columns, rows, reading)


def _further(file: Path, columns: Columns, reading: Reading) -> list[tuple[int, str]]:
    """Index and name of the further columns that are not dropped.

    Raises:
        DataError: if one to be kept or dropped is not there.
    """
    names = [name for _, name in columns.further]
    refuse_unknown(file, "--keep-column", reading.keep_columns, names)
    refuse_unknown(file, "--drop-column", reading.drop_columns, names)
    return [(i, name) for i, name in columns.further if name not in reading.drop_columns]


def listed_images(
    root: Path, reading: Reading = AS_IT_IS
) -> tuple[list[Case], list[tuple[str, str]]]:
    """Every image that the manifest of a folder lists, with class and patient where it has them.

    Returns:
        the images; and of each row whose file or mask is not there its path, and a sentence.

    Raises:
        DataError: if there is none, or the manifest is wrong; names the line.
    """
    table = image_table(root)
    if table is None:
        raise DataError(f"Folder {root} holds no manifest.")
    places = Places(root, reading.allow_outside)
    file = table.file
    columns, rows = columns_and_rows(root, table, reading, ("path",))
    found, absent = [], []
    for where, row in rows:
        values = {ours: row[place] for ours, place in columns.places.items()}
        for name in ("label", "group", "mask", *NUMBERS):
            if values.get(name, "").casefold() in ABSENT:
                values[name] = ""
        try:
            found.append(_case(where, {"label": ""} | values | {"split": ""}, places))
        except NoSuchFile as error:
            absent.append((values["path"], str(error)))
    if not found:
        raise DataError(absent[0][1] if absent else f"{file}: lists no image.")
    unknown = [replace(case, group="") for case in found]
    _check(file, unknown, reading, _called(columns, reading))  # some may have no patient
    return _joined(found)[0], absent


def _without_labels(file: Path, unlabelled: Mapping[str, str], labelled: int) -> DataUnsuitable:
    """With the cells that say of a row that it has no label, by where it is."""
    where = next(iter(unlabelled)).removeprefix(f"{file}, ")
    spelled = next(filter(None, unlabelled.values()), "")
    named = f" “{spelled}” is read as none: a class that is called so needs another name."
    n, total = len(unlabelled), len(unlabelled) + labelled
    return DataUnsuitable(
        f"{file}: {n:,} of {total:,} rows have no label, the first in {where}. Fill them in, or "
        f"leave these rows out with --drop-unlabelled.{named if spelled else ''}"
    )


def _case(where: str, row: Mapping[str, str], places: Places, split_called: str = "split") -> Case:
    if not row["path"]:
        raise DataError(f"{where}: the path must not be empty.")
    part = _part(where, row.get("split", ""), split_called)
    mask = row.get("mask", "")
    path, listed = places.find(where, row["path"])
    masks = (places.find(where, mask)[0],) if mask else ()
    if path in masks:
        raise DataError(f"{where}: {path} cannot be the mask of itself.")
    return Case(
        path,
        intern(row["label"]),
        part,
        row.get("group", ""),
        masks,
        **{name: _number(where, name, row.get(name, "")) for name in NUMBERS},
        listed="" if listed == path else listed,
    )


def _part(where: str, split: str, called: str) -> str:
    """The part that a cell names, "" where it is empty."""
    kind, colon, name = split.partition(":")
    if colon and kind.strip().casefold() == "external":
        if problem := problem_of_name(name.strip()):
            raise DataError(f"{where}: split {split!r}: {problem}.")
        return f"{EXTERNAL}{intern(name.strip())}"
    part = part_of(split) if split else ""
    if part is None:
        known = ("train", "val", "test", "external:NAME")
        column = "" if called == "split" else f" in the column {called!r}"
        raise DataError(f"{where}: unknown split {split!r}{column}. {did_you_mean(split, known)}")
    return part


def _number(where: str, name: str, text: str) -> int | None:
    if not text:
        return None
    least, most = (1, 10**6) if name == "frame" else (0, 2 if name == "axis" else 10**6)
    match = _NUMBER.fullmatch(text) if text.isascii() else None
    if match is None or not least <= int(match[1][:9]) <= most:
        raise DataError(f"{where}: {name} must be a whole number from {least}, got {text!r}.")
    return int(match[1])


def _check(file: Path, found: list[Case], reading: Reading, called: Mapping[str, str]) -> None:
    seen: set[str] = set()
    for case in found:
        if case.id in seen:
            raise DataError(f"{file}: {case.id} is listed more than once.")
        seen.add(case.id)
    inside = [case for case in found if not case.external]
    if not inside:
        raise DataError(f"{file}: every image is of an external part; none is left to train on.")
    for what, cases_ in (("split", inside), ("group", found)):
        given = [bool(getattr(case, what)) for case in cases_]
        if any(given) and not all(given):
            case = cases_[given.index(False)]
            option = _option(reading, what)
            raise DataError(
                f"{file}: {case.id} has no {what}, others have one. Fill in the column "
                f"{called[what]!r}, or leave {option or 'it'} out."
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
