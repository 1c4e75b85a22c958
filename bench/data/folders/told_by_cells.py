"""Columns whose cells decide what they are: those of masks, and those of parts.

A header such as `segmentation` or `annotation` may as well stand above words, so that a column is
one of masks if its cells name images. And official parts that are not seen are lost without a word,
and their test images trained on: a column whose cells all name parts is the split where it is
called as such columns often are, and is pointed out where it is not.
"""

import os
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from bench.data.folders.columns import Columns, Rows, missing_column
from bench.data.folders.listing import ImageTable
from bench.data.folders.metadata import ABSENT
from bench.data.folders.names.parts import part_of, parts_of_cells
from bench.data.folders.reading import Reading
from bench.data.formats.kinds import is_image, is_named_like_an_image
from bench.protocol.errors import DataError

_LOOKED_AT = 100  # different cells of a column
_EXTERNAL = "external"
_SPLITS = frozenset(
    {
        *("subset", "set", "partition", "phase", "part", "usage", "splits", "splitset"),
        *("data split", "dataset split", "split name", "split type", "split set", "train test"),
        *("train val test", "train test split", "train val test split"),
    }
)


def columns_and_rows(
    root: Path, table: ImageTable, reading: Reading, needed: Sequence[str]
) -> tuple[Columns, Rows]:
    """Columns and rows of a table, a column of masks among them that is called otherwise.

    Args:
        root: the folder that paths are relative to.
        table: what lists its images.
        reading: may name columns; one that it keeps or drops is no column of masks.
        needed: our names of those that have to be there.

    Raises:
        DataError: as the table does; if a mask is needed and not there, or if several columns name
            masks.
    """
    columns, rows = table.read(dict(reading.columns), needed)
    named = {place: columns.names[place].strip() for place in columns.masks}
    left = {*reading.keep_columns, *reading.drop_columns}
    perhaps = [place for place, name in named.items() if name not in left]
    if not perhaps:
        return columns, rows
    read = list(rows)
    cells = {place: _cells(read, place) for place in perhaps}
    found = [place for place in perhaps if any(_is_there(root, cell) for cell in cells[place])]
    if not found and "mask" in needed:  # reading the first mask says that it is not there
        found = [p for p in perhaps if cells[p] and all(map(is_named_like_an_image, cells[p]))]
    if len(found) > 1:
        several = " or ".join(f"--column mask={named[place]}" for place in found)
        raise DataError(f"{table.file}: there is no column 'mask'; say which it is: {several}.")
    if found:
        return _meant(columns, "mask", found[0]), iter(read)
    if "mask" in needed:
        raise missing_column(table.file, ["mask"], columns.names, columns.places)
    return columns, iter(read)


def _cells(rows: Sequence[tuple[str, list[str]]], place: int) -> list[str]:
    """The first different cells of a column that hold something."""
    found: dict[str, None] = {}
    for _, row in rows:
        if row[place]:
            found[row[place]] = None
            if len(found) == _LOOKED_AT:
                break
    return [*found]


def _is_there(root: Path, cell: str) -> bool:
    """Whether a cell names an image of the folder."""
    path = os.path.join(root, cell.replace("\\", "/"))
    return "\0" not in cell and os.path.isfile(path) and is_image(Path(path))


def _meant(columns: Columns, ours: str, place: int) -> Columns:
    """The columns with one of the further ones taken for one of ours."""
    names = tuple(ours if i == place else name for i, name in enumerate(columns.names))
    return replace(
        columns,
        places={**columns.places, ours: place},
        understood={**columns.understood, ours: columns.names[place].strip()},
        names=names,
        further=tuple((i, name) for i, name in columns.further if i != place),
    )


def with_split(
    table: ImageTable, columns: Columns, rows: Rows, reading: Reading
) -> tuple[Columns, Rows]:
    """Columns and rows of a table, a column of parts among them that is called otherwise.

    Args:
        table: for messages.
        columns: of the table. Where they have a split already, nothing is looked at.
        rows: of the table; read as far as some column may still be one of parts.
        reading: a column that it keeps or drops is no column of parts.

    Raises:
        DataError: if several columns that are called as columns of parts are may be it. Rows may
            raise it, too.
    """
    left = {*reading.keep_columns, *reading.drop_columns}
    found = {place: Counter[str]() for place, name in columns.further if name not in left}
    if "split" in columns.places or not found:
        return columns, rows
    read = []
    for where, row in rows:
        read.append((where, row))
        for place in [*found]:
            if row[place] not in found[place] and _part(row[place]) is None:
                del found[place]
            else:
                found[place][row[place]] += 1
        if not found:
            break
    rows = chain(read, rows)
    as_read = {place: parts_as_read(cells) for place, cells in found.items()}
    names = {
        place: name
        for place, name in columns.further
        if len(set(as_read.get(place, {}).values())) > 1
    }
    plainly = {place: {_part(cell) for cell in found[place]} for place in names}
    known = [p for p in names if _plain(names[p]) in _SPLITS and {"train", "test"} <= plainly[p]]
    usual = [place for place in known if "" not in plainly[place]]
    if len(usual) > 1 and any(_differ(read, usual[0], place) for place in usual[1:]):
        several = " or ".join(f"--column split={names[place]}" for place in usual)
        raise DataError(
            f"{table.file}: the columns {' and '.join(repr(names[p]) for p in usual)} both name "
            f"parts, and not the same; say which it is: {several}."
        )
    if usual:
        return _meant(columns, "split", usual[0]), rows
    if not names:
        return columns, rows
    place, name = next(iter(names.items()))
    lack = _lack(found[place], set(as_read[place].values()))
    return replace(columns, parts=name, parts_lack=lack, parts_read=told(as_read[place])), rows


def parts_as_read(cells: Iterable[str]) -> dict[str, str]:
    """Cell of a column of parts that names one → the part; all external parts are one."""
    named = [cell for cell in cells if _part(cell)]
    inside = parts_of_cells(cell for cell in named if _part(cell) != _EXTERNAL)
    return {cell: inside.get(cell) or _EXTERNAL for cell in named}


def told(as_read: Mapping[str, str]) -> str:
    """How cells are read as parts, "" where all are called as parts are here.

    >>> told({"development": "train", "Test": "test"}), told({"TRAIN": "train"})
    ("'development' is read as train", '')
    """
    others = [
        (cell, part)
        for cell, part in as_read.items()
        if cell.casefold() != part and part != _EXTERNAL
    ]
    return ", ".join(
        f"{cell!r} {'as' if i else 'is read as'} {part}" for i, (cell, part) in enumerate(others)
    )


def _lack(cells: Counter[str], parts: Collection[str]) -> str:
    """What a column of parts lacks to be the split, "" for nothing."""
    n, empty = cells.total(), sum(times for cell, times in cells.items() if not _part(cell))
    lacking = [f"{empty:,} of {n:,} cells are empty"] * bool(empty)
    lacking += [f"no cell is read as {part}" for part in ("train", "test") if part not in parts]
    return " and ".join(lacking)


def _part(cell: str) -> str | None:
    """The part that a cell names, "" for an empty one; None where it names none."""
    if cell.partition(":")[0].strip().casefold() == _EXTERNAL and ":" in cell:
        return _EXTERNAL
    return part_of(cell) if cell and cell.casefold() not in ABSENT else ""


def _plain(name: str) -> str:
    """
    >>> _plain("Data_Split")
    'data split'
    """
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


def _differ(rows: Sequence[tuple[str, list[str]]], one: int, other: int) -> bool:
    return any(_part(row[one]) != _part(row[other]) for _, row in rows)
