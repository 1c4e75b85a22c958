"""Parts of a segmentation that show every class of pixels, where another deal can give that."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bench.data.splits import Rows, draw_seed
from bench.protocol.errors import DataError

_Parts = TypeVar("_Parts")

MOST = 20
"""Deals that are tried."""

_TRAINING = 1000  # how much more a training part without a class counts than another part


def showing_all(
    deal: Callable[[int], _Parts],
    parts_of: Callable[[_Parts], tuple[Sequence[Rows], Sequence[Rows]]],
    shows: NDArray[np.bool_],
    seed: int,
) -> _Parts:
    """The first deal whose parts show every class; else that in which the fewest parts lack one.

    Strata keep the proportions of how much images show, and not of what, so that by lot a part may
    show nothing of a class that few images show.

    Args:
        deal: makes the parts by a seed.
        parts_of: the rows of the training parts of what it makes, and those of the others.
        shows: `(n, k)` which of the classes but the background each case shows.
        seed: of the first deal, from which those of further ones follow.

    Raises:
        DataError: as the first deal does.
    """
    best = deal(seed)
    lacking = _lacking(*parts_of(best), shows)
    for i in range(1, MOST):
        if not lacking:
            break
        try:
            other = deal(draw_seed(seed, i))
        except DataError:
            continue
        found = _lacking(*parts_of(other), shows)
        if found < lacking:
            best, lacking = other, found
    return best


def _lacking(training: Sequence[Rows], others: Sequence[Rows], shows: NDArray[np.bool_]) -> int:
    """How often parts show nothing of a class, but for what a class of very few cases must."""
    cases = shows.sum(axis=0)
    in_training = sum(int((~shows[rows].any(axis=0)).sum()) for rows in training)
    elsewhere = sum(int((~shows[rows].any(axis=0)).sum()) for rows in others)
    unavoidable = int(np.clip(len(others) + 1 - cases, 0, len(others)).sum())
    return _TRAINING * in_training + max(elsewhere - unavoidable, 0)
