"""A data set → its description in Croissant, with the table of its cases."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.data.croissant import writing
from bench.data.croissant.reading import FILE
from bench.data.croissant.writing import Described
from bench.data.dataset import Dataset
from bench.data.folders.case import NUMBERS, Case
from bench.data.folders.manifest import cases, is_for_segmentation
from bench.data.folders.metadata import refusal
from bench.data.folders.reading import Reading
from bench.data.pseudonyms import pseudonymised
from bench.data.sets import folder, local, medmnist
from bench.methods import sources
from bench.protocol.errors import DataError, UsageError
from bench.results.durable import sha256


@dataclass(frozen=True)
class About:
    """What a user says of a data set; "" for what its source says, if anything.

    Attributes:
        licence, citation, description: of it.
    """

    licence: str = ""
    citation: str = ""
    description: str = ""


def describe(target: str, file: Path | None, about: About, reading: Reading) -> list[Path]:
    """Write the description of a folder or of a MedMNIST set.

    Args:
        target: a folder, or the name of a data set.
        file: where to; None for `croissant.json` in the folder, of others `NAME.croissant.json`
            in the current one.
        about: what the user says of it.
        reading: how the folder is to be read.

    Returns:
        The two files that were written.

    Raises:
        BenchError: if the data set cannot be read, or a file is there already.
    """
    path = Path(target)
    looks_like_path = os.path.lexists(path) or "/" in target or "\\" in target
    source = sources.folder(path, "") if looks_like_path else sources.source(target)
    root = source.folder
    if root is not None:
        place = file or (path if path.is_dir() else path.parent) / FILE
        _refuse_elsewhere(place, root, path)
        told = _of_folder(root, about, reading)
        table_name = writing.CASES
    elif source.kind == "local" and (archive := local.npz_file(source.name)):
        place = file or Path(f"{source.name}.croissant.json")
        told = _of_archive(source.load(None), archive, about)
        table_name = f"{place.name.partition('.')[0]}-cases.csv"
    else:
        raise DataError(
            f"Data set {target!r} is made by a program; there are no files to describe."
        )
    table = writing.table_of_cases(told)
    found = writing.description(told, table, table_name)
    files = [place.with_name(table_name), place]
    for one in files:
        if one.exists():
            raise UsageError(f"{one} exists and is not overwritten. Remove it, or name another.")
    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    for one, content in zip(files, (table, text.encode()), strict=True):
        try:
            one.write_bytes(content)
        except OSError as error:
            raise UsageError(f"{one}: cannot be written ({error.strerror or error}).") from None
    return files


def _refuse_elsewhere(file: Path, root: Path, given: Path) -> None:
    if root.resolve() != (given if given.is_dir() else given.parent).resolve():
        raise DataError(
            f"Folder {given}: its images lie inside Parquet files, which Hugging Face describes."
        )
    if file.parent.resolve() != root.resolve():
        raise UsageError(
            f"--croissant {file}: has to lie in {given} itself, since it names the images relative "
            "to where it is."
        )


def _of_folder(root: Path, about: About, reading: Reading) -> Described:
    if is_for_segmentation(root, reading):
        raise DataError(
            f"Folder {root} has masks and no classes of images; Croissant is written for folders "
            "with a class of each image. Give classes by sub-folders or a column label to describe "
            "it."
        )
    listing = cases(root, reading)
    if listing.identifying:
        raise refusal(f"Folder {root}", listing.identifying)
    data = folder.load(root, None, reading=reading)
    named = {case.id: case for case in listing.cases}
    listed = [named[str(case)] for _, part in data.all_parts() for case in part.case_ids]
    masked = any(case.masks for case in listed) and all(len(case.masks) < 2 for case in listed)
    columns = ["path", *_columns(data)]
    columns += ["mask"] * masked
    columns += [name for name in NUMBERS if any(getattr(c, name) is not None for c in listed)]
    digests: dict[str, str] = {}
    rows = []
    for case, known in zip(listed, _rows(data), strict=True):
        if case.path not in digests:
            digests[case.path] = sha256(root / case.path)
        more = [_of_case(case, name) for name in columns[1 + len(known) :]]
        rows.append((case.path, *known, *more, digests[case.path]))
    return _described(data, about, (*columns, "sha256"), rows, None)


def _of_archive(data: Dataset, file: Path, about: About) -> Described:
    archive = (file.name, f"{medmnist.BASE}/{file.name}", sha256(file))
    ids = [str(case) for _, part in data.all_parts() for case in part.case_ids]
    rows = [(case, *known) for case, known in zip(ids, _rows(data), strict=True)]
    return _described(data, about, ("case", *_columns(data)), rows, archive)


def _described(
    data: Dataset,
    about: About,
    columns: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
    archive: tuple[str, str, str] | None,
) -> Described:
    known = data.provenance
    licence = known.licence if known.licence != "not stated" else ""
    counted = ", ".join(f"{len(part):,} in {name}" for name, part in data.all_parts())
    split = f"the split is {known.split}"
    return Described(
        name=data.name,
        description=about.description
        or f"{known.source}: images of {len(data.class_names)} classes, {counted}; {split}.",
        licence=about.licence or licence,
        citation=about.citation or known.citation,
        columns=columns,
        rows=rows,
        class_names=data.class_names,
        archive=archive,
    )


def _columns(data: Dataset) -> list[str]:
    return ["label", "split", *(["group"] if data.train.groups is not None else [])]


def _rows(data: Dataset) -> list[tuple[str, ...]]:
    """Class, part and hashed group of every case, in the order of the parts."""
    hidden = pseudonymised(data, ids=False)
    found: list[tuple[str, ...]] = []
    for name, part in hidden.all_parts():
        groups = [()] * len(part) if part.groups is None else [(str(g),) for g in part.groups]
        for label, group in zip(part.labels, groups, strict=True):
            found.append((data.class_names[int(label)], name, *group))
    return found


def _of_case(case: Case, name: str) -> str:
    if name == "mask":
        return "".join(case.masks)
    value = getattr(case, name)
    return "" if value is None else str(value)
