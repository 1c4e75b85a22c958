"""A CSV file as columns of text that can be asked for numbers, or for one value per key."""

import csv
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.protocol.errors import DataError, did_you_mean, nearest_path

FloatArray = NDArray[np.float64]


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
        header, self.rows = _read(path, required, self.wrong)
        self.columns = dict(zip(header, zip(*self.rows, strict=True), strict=True))

    def wrong(self, text: str, row: int | None = None) -> DataError:
        """An error that names the file and, of a row, its line."""
        place = "" if row is None else f" line {row + 2}:"
        return DataError(f"{self.path}:{place} {text}")

    def text(self, name: str) -> Sequence[str]:
        """A column in which every cell must say something."""
        for row, value in enumerate(self.columns[name]):
            if not value:
                raise self.wrong(f"column {name!r} is empty.", row)
        return self.columns[name]

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
            raise self.wrong(f"{value!r} in column {name!r} is not a finite number.", row)
        return values

    def constant(self, name: str, per: str, keys: Sequence[str]) -> dict[str, str]:
        """Key → value of a column that must not vary within a key."""
        found: dict[str, str] = {}
        for row, (key, value) in enumerate(zip(keys, self.columns[name], strict=True)):
            if found.setdefault(key, value) != value:
                raise self.wrong(
                    f"{per} {key!r} has the {name} {value!r} here and {found[key]!r} before.", row
                )
        return found


def _read(
    path: Path, required: Sequence[str], wrong: Callable[..., DataError]
) -> tuple[list[str], list[list[str]]]:
    """Header and rows, every cell without surrounding blanks."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [[cell.strip() for cell in row] for row in csv.reader(file, strict=True) if row]
    except OSError as error:
        hint = nearest_path(path) if isinstance(error, FileNotFoundError) else ""
        raise wrong(f"cannot be read ({error.strerror or error}).{hint}") from None
    except UnicodeDecodeError:
        raise wrong("is not a text file in UTF-8.") from None
    except csv.Error as error:
        raise wrong(f"is not a CSV file ({error}).") from None
    if not rows:
        raise wrong("is empty. A first line with the names of the columns is needed.")
    header, body = rows[0], rows[1:]
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise wrong(f"two columns are called {twice[0]!r}.")
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise wrong("columns must be separated by commas.")
    for name in required:
        if name not in header:
            others = [other for other in header if other not in required]
            near = did_you_mean(name, others)
            hint = f" {near}" if near.startswith("Did") else ""
            raise wrong(f"column {name!r} is missing; there are {', '.join(header)}.{hint}")
    if not body:
        raise wrong("has no rows below the names of the columns.")
    for number, row in enumerate(body):
        if len(row) != len(header):
            raise wrong(f"{len(row)} fields instead of {len(header)}.", number)
    return header, body


def number(text: str) -> float:
    """A number, or NaN where the text is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan
