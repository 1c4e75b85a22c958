"""Groups of cases by a column of their metadata, as a study asks for them."""

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bench.protocol.errors import StudyError
from bench.protocol.metadata import is_missing, is_number

MOST_VALUES = 10
"""Values of a number that are groups without being told; of more, limits have to be given."""

_NUMBER = re.compile(r"\s*[-+]?\d+([.,]\d+)?\s*")
_LIMITS = re.compile(r"\s*[-+]?\d+(\.\d+)?\s*(,\s*[-+]?\d+(\.\d+)?\s*)*")


@dataclass(frozen=True)
class Subgroups:
    """Groups by the values of a column, or by stretches of a number.

    Attributes:
        column: of the metadata.
        limits: ascending; a value that is equal to one belongs to the group above it. () for a
            group per value.
    """

    column: str
    limits: tuple[float, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Subgroups":
        """What "COLUMN" or "COLUMN:LIMIT,LIMIT" says.

        Raises:
            StudyError: if it is written otherwise.

        >>> Subgroups.parse("age:40,60")
        Subgroups(column='age', limits=(40.0, 60.0))
        """
        column, colon, limits = text.rpartition(":")
        if not colon:
            column, limits = text, ""
        column = column.strip()
        if not column or (colon and not _LIMITS.fullmatch(limits)):
            raise StudyError(
                f"subgroup {text!r}: write COLUMN, or of a number COLUMN:LIMIT,LIMIT, as in "
                "age:40,60."
            )
        numbers = tuple(float(limit) for limit in limits.split(",")) if colon else ()
        if any(low >= high for low, high in pairwise(numbers)):
            raise StudyError(f"subgroup {text!r}: the limits have to ascend.")
        return cls(column, numbers)

    def problem(self, values: NDArray[np.generic]) -> str:
        """Why a column cannot be dealt into these groups, "" where it can.

        Args:
            values: `(n,)` of the column, see `bench.protocol.metadata.Columns`.
        """
        if not is_number(values):
            return self._problem_of_words(values) if self.limits else ""
        distinct = np.unique(values[~is_missing(values)]).astype(np.float64)
        if not self.limits and len(distinct) > MOST_VALUES:
            return (
                f"{self.column!r} is a number of {len(distinct)} values; say where to divide it, "
                f"as in {self.column}:{_number(float(np.median(distinct)))}"
            )
        return ""

    def _problem_of_words(self, values: NDArray[np.generic]) -> str:
        """Why a column that holds words cannot be divided at numbers."""
        found = sorted(set(values[~is_missing(values)].tolist()))
        words = [value for value in found if not _NUMBER.fullmatch(value)]
        if 0 < len(words) < len(found):
            return (
                f"{self.column!r} holds {words[0][:40]!r} beside numbers; leave such cells empty, "
                "or write the column without limits"
            )
        return f"{self.column!r} holds no numbers; write the column without limits"

    def of(self, values: NDArray[np.generic]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
        """The names of the groups, and `(n,)` the group of every case, -1 where none is known.

        Values are in their order, stretches ascending; a stretch without a case stays.

        Args:
            values: `(n,)` of the column, see `bench.protocol.metadata.Columns`.

        >>> Subgroups("age", (40.0, 60.0)).of(np.array([39.0, 40.0, 61.5, np.nan]))
        (('< 40', '40 to < 60', '≥ 60'), array([ 0,  1,  2, -1]))
        """
        missing = is_missing(values)
        if self.limits and is_number(values):
            told = [_number(limit) for limit in self.limits]
            between = [f"{a} to < {b}" for a, b in pairwise(told)]
            names = (f"< {told[0]}", *between, f"≥ {told[-1]}")
            found = np.searchsorted(self.limits, values.astype(np.float64), side="right")
            return names, np.where(missing, -1, found).astype(np.int64)
        distinct, found = np.unique(values[~missing], return_inverse=True)
        group = np.full(len(values), -1, dtype=np.int64)
        group[~missing] = found
        plain = is_number(values)
        return tuple(_number(float(v)) if plain else str(v) for v in distinct), group


def _number(value: float) -> str:
    return f"{value:g}"
