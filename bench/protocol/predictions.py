"""What is stored of single cases, as Parquet tables: predictions, activation maps, thumbnails."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Predictions:
    """Class probabilities of the validation and the test cases.

    Attributes:
        case_ids: `(n,)` strings.
        split: `(n,)` "val" or "test".
        labels: `(n,)` int64, the truth.
        groups: `(n,)` patient ids as strings, or None.
        probabilities: `(n, k)` float64, rows sum to 1.
    """

    case_ids: NDArray[np.str_]
    split: NDArray[np.str_]
    labels: NDArray[np.int64]
    groups: NDArray[np.str_] | None
    probabilities: NDArray[np.float64]

    def part(self, split: Literal["val", "test"]) -> "Predictions":
        """Only the validation or only the test cases, in stored order."""
        rows = self.split == split
        groups = None if self.groups is None else self.groups[rows]
        return Predictions(
            self.case_ids[rows],
            self.split[rows],
            self.labels[rows],
            groups,
            self.probabilities[rows],
        )


@dataclass(frozen=True, eq=False)
class Activations:
    """Where in some test images a network sees what speaks for a class.

    Attributes:
        case_ids: `(n,)` strings.
        targets: `(n,)` int64, the class that each map is of.
        grids: `(n, gh, gw)` uint8 over the whole of an image, from 0 to 255 where the image's map
            is highest.
    """

    case_ids: NDArray[np.str_]
    targets: NDArray[np.int64]
    grids: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Thumbnails:
    """Small pictures of test images.

    Attributes:
        case_ids: `(n,)` strings.
        pngs: a PNG file for each.
    """

    case_ids: NDArray[np.str_]
    pngs: tuple[bytes, ...]
