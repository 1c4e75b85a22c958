"""A class that a table tells by a column of 0 and 1 for each, as ISIC's ground truth does."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bench.data.folders.columns import Columns, Rows
from bench.protocol.errors import DataError, did_you_mean

_YES = frozenset({"1", "1.0", "true"})
_NO = frozenset({"0", "0.0", "false", ""})


def named_columns(given: Mapping[str, str]) -> tuple[str, ...]:
    """The columns of `--column label=A,B,C`; () where the label is a column of its own.

    >>> named_columns({"label": "MEL, NV"}), named_columns({"label": "dx"})
    (('MEL', 'NV'), ())
    """
    names = tuple(name.strip() for name in given.get("label", "").split(","))
    return names if len(names) > 1 and all(names) else ()


def with_one_label(
    file: Path, names: Sequence[str], columns: Columns, rows: Rows
) -> tuple[Columns, Rows]:
    """The table with a column of labels in the place of one for each class.

    Args:
        file: for messages.
        names: of the columns of the classes.
        columns: of the table, without a label.
        rows: where each stands, and its cells. A label is put behind them: the class whose cell is
            1, "" where none is.

    Raises:
        DataError: if a column is not there or is named twice. Rows raise it where a cell is neither
            0 nor 1, or two are 1.
    """
    known = {name.casefold(): (place, name) for place, name in columns.further}
    found: dict[int, str] = {}
    for name in names:
        if name.casefold() not in known:
            hint = did_you_mean(name, [other for _, other in columns.further])
            raise DataError(
                f"{file}: --column label={','.join(names)}: there is no column {name!r}. {hint}"
            )
        place, theirs = known[name.casefold()]
        if place in found:
            raise DataError(f"{file}: --column label={','.join(names)}: names {name!r} twice.")
        found[place] = theirs
    width = len(columns.names)
    further = tuple((place, name) for place, name in columns.further if place not in found)
    made = replace(
        columns,
        places={**columns.places, "label": width},
        names=(*columns.names, "label"),
        further=further,
    )
    return made, (
        (where, [*row, _label(where, {name: row[place] for place, name in found.items()})])
        for where, row in rows
    )


def _label(where: str, cells: Mapping[str, str]) -> str:
    chosen = []
    for name, cell in cells.items():
        text = cell.casefold()
        if text not in _YES | _NO:
            raise DataError(f"{where}: {name} is {cell!r:.60}; the column of a class holds 0 or 1.")
        if text in _YES:
            chosen.append(name)
    if len(chosen) > 1:
        raise DataError(
            f"{where}: is {chosen[0]!r} and {chosen[1]!r}; every image has one class. Leave the "
            "row out, or make a class of both."
        )
    return chosen[0] if chosen else ""
