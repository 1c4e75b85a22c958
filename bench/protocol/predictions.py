"""What is stored of single cases, as Parquet tables: predictions, activation maps, thumbnails."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.protocol.metadata import EXTERNAL


@dataclass(frozen=True, eq=False)
class Predictions:
    """Class probabilities of the validation and the test cases, and of those of external parts.

    Attributes:
        case_ids: `(n,)` strings.
        split: `(n,)` "val", "test" or "external:NAME".
        labels: `(n,)` int64, the truth.
        groups: `(n,)` patient ids as strings, "" in parts where they are not known; None where they
            are known in no part.
        probabilities: `(n, k)` float64, rows sum to 1.
    """

    case_ids: NDArray[np.str_]
    split: NDArray[np.str_]
    labels: NDArray[np.int64]
    groups: NDArray[np.str_] | None
    probabilities: NDArray[np.float64]

    def externals(self) -> tuple[str, ...]:
        """Names of the external parts, in stored order."""
        names = dict.fromkeys(self.split.tolist())
        return tuple(n.removeprefix(EXTERNAL) for n in names if n.startswith(EXTERNAL))

    def part(self, split: str) -> "Predictions":
        """Only the cases of one part, in stored order.

        Args:
            split: "val", "test" or "external:NAME".
        """
        rows = self.split == split
        groups = None if self.groups is None else self.groups[rows]
        if groups is not None and not (groups != "").any():
            groups = None
        return Predictions(
            self.case_ids[rows],
            self.split[rows],
            self.labels[rows],
            groups,
            self.probabilities[rows],
        )


@dataclass(frozen=True, eq=False)
class CorruptedPredictions:
    """Class probabilities of the test cases once their images were corrupted.

    Attributes:
        case_ids: `(n,)` strings, the test cases in the order of `Predictions`.
        kinds: names of the corruptions.
        severities: how strong each was, ascending.
        probabilities: `(kinds, severities, n, k)` float32.
    """

    case_ids: NDArray[np.str_]
    kinds: tuple[str, ...]
    severities: tuple[int, ...]
    probabilities: NDArray[np.float32]


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
