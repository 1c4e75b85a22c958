"""The masks of the cases of a folder as they are found while images are decoded."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.data.folders.target_classes import Seen


@dataclass(frozen=True, eq=False)
class Masks:
    """What was found out about the masks of n cases while they were decoded.

    Attributes:
        pngs: the values of each at the size of its file.
        spacings: `(n, 2)` mm, NaN where it is not known.
        found: of all values but 0, how often masks have them.
        told: value → name as files say.
    """

    pngs: list[bytes]
    spacings: NDArray[np.float64]
    found: dict[int, Seen]
    told: dict[int, str]

    @classmethod
    def of(cls, n: int) -> "Masks":
        """Those of n cases, of which nothing is known."""
        return cls([b""] * n, np.full((n, 2), np.nan), {}, {})

    def note(self, path: str, values: NDArray[np.uint8]) -> None:
        """Count the values of a mask."""
        counts = np.bincount(values.ravel(), minlength=256)
        for value in (1 + np.flatnonzero(counts[1:])).tolist():
            seen = self.found.setdefault(value, Seen(path))
            seen.path = min(seen.path, path)
            seen.masks += 1
            seen.pixels += int(counts[value])


def joined(values: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """The label values of several masks of an image; where two say something, the later one's."""
    whole = values[0].copy()
    for other in values[1:]:
        np.copyto(whole, other, where=other > 0)
    return whole
