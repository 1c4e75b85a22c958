"""Splits, folds and training fractions that keep patients and identical images together."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from bench.dataset import Dataset, Split
from bench.errors import DataError

Rows = NDArray[np.intp]

_PARTS = 5  # a fifth is validation, a fifth is test


def automatic(
    labels: NDArray[np.int64],
    class_names: Sequence[str],
    groups: NDArray[np.str_] | None,
    images: NDArray[np.uint8] | None,
    seed: int,
) -> tuple[Rows, Rows, Rows]:
    """Rows of a stratified 60/20/20 split in which every class is in every part.

    Args:
        labels: `(n,)` in `0..k-1`.
        class_names: `k` names, for messages.
        groups: `(n,)` patients, which stay together, or None.
        images: `(n, h, w, c)`; identical ones stay together. None to leave that out.
        seed: of the shuffling.

    Returns:
        Ascending rows of train, val and test.

    Raises:
        DataError: if a class has too few images or groups to be in each part.
    """
    units = _units(len(labels), groups, images)
    parts = _stratified(labels, class_names, units, _PARTS, seed)
    k = len(class_names)
    for test, val in permutations(range(_PARTS), 2):
        chosen = [np.flatnonzero((parts != val) & (parts != test))]
        chosen += [np.flatnonzero(parts == val), np.flatnonzero(parts == test)]
        if all(len(np.unique(labels[rows])) == k for rows in chosen):
            return chosen[0], chosen[1], chosen[2]
    for label, name in enumerate(class_names):
        n_units = len(np.unique(units[labels == label]))
        if n_units < 3:
            raise _too_few(name, int((labels == label).sum()), n_units, 3, groups is not None)
    raise DataError(
        "No 60/20/20 split has every class in every part: some classes share too few patients. "
        "Give the split yourself in a column 'split' of a manifest.csv."
    )


def validation(
    rows: Rows, whole: Split, class_names: Sequence[str], seed: int
) -> tuple[Rows, Rows]:
    """A fifth of the given rows set aside for validation, groups and identical images together.

    Of the five possible parts it is the first that leaves every class in train and, where that can
    be had, holds every class itself.

    Returns:
        Ascending rows of what is left, and of the validation part.
    """
    part = whole.take(rows)
    units = _units(len(part), part.groups, part.images)
    dealt = _stratified(part.labels, class_names, units, _PARTS, seed)

    def classes_on_both_sides(i: int) -> tuple[int, int]:
        sides = (part.labels[dealt != i], part.labels[dealt == i])
        return len(np.unique(sides[0])), len(np.unique(sides[1]))

    best = max(range(_PARTS), key=classes_on_both_sides)
    return rows[dealt != best], rows[dealt == best]


def folds(data: Dataset, k: int, seed: int) -> list[Dataset]:
    """Grouped, stratified cross-validation: a data set per fold, all parts pooled.

    Fold i is the test part; a further fold of the rest is the validation part.

    Raises:
        DataError: if a class has fewer than `k` images or groups.
    """
    pooled = _pooled(data)
    units = _units(len(pooled), pooled.groups, pooled.images)
    for label, name in enumerate(data.class_names):
        n_units = len(np.unique(units[pooled.labels == label]))
        if n_units < k:
            n = int((pooled.labels == label).sum())
            raise _too_few(name, n, n_units, k, pooled.groups is not None)
    parts = _stratified(pooled.labels, data.class_names, units, k, seed)
    made = []
    for i in range(k):
        rest = np.flatnonzero(parts != i)
        inner = _stratified(pooled.labels[rest], data.class_names, units[rest], max(k - 1, 2), seed)
        made.append(
            replace(
                data,
                train=pooled.take(rest[inner != 0]),
                val=pooled.take(rest[inner == 0]),
                test=pooled.take(np.flatnonzero(parts == i)),
                provenance=replace(data.provenance, split="cross-validation"),
                known_answer=None,
            )
        )
    return made


def fraction(part: Split, share: float, seed: int) -> Split:
    """A stratified share of a training part, whole groups at a time; smaller ones lie in larger.

    Every class keeps at least two groups, or all if it has fewer.

    Args:
        part: usually the training part.
        share: in (0, 1]; 1 gives the part itself.
        seed: of the order in which groups are taken.
    """
    if share >= 1:
        return part
    units = _units(len(part), part.groups, None)
    rng = np.random.default_rng(seed)
    chosen = np.zeros(len(part), dtype=bool)
    for label in np.unique(part.labels):
        own = part.labels == label
        order = rng.permutation(np.unique(units[own]))
        sizes = np.array([int((own & (units == unit)).sum()) for unit in order])
        needed = int(np.searchsorted(np.cumsum(sizes), share * own.sum())) + 1
        chosen |= own & np.isin(units, order[: max(needed, 2)])
    return part.take(np.flatnonzero(chosen))


def image_digests(images: NDArray[np.uint8]) -> NDArray[np.str_]:
    """`(n,)` a hash of the pixels of every image: equal for identical images only."""
    return np.array(
        [
            hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=12).hexdigest()
            for image in images
        ]
    )


def _units(
    n: int, groups: NDArray[np.str_] | None, images: NDArray[np.uint8] | None
) -> NDArray[np.int64]:
    """What must stay together: patients, joined where they share an identical image."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = []
    for keys in (groups, None if images is None else image_digests(images)):
        if keys is not None:
            _, first, same = np.unique(keys, return_index=True, return_inverse=True)
            links.append(first[same])
    rows = np.tile(np.arange(n), len(links))
    columns = np.concatenate(links) if links else np.arange(0)
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))
    _, units = connected_components(graph, directed=False)
    found: NDArray[np.int64] = units.astype(np.int64)
    return found


def _stratified(
    labels: NDArray[np.int64],
    class_names: Sequence[str],
    units: NDArray[np.int64],
    k: int,
    seed: int,
) -> NDArray[np.int64]:
    """`(n,)` the fold of every row, units kept together and classes balanced."""
    from sklearn.model_selection import StratifiedGroupKFold

    if len(np.unique(units)) < k:
        raise DataError(
            f"{len(np.unique(units))} separate images or patients cannot be dealt into {k} parts."
        )
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
    if len(left):
        splitter = StratifiedGroupKFold(k, shuffle=True, random_state=seed)
        for i, (_, rows) in enumerate(splitter.split(left, labels[left], units[left])):
            part[left[rows]] = i
    return part


def _pooled(data: Dataset) -> Split:
    parts = [part for _, part in data.parts()]
    groups = [part.groups for part in parts if part.groups is not None]
    return Split(
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.case_ids for part in parts]),
        np.concatenate(groups) if len(groups) == len(parts) else None,
    )


def _too_few(name: str, images: int, units: int, needed: int, grouped: bool) -> DataError:
    what = f"{units} patient(s)" if grouped else f"{units} different image(s)"
    return DataError(
        f"Class {name!r} has {images} image(s) of {what}; a split needs at least {needed}, one for "
        "each part. Add images, merge it with another class, or leave it out."
    )
