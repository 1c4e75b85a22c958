"""Cases dealt into stratified parts, what belongs together in one of them."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MANY = 20_000  # rows from which parts are dealt by turns and not searched for


def stratified(
    labels: NDArray[np.int64],
    class_names: Sequence[str],
    units: NDArray[np.int64],
    k: int,
    seed: int,
) -> NDArray[np.int64]:
    """`(n,)` the part of every row, of at least k units, which are kept together, classes balanced.

    Images are balanced, as far as each part so has two units of every class that has two for each;
    else units are, since a patient with very many images would fill a part on its own.
    """
    # StratifiedGroupKFold warns of classes with fewer than k rows; their presence in each part is
    # checked by the caller, so such classes are dealt out by turns here.
    part = np.full(len(labels), -1, dtype=np.int64)
    counts = np.bincount(labels, minlength=len(class_names))
    rng = np.random.default_rng(seed)
    turns = rng.permutation(k)  # one order for all, so that rare classes meet in the same parts
    for label in np.flatnonzero((counts > 0) & (counts < k)):
        waiting = np.unique(units[(labels == label) & (part < 0)])
        for i, unit in enumerate(rng.permutation(waiting)):
            part[units == unit] = turns[i % k]
    left = np.flatnonzero(part < 0)
    if len(left) > _MANY:
        part[left] = _by_turns(labels[left], units[left], k, rng)
    elif len(left):
        part[left] = stratified_group_folds(labels[left], units[left], k, seed)
        if _lacks_units(part, labels, units, k):
            even = part.copy()
            even[left] = _units_balanced(labels[left], units[left], k, seed)
            return part if _lacks_units(even, labels, units, k) else even
    return part


def _lacks_units(
    part: NDArray[np.int64], labels: NDArray[np.int64], units: NDArray[np.int64], k: int
) -> bool:
    """Whether one of k parts has fewer than two units of a class that has two for each."""
    label, where, _ = np.unique(np.stack([labels, part, units]), axis=1)
    counts = np.zeros((int(labels.max()) + 1, k), np.int64)
    np.add.at(counts, (label, where), 1)
    enough = counts.sum(axis=1) >= 2 * k
    return bool((counts[enough] < 2).any())


def _units_balanced(
    labels: NDArray[np.int64], units: NDArray[np.int64], k: int, seed: int
) -> NDArray[np.int64]:
    """`(n,)` the fold of every row, where a unit counts once for each of its classes."""
    (unit, label), of_row = np.unique(np.stack([units, labels]), axis=1, return_inverse=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a class with fewer units than parts
        return stratified_group_folds(label, unit, k, seed)[of_row.ravel()]


def stratified_group_folds(
    labels: NDArray[np.int64], units: NDArray[np.int64], k: int, seed: int
) -> NDArray[np.int64]:
    """`(n,)` the fold of every row, by scikit-learn's `StratifiedGroupKFold`, shuffled.

    Each group in turn goes where the classes stay best balanced. scikit-learn tries one fold after
    the other, with several NumPy calls for each; here all folds are tried in one array, in the same
    arithmetic and order, so that the folds are the same.

    Args:
        labels: `(n,)` classes; at least one of them has k rows.
        units: `(n,)` rows with equal values stay together; at least k different ones.
        k: number of folds.
        seed: of the shuffling.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    class AllFoldsAtOnce(StratifiedGroupKFold):  # type: ignore[misc]
        def _find_best_fold(self, y_counts_per_fold: Any, y_cnt: Any, group_y_counts: Any) -> int:
            # (fold that the group would go to, fold, class)
            tried = np.repeat(y_counts_per_fold[None], self.n_splits, axis=0)
            own = np.arange(self.n_splits)
            tried[own, own] += group_y_counts
            uneven = (tried / y_cnt).std(axis=1).mean(axis=1).tolist()
            return _first_best(uneven, y_counts_per_fold.sum(axis=1).tolist())

    fold = np.empty(len(labels), dtype=np.int64)
    splitter = AllFoldsAtOnce(k, shuffle=True, random_state=seed)
    for i, (_, rows) in enumerate(splitter.split(labels, labels, units)):
        fold[rows] = i
    return fold


def _first_best(uneven: list[float], filled: list[float]) -> int:
    """The fold that is least uneven; of those that are alike (as of `np.isclose`) the emptier."""
    best = 0
    for i in range(1, len(uneven)):
        least = uneven[best]
        alike = abs(uneven[i] - least) <= 1e-8 + 1e-5 * abs(least)
        if uneven[i] < least or (alike and filled[i] < filled[best]):
            best = i
    return best


def _by_turns(
    labels: NDArray[np.int64], units: NDArray[np.int64], k: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """`(n,)` the fold of every row: the units of each class in random order, dealt by turns.

    A unit is of the class of its first row. With very many units, which differ little in size, this
    is as balanced as scikit-learn's search, which looks at each of them in turn.
    """
    _, first, unit = np.unique(units, return_index=True, return_inverse=True)
    fold = np.empty(len(first), dtype=np.int64)
    start = 0
    for label in np.unique(labels):
        own = rng.permutation(np.flatnonzero(labels[first] == label))
        fold[own] = (start + np.arange(len(own))) % k
        start += len(own)
    return fold[unit]
