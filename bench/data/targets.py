"""The classes of pixels that a segmentation is about: what is true, and what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.data.chunks import chunks

BACKGROUND = "background"
"""Name of class 0 where nobody names it."""

Part = tuple[str, tuple[int, ...], NDArray[np.uint8] | None]
"""Name of a part, shape `(n, h, w, c)` of its images, and its targets."""


@dataclass(frozen=True, eq=False)
class Originals:
    """The true label maps at the size of the files that they come from.

    Attributes:
        pngs: see `bench.protocol.label_maps`.
        heights, widths: `(n,)` int32, px.
        spacings: `(n, 2)` float64, mm from row to row and from column to column, NaN where it is
            not known.
    """

    pngs: tuple[bytes, ...]
    heights: NDArray[np.int32]
    widths: NDArray[np.int32]
    spacings: NDArray[np.float64]

    def take(self, rows: NDArray[np.intp]) -> "Originals":
        """Those of some cases, in this order."""
        return Originals(
            tuple(self.pngs[row] for row in rows.tolist()),
            self.heights[rows],
            self.widths[rows],
            self.spacings[rows],
        )


def fault(names: tuple[str, ...], parts: Sequence[Part]) -> str:
    """What is wrong with the targets of a data set, to be put behind its name; "" if nothing is.

    Args:
        names: of the classes, the background first.
        parts: train first, which has to show every class.
    """
    k = len(names)
    if k < 2 or len(set(names)) < k:
        return (
            f": target_names are {list(names)}; needed are the background and at least one class, "
            "each with a name of its own."
        )
    for name, (*shape, channels), targets in parts:
        if targets is None:
            return f", {name} part has no targets; segmentation needs them."
        if targets.shape != tuple(shape) or targets.dtype != np.uint8:
            return (
                f", {name} part: targets are {targets.dtype} {targets.shape}; needed is uint8 "
                f"{tuple(shape)}, the class of every pixel."
            )
        if channels not in (1, 3):
            return (
                f", {name} part: images of {channels} channels; gray or RGB are needed, since a "
                "mask channel would show where the lesion is."
            )
        seen, largest = _seen(targets, k)
        if largest >= k:
            return (
                f", {name} part: targets up to {largest}; with {k} classes they must lie in "
                f"0..{k - 1}."
            )
        if name == parts[0][0] and len(seen) < k - 1:
            absent = next(names[c] for c in range(1, k) if c not in seen)
            return (
                f": no pixel of a training image is of the class {absent!r}. Give it some, or "
                "leave the class out."
            )
    return ""


def _seen(targets: NDArray[np.uint8], k: int) -> tuple[set[int], int]:
    """Which of the classes 1 to k - 1 there are, and the largest value."""
    seen: set[int] = set()
    largest = 0
    for some in chunks(targets):
        largest = max(largest, int(some.max(initial=0)))
        seen |= {c for c in range(1, k) if c not in seen and (some == c).any()}
    return seen, largest
