"""Hugging Face's `imagefolder`: `metadata.csv`, `.jsonl` or `.parquet` with a column `file_name`.

Such a file lists images of its own folder and of those below it; there may be one in the folder
itself, or one in each of its parts.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.data.folders.columns import Columns, Rows, columns_of
from bench.data.folders.names.parts import part_of
from bench.data.folders.table import raw_table
from bench.data.folders.tree import closed as closed_folder
from bench.data.folders.tree import is_passed_over
from bench.protocol.errors import DataError

_NAMES = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
_PATH = "file_name"
_LEVELS = 2  # below the folder
_MOST_LINES = 5_000_000

Table = tuple[list[str], Rows]
"""Names of columns, and rows with where they stand."""


def found_in(root: Path) -> list[Path]:
    """The metadata files of a folder; those without a column `file_name` mean something else.

    Raises:
        DataError: if there is one, and a folder where another may be cannot be looked into.
    """
    folders, closed = folders_of(root)
    names = [folder / name for folder in folders for name in _NAMES]
    found = [file for file in names if os.path.isfile(file) and _lists_images(file)]
    if found and closed:
        raise DataError(closed[0])
    return found


def folders_of(root: Path) -> tuple[list[Path], list[str]]:
    """A folder, those in it, and those in these, by name, none that is hidden or litter; and a
    sentence for each of them that cannot be looked into."""
    found, closed, level = [], [], [root]
    for depth in range(_LEVELS + 1):
        found += level
        below: list[Path] = []
        for folder in level:
            try:
                with os.scandir(folder) as entries:
                    kept = [e.path for e in entries if not is_passed_over(e.name)]
            except OSError as error:
                closed.append(closed_folder(folder, "", error.strerror or str(error)))
                continue
            if depth < _LEVELS:
                below += [Path(path) for path in kept if os.path.isdir(path)]
        level = sorted(below)
    return found, closed


def read(
    root: Path, files: Sequence[Path], given: Mapping[str, str], needed: Sequence[str]
) -> tuple[Columns, Rows]:
    """Columns and rows of all of them as one table, see `bench.data.folders.listing.ImageTable`.

    Parts are those that the folders are called after where no column `split` is there, and classes
    the folders of the images where no column tells them.

    Raises:
        DataError: if a file is not well-formed, lists images of another one, or has other columns.
    """
    names: list[str] = []
    rows: list[tuple[str, list[str]]] = []
    for file in files:
        if any(other != file and other.parent == file.parent for other in files):
            raise DataError(f"Folder {file.parent} holds several metadata files. Keep one of them.")
        own, records = table_of(file)
        if names and sorted(own) != sorted(names):
            raise DataError(
                f"{file}: its columns are {', '.join(own)}, those of {files[0]} are "
                f"{', '.join(names)}. Give both the same."
            )
        names = names or own
        places = [own.index(name) for name in names]
        below = file.parent.relative_to(root).as_posix().removeprefix(".")
        for where, cells in records:
            row = [cells[place] for place in places]
            name = row[names.index(_PATH)]
            row[names.index(_PATH)] = f"{below}/{name}" if below and name else name
            rows.append((where, row))
    paths = [row[names.index(_PATH)] for _, row in rows]
    more = _parts(root, names, paths, given)
    told = {**more, **_classes(files[0], names, paths, given, needed, bool(more))}
    names = ["path" if name == _PATH else name for name in names] + [*told]
    given = {ours: "path" if theirs == _PATH else theirs for ours, theirs in given.items()}
    extra = list(zip(*told.values(), strict=True)) if told else [()] * len(rows)
    columns = columns_of(files[0], names, given, needed)
    return columns, iter(
        [(where, [*row, *also]) for (where, row), also in zip(rows, extra, strict=True)]
    )


def _parts(
    root: Path, names: Sequence[str], paths: Sequence[str], given: Mapping[str, str]
) -> dict[str, list[str]]:
    """The column `split`, of the folders directly below, where these are parts and it lacks."""
    if "split" in given or "split" in (name.casefold() for name in names):
        return {}
    tops = {path.split("/")[0] if "/" in path else "" for path in paths}
    parts = {top: part_of(top) if top else None for top in tops}
    if not any(parts.values()):
        return {}
    for top, part in parts.items():
        if part is None:
            named = ", ".join(sorted(repr(t) for t, p in parts.items() if p))
            other = repr(top) if top else "the folder itself"
            raise DataError(
                f"Folder {root}: {named} are parts, and {other}, which holds images "
                "too, is not called like one. Rename it to train, validation or test."
            )
    return {"split": [parts[path.split("/")[0]] or "" for path in paths]}


def _classes(
    file: Path,
    names: Sequence[str],
    paths: Sequence[str],
    given: Mapping[str, str],
    needed: Sequence[str],
    in_parts: bool,
) -> dict[str, list[str]]:
    """The column `label`, of the folders of the images, where no column can be it."""
    if "label" not in needed or "label" in given:
        return {}
    try:
        columns_of(file, ["path" if name == _PATH else name for name in names], {}, ("label",))
    except DataError as error:
        if "no column 'label'" not in str(error):
            raise
    else:
        return {}
    folders = [path.split("/")[in_parts:-1] for path in paths]
    if not all(folders) or len({below[0] for below in folders}) < 2:
        return {}  # what is missing is told where columns are looked for
    return {"label": [below[0] for below in folders]}


def _lists_images(file: Path) -> bool:
    try:
        names, _ = table_of(file)
    except DataError:
        return True  # reading it says what is wrong
    return _PATH in names


def table_of(file: Path) -> Table:
    """Names of the columns of a CSV, Parquet or JSON lines file, as they are there, and its rows.

    Raises:
        DataError: if it is not well-formed; rows may raise it, too.
    """
    if file.suffix == ".jsonl":
        return _lines(file)
    return raw_table(file)


def _lines(file: Path) -> Table:
    """The values of JSON lines that are texts, numbers or truth values; lists and objects are not
    cells of a table."""
    names: dict[str, None] = {}
    records: list[tuple[str, dict[str, Any]]] = []
    for where, record in _records(file):
        names |= dict.fromkeys(k for k, v in record.items() if not isinstance(v, list | dict))
        records.append((where, record))
    rows = ((where, [_cell(record.get(name)) for name in names]) for where, record in records)
    return [*names], rows


def _records(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{file}: cannot be read as UTF-8 text. Save it as UTF-8.") from None
    except OSError as error:
        raise DataError(f"{file}: cannot be read ({error.strerror or error}).") from None
    for number, line in enumerate(text.split("\n"), 1):
        where = f"{file}, line {number}"
        if number > _MOST_LINES:
            raise DataError(f"{where}: more than {_MOST_LINES:,} lines.")
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{where}: is not valid JSON ({str(error)[:100]}).") from None
        if not isinstance(record, dict):
            raise DataError(f'{where}: has to be an object, as {{"{_PATH}": "a.png"}}.')
        yield where, record


def _cell(value: Any) -> str:
    if value is None or isinstance(value, list | dict) or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()
