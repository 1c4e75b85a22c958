"""The classes of the training images, and parts of these that keep every class."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

Part = NDArray[np.intp]


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


class StratifiedFolds(BaseEstimator):
    """A splitter, for `cv` of scikit-learn, that no class is too small for.

    The members of every class are dealt to the folds in turn, in a pseudo-random order, each class
    going on where the last one stopped. A class of two or more members is therefore present in the
    training part of every fold, also if it has fewer members than there are folds, which
    `sklearn.model_selection.StratifiedKFold` refuses to calibrate with. A class of one member is
    kept in all training parts, that of its own fold among them: what is held out for it is not
    independent of it.

    Parameters
    ----------
    folds : int
        Most folds, at least 2; no more than the largest class has members, so that none is empty.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.array([0] * 10 + [1] * 2)
    >>> [len(held_out) for _, held_out in StratifiedFolds(5).split(None, y)]
    [3, 3, 2, 2, 2]
    """

    def __init__(self, folds: int = 5) -> None:
        self.folds = folds

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:  # noqa: ARG002
        """How many parts `split` yields of labels ``(n,)``, at most."""
        return (
            self.folds
            if y is None
            else min(self.folds, int(np.unique(y, return_counts=True)[1].max()))
        )

    def split(self, X: Any, y: Any, groups: Any = None) -> Iterator[tuple[Part, Part]]:  # noqa: ARG002
        """Indices to fit to and indices held out, for each fold of labels ``(n,)``.

        Raises
        ------
        ValueError
            If there are fewer than two folds.
        """
        yield from deal(np.asarray(y), self.folds, random_state=0)


def deal(y: NDArray[Any], folds: int, random_state: int) -> list[tuple[Part, Part]]:
    """The splits of `StratifiedFolds`, in an order of the images that depends on a seed."""
    if folds < 2:
        raise ValueError(f"folds must be at least 2, got {folds}")
    _, of_class, counts = np.unique(y, return_inverse=True, return_counts=True)
    folds = min(folds, int(counts.max()))
    fold = np.empty(len(y), dtype=np.intp)
    order = np.random.default_rng(random_state).permutation(len(y))
    dealt = 0
    for code, count in enumerate(counts):
        fold[order[of_class[order] == code]] = (dealt + np.arange(count)) % folds
        dealt += count
    alone = counts[of_class] == 1
    return [
        (np.flatnonzero((fold != part) | alone), np.flatnonzero(fold == part))
        for part in range(folds)
    ]


def stratified_sample(y: NDArray[Any], size: int) -> Part:
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
