"""Columns that are called as if they named masks: one whose cells do is the column of masks.

A header such as `segmentation` or `annotation` may as well stand above words, so the cells decide.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.data.folders.columns import Columns, Rows, missing_column
from bench.data.folders.listing import ImageTable
from bench.data.folders.reading import Reading
from bench.data.formats.kinds import is_image, is_named_like_an_image
from bench.protocol.errors import DataError

_LOOKED_AT = 100  # different cells of a column


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
        return _with_mask(columns, found[0]), iter(read)
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


def _with_mask(columns: Columns, place: int) -> Columns:
    names = tuple("mask" if i == place else name for i, name in enumerate(columns.names))
    return replace(
        columns,
        places={**columns.places, "mask": place},
        understood={**columns.understood, "mask": columns.names[place].strip()},
        names=names,
        further=tuple((i, name) for i, name in columns.further if i != place),
    )
