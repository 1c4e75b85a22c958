"""A folder of images → the list of its cases: from its manifest, or from its sub-folders."""

import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from sys import intern
from typing import Any

from bench.data.folders.case import HOW, NUMBERS, SPLITS, Case
from bench.data.folders.class_folders import cases_of_folders
from bench.protocol.errors import DataError, did_you_mean, nearest, nearest_path, reason

MANIFESTS = ("manifest.csv", "manifest.parquet")
"""Names of the file that lists the images of a folder."""

_COLUMNS = ("path", "label", "split", "group", "mask", "frame", "axis", "index")
_LONGEST = 4096  # characters of a path, more than any system takes


def manifest_of(root: Path) -> Path | None:
    """The manifest of a folder, None where it has none.

    Raises:
        DataError: if it has two.
    """
    found = [root / name for name in MANIFESTS if (root / name).is_file()]
    if len(found) > 1:
        raise DataError(f"Folder {root} holds {' and '.join(MANIFESTS)}. Keep one of them.")
    return found[0] if found else None


def cases(root: Path, allow_outside: bool = False) -> list[Case]:
    """Every case of a folder, in the order of the manifest or of the paths.

    Args:
        root: the folder.
        allow_outside: whether a manifest may name files that lie outside the folder.

    Raises:
        DataError: if there is none, or the manifest is wrong; names the line.
    """
    if not root.is_dir():
        raise DataError(f"Folder {root} does not exist.")
    file = manifest_of(root)
    if file is None:
        return cases_of_folders(root)
    places = _Places(root, allow_outside)
    read = _csv_rows(file) if file.suffix == ".csv" else _parquet_rows(file)
    found = [_case(where, row, places) for where, row in read]
    if not found:
        raise DataError(f"{file}: lists no image.")
    _check(file, found)
    return found


def _csv_rows(file: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Where each row stands, and its values by column; empty rows are left out."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: cannot be read as UTF-8 text ({error}).") from None
    header = text.partition("\n")[0]
    delimiter = ";" if ";" in header and "," not in header else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        columns = [name.strip() for name in next(reader, [])]
        chosen = _chosen(file, columns)
        for row in reader:
            if any(row):
                values = {n: row[i].strip() if i < len(row) else "" for n, i in chosen.items()}
                yield f"{file}, line {reader.line_num}", values
    except csv.Error as error:
        raise DataError(f"{file}, line {reader.line_num}: not valid CSV ({error}).") from None


def _parquet_rows(file: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The same of a Parquet table; its numbers are taken as text, 12.0 as 12."""
    import pyarrow
    from pyarrow import parquet

    try:
        opened = parquet.ParquetFile(file)
        chosen = _chosen(file, opened.schema_arrow.names)
        start = 1
        for batch in opened.iter_batches(columns=list(chosen)):
            lists = [batch.column(name).to_pylist() for name in chosen]
            for number, row in enumerate(zip(*lists, strict=True), start):
                values = dict(zip(chosen, map(_text, row), strict=True))
                if any(values.values()):
                    yield f"{file}, row {number}", values
            start += batch.num_rows
    except (OSError, ValueError, pyarrow.ArrowException) as error:  # names may be no UTF-8
        raise DataError(f"{file}: cannot be read as a Parquet table ({reason(error)}).") from None


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _chosen(file: Path, columns: Sequence[str]) -> dict[str, int]:
    """The columns that mean something here, and where they stand."""
    for needed in ("path", "label"):
        if needed not in columns:
            raise DataError(f"{file}: there is no column {needed!r}; {_instead(needed, columns)}")
    for name in _COLUMNS:
        if columns.count(name) > 1:
            raise DataError(f"{file}: there are two columns {name!r}. Rename one.")
    return {name: columns.index(name) for name in _COLUMNS if name in columns}


def _instead(needed: str, columns: Sequence[str]) -> str:
    """What a header has in the place of a column, and what to do."""
    if not any(columns):
        return f"its first line is empty. {HOW}"
    if len(columns) == 1 and "\t" in columns[0]:
        return "its columns are separated by tabs. Separate them by commas or semicolons."
    near = nearest(needed, columns)
    if near is not None:
        return f"it has {near!r}. Rename it."
    return f"its columns are {', '.join(columns)}. {HOW}"


class _Places:
    """Whether paths lie in a folder, each folder below it looked at once."""

    def __init__(self, root: Path, allow_outside: bool) -> None:
        self._root = str(root)
        self._real = os.path.realpath(root)
        self._allow_outside = allow_outside
        self._folders: dict[str, str] = {}

    def relative(self, where: str, path: str) -> str:
        """The path with forward slashes, relative to the folder if it lies in it."""
        if len(path) > _LONGEST:
            raise DataError(f"{where}: a path of {len(path):,} characters, {path[:40]}…")
        if "\0" in path:
            raise DataError(f"{where}: a path holds a null character.")
        joined = os.path.join(self._root, path.replace("\\", "/"))
        folder, name = os.path.split(joined)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        real = os.path.join(self._folders[folder], name)
        if os.path.islink(real) or name in ("", ".", ".."):
            real = os.path.realpath(real)
        inside = real.startswith(self._real.rstrip(os.sep) + os.sep)
        if not inside and not self._allow_outside:
            raise DataError(
                f"{where}: {path} lies outside the folder {self._root}. Move the image into it, "
                "or allow it with --allow-outside."
            )
        if not os.path.isfile(real):
            hint = nearest_path(Path(path), Path(self._root))
            raise DataError(f"{where}: there is no file {path}.{hint}")
        return os.path.relpath(real, self._real).replace(os.sep, "/")


def _case(where: str, row: Mapping[str, str], places: _Places) -> Case:
    if not row["path"] or not row["label"]:
        raise DataError(f"{where}: path and label must not be empty.")
    split = row.get("split", "").lower()
    if split and split not in SPLITS:
        raise DataError(
            f"{where}: unknown split {row['split']!r}. "
            + did_you_mean(split, ("train", "val", "test"))
        )
    mask = row.get("mask", "")
    return Case(
        places.relative(where, row["path"]),
        intern(row["label"]),
        SPLITS[split] if split else "",
        row.get("group", ""),
        (places.relative(where, mask),) if mask else (),
        *(_number(where, name, row.get(name, "")) for name in NUMBERS),
    )


def _number(where: str, name: str, text: str) -> int | None:
    if not text:
        return None
    least, most = (1, 10**6) if name == "frame" else (0, 2 if name == "axis" else 10**6)
    if not text.isascii() or not text.isdigit() or not least <= int(text[:9]) <= most:
        raise DataError(f"{where}: {name} must be a whole number from {least}, got {text!r}.")
    return int(text)


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
