"""What is known of cases beside their images: age, sex, site, scanner and the like."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

EXTERNAL = "external:"
"""What the name of an external part begins with, wherever parts are told by their names."""

LONGEST_NAME = 60
"""Characters of the name of an external part."""

Columns = Mapping[str, NDArray[np.generic]]
"""Name → `(n,)` float64 with NaN where a value is missing, or `(n,)` str with "" there."""


def problem_of_name(name: str) -> str:
    """Why an external part cannot be called so, "" where it can.

    >>> problem_of_name("Basel"), problem_of_name("")
    ('', 'a name has 1 to 60 printable characters and no space at its ends')
    """
    if name.isprintable() and name.strip() == name and 1 <= len(name) <= LONGEST_NAME:
        return ""
    return f"a name has 1 to {LONGEST_NAME} printable characters and no space at its ends"


def is_number(values: NDArray[np.generic]) -> bool:
    """Whether a column holds numbers rather than categories."""
    return values.dtype.kind == "f"


def is_missing(values: NDArray[np.generic]) -> NDArray[np.bool_]:
    """`(n,)` where a column has no value."""
    found: NDArray[np.bool_] = np.isnan(values) if is_number(values) else values == ""
    return found


@dataclass(frozen=True, eq=False)
class Metadata:
    """What is known of the cases of which there are predictions. No method sees it.

    Attributes:
        case_ids: `(n,)` strings.
        split: `(n,)` "val", "test" or "external:NAME"; with folds every case is tested, and "test".
        columns: see `Columns`.
    """

    case_ids: NDArray[np.str_]
    split: NDArray[np.str_]
    columns: Columns = field(default_factory=dict)

    def part(self, split: str) -> "Metadata":
        """Only the cases of one part, in stored order."""
        rows = self.split == split
        columns = {name: values[rows] for name, values in self.columns.items()}
        return Metadata(self.case_ids[rows], self.split[rows], columns)
