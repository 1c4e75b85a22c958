"""The classes of the training images, and parts of these that keep every class."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def class_codes(y: Any) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Classes ``(k,)`` in ascending order, and the class index of each label ``(n,)``.

    Raises
    ------
    ValueError
        If there are fewer than two classes.
    """
    classes, codes = np.unique(np.asarray(y), return_inverse=True)
    if len(classes) < 2:
        raise ValueError("at least two classes are needed, got one")
    return classes, codes


def stratified_folds(
    y: NDArray[Any], n_folds: int
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Train and test indices of at most `n_folds` folds, no class ever missing from a train part.

    The members of every class are dealt to the folds in turn, in a fixed pseudo-random order, each
    class going on where the last one stopped. A class of two or more members is therefore present
    in the training part of every fold, also if it has fewer members than there are folds. The
    number of folds is at most the size of the largest class, so no fold is empty.

    >>> import numpy as np
    >>> [len(test) for _, test in stratified_folds(np.array([0] * 10 + [1] * 2), 5)]
    [3, 3, 2, 2, 2]
    """
    classes, counts = np.unique(y, return_counts=True)
    n_folds = min(n_folds, int(counts.max()))
    fold = np.empty(len(y), dtype=np.intp)
    order = np.random.default_rng(0).permutation(len(y))
    dealt = 0
    for label in classes:
        members = order[y[order] == label]
        fold[members] = (dealt + np.arange(len(members))) % n_folds
        dealt += len(members)
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(n_folds)]


def stratified_sample(y: NDArray[Any], size: int) -> NDArray[np.intp]:
    """Indices, in ascending order, of about `size` members of ``(n,)`` labels.

    Every class keeps the same part of its members, rounded up, in a fixed pseudo-random choice; all
    are kept if there are at most `size`.
    """
    if len(y) <= size:
        return np.arange(len(y))
    order = np.random.default_rng(0).permutation(len(y))
    kept = []
    for label in np.unique(y):
        members = order[y[order] == label]
        kept.append(members[: -(-len(members) * size // len(y))])
    return np.sort(np.concatenate(kept))


def doubled_singles(codes: NDArray[np.intp]) -> NDArray[np.intp]:
    """Indices of all of ``(n,)`` class indices, those of a class with one member twice.

    So no fold is left without a class. The values held out for such an image are not independent of
    it, and its probability is too confident.

    >>> import numpy as np
    >>> doubled_singles(np.array([0, 1, 0]))
    array([0, 1, 2, 1])
    """
    counts = np.bincount(codes)
    return np.concatenate([np.arange(len(codes)), np.flatnonzero(counts[codes] == 1)])
