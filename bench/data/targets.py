"""The classes of pixels that a segmentation is about: what is true, and what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.data.chunks import chunks

BACKGROUND = "background"
"""Name of class 0 where nobody names it."""

_LEAVE_OUT = f'name its value "{BACKGROUND}" in a classes.toml, with the names of the others'

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


@dataclass(frozen=True, eq=False)
class Shown:
    """Which classes the masks of n cases show.

    Attributes:
        in_files: `(n,)` names of the classes, separated by line breaks.
        lost: `(n,)` those of them that are gone at the size of the images.
        in_train: `(n,)` whether a case is of the training part.
    """

    in_files: NDArray[np.str_]
    lost: NDArray[np.str_]
    in_train: NDArray[np.bool_]


def absent(names: tuple[str, ...], shown: Shown, side: int, named_in: str, split_made: bool) -> str:
    """Why the training part shows nothing of a class, and what to do; "" if it shows each.

    Args:
        names: of the classes, the background first.
        shown: of the cases of all parts.
        side: px of the images.
        named_in: the file that names the classes, "" where their values do.
        split_made: whether the parts are made here.
    """
    for name in names[1:]:
        shows = has(shown.in_files, name)
        gone = has(shown.lost, name)
        if (shows & ~gone & shown.in_train).any():
            continue
        n = int(shows.sum())
        images = "the one image that shows it" if n == 1 else f"the {n:,} images that show it"
        if n == 0:
            return (
                f"no mask that is read shows the class {name!r}, which {named_in} names. Name only "
                "what masks show, there or in a classes.toml, which goes before a dataset.json."
            )
        if gone.sum() == n:
            return f"the class {name!r} vanishes at {side} px in {images}. Take a larger --size."
        if (shows & shown.in_train).any():
            return (
                f"the class {name!r} vanishes at {side} px in {int(gone.sum()):,} of {images}, "
                "among them all of the training part. Take a larger --size."
            )
        way = "Give" if split_made else "Put some there, give"
        return (
            f"the training part shows nothing of the class {name!r}: {images} "
            f"{'is' if n == 1 else 'are'} in other parts. {way} more images of it, or "
            f"{_LEAVE_OUT}."
        )
    return ""


def shown_by(names: tuple[str, ...], targets: Sequence[NDArray[np.uint8]]) -> NDArray[np.bool_]:
    """`(n, k - 1)` which of k classes but the background each case of several parts shows."""
    k = len(names)
    rows = [np.bincount(one.ravel(), minlength=k)[1:k] > 0 for own in targets for one in own]
    return np.array(rows, np.bool_).reshape(len(rows), k - 1)


def absent_from_fold(
    names: tuple[str, ...], shows: NDArray[np.bool_], train: Sequence[NDArray[np.intp]]
) -> str:
    """Of which class the training part of which fold shows nothing, and what to do; "" if none.

    Args:
        names: of the classes, the background first.
        shows: see `shown_by`.
        train: rows of the training part of each fold.
    """
    for i, rows in enumerate(train):
        for name, drawn in zip(names[1:], shows.T, strict=True):
            if not drawn[rows].any():
                return (
                    f"fold {i + 1}: no training image shows the class {name!r}, which "
                    f"{int(drawn.sum()):,} of {len(drawn):,} images show. Take fewer folds, give "
                    f"more images of it, or {_LEAVE_OUT}."
                )
    return ""


def has(names: NDArray[np.str_], name: str) -> NDArray[np.bool_]:
    """`(n,)` whether a name is among those that line breaks separate, see `Shown`."""
    return np.array([name in own.split("\n") for own in names.tolist()], np.bool_)


def _seen(targets: NDArray[np.uint8], k: int) -> tuple[set[int], int]:
    """Which of the classes 1 to k - 1 there are, and the largest value."""
    seen: set[int] = set()
    largest = 0
    for some in chunks(targets):
        largest = max(largest, int(some.max(initial=0)))
        seen |= {c for c in range(1, k) if c not in seen and (some == c).any()}
    return seen, largest
