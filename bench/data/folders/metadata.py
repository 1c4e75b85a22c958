"""Further columns of a manifest → numbers and words, and those that are refused."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.data.folders.case import Case
from bench.data.folders.identifying import why_identifying
from bench.data.folders.names.spelling import spellings
from bench.data.folders.reading import Reading
from bench.protocol.cards import CheckFinding
from bench.protocol.errors import DataError, did_you_mean
from bench.protocol.metadata import Columns, is_missing, is_number

ABSENT = frozenset({"nan", "<na>", "#n/a", "nat", "na", "n/a", "null"})
"""How programs write a cell without a value, in lower case."""

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+([eE][-+]?\d+)?")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_POINTS = re.compile(r"[-+]?\d{1,3}(\.\d{3})+(,\d+)?")  # 1.236,5 where a comma is of decimals
_CODE = re.compile(r"[-+]?0\d+")  # 007 is a name, not a number


@dataclass(frozen=True, eq=False)
class Kept:
    """What becomes of the further columns of a manifest.

    Attributes:
        columns: those that are kept, in the order of the cases.
        identifying: name → what it seems to hold, of those that neither are kept by name nor
            dropped. They are in no other field.
    """

    columns: Columns = field(default_factory=dict)
    identifying: Mapping[str, str] = field(default_factory=dict)


def kept_columns(
    names: Sequence[str],
    cells: Sequence[Sequence[str]],
    found: Sequence[Case],
    reading: Reading,
    decimal_comma: bool,
) -> Kept:
    """The further columns of a manifest as numbers and words.

    Args:
        names: of the columns, none of them dropped.
        cells: of each case one of each column.
        found: the cases.
        reading: names columns that are kept whatever they seem to hold, and says whether paths are
            stored, so that what repeats them tells no more.
        decimal_comma: whether the manifest separates columns by semicolons, so that a comma can
            only be that of decimals.
    """
    units = [case.group or case.id for case in found]
    paths = ["" if reading.hash_ids else case.path for case in found]
    columns: dict[str, NDArray[np.generic]] = {}
    identifying: dict[str, str] = {}
    for place, name in enumerate(names):
        own = [_value(row[place]) for row in cells]
        why = "" if name in reading.keep_columns else why_identifying(name, own, units, paths)
        if why:
            identifying[name] = why
        else:
            columns[name] = _typed(own, decimal_comma)
    return Kept(columns, identifying)


def refuse_unknown(file: Path, option: str, asked: Sequence[str], names: Sequence[str]) -> None:
    """Refuse a column to be kept or dropped that is not among the further ones.

    Raises:
        DataError: names it.
    """
    for name in asked:
        if name not in names:
            raise DataError(
                f"{file}: {option} {name}: there is no such further column. "
                f"{did_you_mean(name, names)}"
            )


def refusal(where: str, identifying: Mapping[str, str]) -> DataError:
    """The message that columns tell who a person is, and what to do."""
    told = " and ".join(f"{name!r} ({what})" for name, what in identifying.items())
    one = next(iter(identifying))
    several = len(identifying) > 1
    groups = ""
    if any(what == "a person's number" for what in identifying.values()):
        groups = " A column that tells patients apart can be --column group=NAME."
    return DataError(
        f"{where}: the column{'s' * several} {told} seem{'s' * (not several)} to tell who a person "
        "is, and columns are stored with the predictions. Leave "
        f"{'each' if several else 'it'} out with --drop-column {_quoted(one)}, or keep it with "
        f"--keep-column {_quoted(one)} if that is no harm.{groups}"
    )


def finding(kept: Kept) -> CheckFinding:
    """What `data check` says of the further columns."""
    if kept.identifying:
        error = str(refusal("Manifest", kept.identifying)).partition(": ")[2]
        text, _, advice = error.partition(". ")
        return CheckFinding(
            "further-columns",
            "Further columns",
            "serious",
            f"{text[0].upper()}{text[1:]}; a run refuses that.",
            advice,
            values={"identifying": float(len(kept.identifying))},
        )
    told = []
    for name, values in kept.columns.items():
        n = len(np.unique(values[~is_missing(values)]))
        told.append(f"{name} ({'number, ' if is_number(values) else ''}{n:,} values)")
    text = f"Kept with the predictions: {', '.join(told)}." if told else "None."
    return CheckFinding("further-columns", "Further columns", "fine", text)


def _value(cell: str) -> str:
    return "" if cell.casefold() in ABSENT else cell


def _typed(cells: Sequence[str], decimal_comma: bool) -> NDArray[np.generic]:
    """Numbers where every value is one, else words, of which one spelling is kept."""
    values = sorted({cell for cell in cells if cell})
    numbers = _numbers(values, decimal_comma)
    if numbers is not None:
        return np.array([numbers.get(cell, np.nan) for cell in cells], dtype=np.float64)
    chosen = spellings(cell for cell in cells if cell).chosen
    return np.array([chosen.get(cell, "") for cell in cells], dtype=np.str_)


def _numbers(values: Sequence[str], decimal_comma: bool) -> dict[str, float] | None:
    """Value → number, None where one is not a finite number, or there is none."""
    if not values or any(_CODE.fullmatch(value) for value in values):
        return None
    pointed = [value for value in values if "." in value]
    if decimal_comma and pointed and any("," in value for value in values):
        if all(_POINTS.fullmatch(value) for value in pointed):
            without = {value: value.replace(".", "") for value in values}
            known = _numbers([*without.values()], decimal_comma)
            return known and {value: known[short] for value, short in without.items()}
        if any("," in value for value in pointed):
            return None
    commas = [value for value in values if "," in value]
    thousands = not decimal_comma and all(_THOUSANDS.fullmatch(value) for value in commas)
    if not thousands and not all(_DECIMAL_COMMA.fullmatch(value) for value in commas):
        return None
    found = {}
    for value in values:
        plain = value.replace(",", "" if thousands else ".")
        if not _NUMBER.fullmatch(plain):
            return None
        found[value] = float(plain)
    return found if np.isfinite([*found.values()]).all() else None


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name
