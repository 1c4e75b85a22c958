"""A CSV file as columns of text that can be asked for numbers, or for one value per key."""

import math
import re
from collections.abc import Callable, Sequence
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.protocol.errors import DataError, did_you_mean, nearest_path

FloatArray = NDArray[np.float64]

_SEPARATED = "columns must be separated by commas, and numbers have a decimal point."


class Columns:
    """The columns of a CSV file as lists of strings, and complaints about them.

    Args:
        path: of the file.
        required: columns that must be there.

    Raises:
        DataError: if the file cannot be read, is no table, or lacks a column.
    """

    def __init__(self, path: Path, required: Sequence[str]) -> None:
        self.path = path
        lines = _read(path, self.wrong)
        header = lines.iloc[0].dropna().tolist()
        self._check_names(header, required)
        body = lines.iloc[1:]
        if body.empty:
            raise self.wrong("has no rows below the names of the columns.")
        self.lines: list[int] = (body.index + 1).tolist()
        for row, fields in enumerate(body.notna().sum(axis=1).tolist()):
            if fields != len(header):
                raise self.wrong(f"{fields} fields instead of {len(header)}.", self.lines[row])
        self.columns: dict[str, list[str]] = dict(
            zip(header, (body[column].tolist() for column in body), strict=True)
        )

    def _check_names(self, header: Sequence[str], required: Sequence[str]) -> None:
        twice = sorted({name for name in header if header.count(name) > 1})
        if twice:
            raise self.wrong(f"two columns are called {twice[0]!r}.")
        if len(header) == 1 and _is_separated_otherwise(header[0]):
            raise self.wrong(_SEPARATED)
        for name in required:
            if name not in header:
                others = [other for other in header if other not in required]
                near = did_you_mean(name, others)
                hint = f" {near}" if near.startswith("Did") else ""
                there = ", ".join(header)
                raise self.wrong(f"column {name!r} is missing; there are {there}.{hint}")

    def __len__(self) -> int:
        """How many rows there are below the names."""
        return len(self.lines)

    def wrong(self, text: str, line: int | None = None) -> DataError:
        """An error that names the file and, where it is known, its line."""
        place = "" if line is None else f" line {line}:"
        return DataError(f"{self.path}:{place} {text}")

    def wrong_row(self, text: str, row: int) -> DataError:
        """The same of a row, counted from 0 below the names of the columns."""
        return self.wrong(text, self.lines[row])

    def text(self, name: str, hint: str = "") -> Sequence[str]:
        """A column in which every cell must say something; else a hint says what to do."""
        for row, value in enumerate(self.columns[name]):
            if not value:
                raise self.wrong_row(f"column {name!r} is empty.{hint and f' {hint}'}", row)
        return self.columns[name]

    def keep(self, rows: Sequence[int]) -> None:
        """Leave out all other rows, counted from 0 below the names of the columns."""
        self.lines = [self.lines[row] for row in rows]
        self.columns = {name: [own[row] for row in rows] for name, own in self.columns.items()}

    def numbers(self, name: str) -> FloatArray:
        """A column of finite numbers."""
        try:
            values = np.array(self.columns[name], dtype=object).astype(np.float64)
        except ValueError:
            values = np.array([number(value) for value in self.columns[name]])
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            row = int(bad[0])
            value = self.columns[name][row]
            raise self.wrong_row(f"{value!r} in column {name!r} is not a finite number.", row)
        return values

    def constant(self, name: str, per: str, keys: Sequence[str]) -> dict[str, str]:
        """Key → value of a column that must not vary within a key."""
        found: dict[str, str] = {}
        for row, (key, value) in enumerate(zip(keys, self.columns[name], strict=True)):
            if found.setdefault(key, value) != value:
                raise self.wrong_row(
                    f"{per} {key!r} has the {name} {value!r} here and {found[key]!r} before.", row
                )
        return found


def _is_separated_otherwise(header: str) -> bool:
    return "," not in header and any(mark in header for mark in ";\t|")


def _read(path: Path, wrong: Callable[..., DataError]) -> pd.DataFrame:
    """All lines, every cell without surrounding blanks; a cell that a line lacks is NaN.

    The index counts lines of the file from 0, so that lines without anything can be left out.
    """
    try:
        whole = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        hint = nearest_path(path) if isinstance(error, FileNotFoundError) else ""
        raise wrong(f"cannot be read ({error.strerror or error}).{hint}") from None
    except UnicodeDecodeError:
        raise wrong("is not a text file in UTF-8.") from None
    text = whole.lstrip()
    above = whole[: len(whole) - len(text)].count("\n")
    if not text:
        raise wrong("is empty. A first line with the names of the columns is needed.")
    try:
        lines: pd.DataFrame = pd.read_csv(
            StringIO(text),
            header=None,
            dtype=str,
            keep_default_na=False,
            skip_blank_lines=False,
            engine="python",  # the other one cannot tell an empty cell from a lacking one
        )
    except pd.errors.ParserError as error:
        if _is_separated_otherwise(text.partition("\n")[0]):
            raise wrong(_SEPARATED) from None
        longer = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
        if longer:
            wanted, line, had = map(int, longer.groups())
            raise wrong(f"{had} fields instead of {wanted}.", line + above) from None
        raise wrong(f"is not a CSV file ({str(error).strip()}).") from None
    lines = lines.apply(lambda cells: cells.str.strip())
    lines.index += above
    said = (lines.fillna("") != "").any(axis=1)
    filled: pd.DataFrame = lines[said | lines.notna().all(axis=1)]
    return filled


def number(text: str) -> float:
    """A number, or NaN where the text is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan
