"""Splits and folds that keep patients and like images together."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data.chunks import chunks, images_at
from bench.data.dataset import Dataset, Split
from bench.data.dealing import stratified
from bench.data.strata import dealable
from bench.data.too_few import (
    Amount,
    Owner,
    beside_a_fold,
    no_split,
    of_class,
    to_fold,
    to_split,
    to_validate,
)

Rows = NDArray[np.intp]

_PARTS = 5  # a fifth is validation, a fifth is test
_SOMEBODYS = Owner()


def automatic(
    labels: NDArray[np.int64],
    class_names: Sequence[str],
    groups: NDArray[np.str_] | None,
    alike: NDArray[Any] | None,
    seed: int,
    owner: Owner = _SOMEBODYS,
) -> tuple[Rows, Rows, Rows]:
    """Rows of a stratified 60/20/20 split in which every class is in every part.

    Args:
        labels: `(n,)` in `0..k-1`.
        class_names: `k` names, for messages.
        groups: `(n,)` patients, which stay together, or None.
        alike: `(n,)` images with equal values stay together, for example their digests, or the
            clusters of near twins. None to leave that out.
        seed: of the shuffling.
        owner: for messages.

    Returns:
        Ascending rows of train, val and test.

    Raises:
        DataError: if there are too few images or groups, or a class has too few to be in each part.
    """
    units = units_of(len(labels), groups, alike)
    whole = Amount(len(labels), len(np.unique(units)), groups is not None)
    if owner.segments:
        if whole.units < _PARTS:  # before strata, which nobody has heard of
            raise to_split(owner, whole, _PARTS)
        labels, class_names = dealable(labels, tuple(class_names), units, 3)
    refuse_too_few(labels, class_names, units, 3, whole.grouped, owner)
    if whole.units < _PARTS:
        raise to_split(owner, whole, _PARTS)
    parts = stratified(labels, class_names, units, _PARTS, seed)
    k = len(class_names)
    for test, val in permutations(range(_PARTS), 2):
        chosen = [np.flatnonzero((parts != val) & (parts != test))]
        chosen += [np.flatnonzero(parts == val), np.flatnonzero(parts == test)]
        if all(len(np.unique(labels[rows])) == k for rows in chosen):
            return chosen[0], chosen[1], chosen[2]
    if owner.segments and k > 1:  # strata are for balance alone
        return automatic(np.zeros_like(labels), ("all",), groups, alike, seed, owner)
    label, amount = _least(labels, k, units, whole.grouped)
    raise no_split(owner, class_names[label], amount)


def refuse_too_few(
    labels: NDArray[np.int64],
    class_names: Sequence[str],
    units: NDArray[Any] | None,
    needed: int,
    grouped: bool,
    owner: Owner = _SOMEBODYS,
    in_folds: bool = False,
) -> None:
    """Refuse a class of which not every part can have something; named is that of the fewest.

    Args:
        labels: `(n,)` in `0..k-1`.
        class_names: `k` names, for the message.
        units: `(n,)` what stays together, for example patients; None for each image on its own.
        needed: parts.
        grouped: whether units are patients, for the message.
        owner: likewise.
        in_folds: whether the parts are folds, likewise.

    Raises:
        DataError: if a class has fewer units than parts are needed.
    """
    label, amount = _least(labels, len(class_names), units, grouped)
    if amount.units < needed:
        raise of_class(owner, class_names[label], amount, needed, in_folds)


def _least(
    labels: NDArray[np.int64], k: int, units: NDArray[Any] | None, grouped: bool
) -> tuple[int, Amount]:
    """The first class of which there is least, and how much of it."""
    found = []
    for label in range(k):
        own = np.flatnonzero(labels == label)
        n = len(own) if units is None else len(np.unique(units[own]))
        found.append((n, label, Amount(len(own), n, grouped)))
    return min(found, key=lambda one: one[:2])[1:]


def validation(
    rows: Rows,
    labels: NDArray[np.int64],
    groups: NDArray[np.str_] | None,
    alike: NDArray[Any] | None,
    class_names: Sequence[str],
    seed: int,
    owner: Owner = _SOMEBODYS,
) -> tuple[Rows, Rows]:
    """A fifth of the given rows set aside for validation, groups and like images together.

    Of the five possible parts it is the first that leaves every class in train and, where that can
    be had, holds every class itself.

    Args:
        rows: which cases are dealt.
        labels, groups, alike: of all cases, as for `automatic`.
        class_names: `k` names, for messages.
        seed: of the shuffling.
        owner: for messages.

    Returns:
        Ascending rows of what is left, and of the validation part.

    Raises:
        DataError: if there are too few images or groups.
    """
    own = labels[rows]
    units = units_of(
        len(rows),
        None if groups is None else groups[rows],
        None if alike is None else alike[rows],
    )
    whole = Amount(len(rows), len(np.unique(units)), groups is not None)
    if whole.units < _PARTS:
        raise to_validate(owner, whole, _PARTS)
    dealt = stratified(own, class_names, units, _PARTS, seed)

    def classes_on_both_sides(i: int) -> tuple[int, int]:
        sides = (own[dealt != i], own[dealt == i])
        return len(np.unique(sides[0])), len(np.unique(sides[1]))

    best = max(range(_PARTS), key=classes_on_both_sides)
    return rows[dealt != best], rows[dealt == best]


@dataclass(frozen=True, eq=False)
class Pooled:
    """The cases of all parts of a data set in one row, their pixels where they are.

    Attributes:
        data: the data set.
        labels, case_ids, groups: `(n,)` as in `Split`, train first, then val, then test.
    """

    data: Dataset
    labels: NDArray[np.int64]
    case_ids: NDArray[np.str_]
    groups: NDArray[np.str_] | None

    @classmethod
    def of(cls, data: Dataset) -> "Pooled":
        """The cases of a data set."""
        parts = [part for _, part in data.parts()]
        return cls(
            data,
            np.concatenate([part.labels for part in parts]),
            np.concatenate([part.case_ids for part in parts]),
            groups_of(parts),
        )

    def images(self, rows: Rows) -> NDArray[np.uint8]:
        """The pixels of some cases, in the order of the rows."""
        return images_at([part.images for _, part in self.data.parts()], rows)

    def targets(self, rows: Rows) -> NDArray[np.uint8]:
        """The classes of the pixels of some cases, in the order of the rows."""
        parts = [part.targets for _, part in self.data.parts() if part.targets is not None]
        return images_at(parts, rows)


def groups_of(parts: Sequence[Split]) -> NDArray[np.str_] | None:
    """`(n,)` the patients of several parts, one after the other; None unless all name theirs."""
    groups = [part.groups for part in parts if part.groups is not None]
    return np.concatenate(groups) if len(groups) == len(parts) else None


@dataclass(frozen=True, eq=False)
class Fold:
    """Ascending rows of the pooled cases in each part of one fold."""

    train: Rows
    val: Rows
    test: Rows


def folds(pooled: Pooled, k: int, seed: int, alike: NDArray[Any] | None = None) -> list[Fold]:
    """Grouped, stratified cross-validation over the cases of all parts.

    Fold i is the test part; a further fold of the rest is the validation part.

    Args:
        pooled: the cases.
        k: how many folds.
        seed: of the shuffling.
        alike: as for `automatic`; by default identical images stay together.

    Raises:
        DataError: if a class has fewer than `k` images or groups, or there are too few in all.
    """
    if alike is None:
        alike = np.concatenate([image_digests(part.images) for _, part in pooled.data.parts()])
    labels, class_names = pooled.labels, pooled.data.class_names
    units = units_of(len(labels), pooled.groups, alike)
    grouped = pooled.groups is not None
    owner = Owner(f"Data set {pooled.data.name!r}: ", pooled.data.task == "segmentation")
    whole = Amount(len(labels), len(np.unique(units)), grouped)
    if owner.segments:
        if whole.units < k:
            raise to_fold(owner, whole, k)
        labels, class_names = dealable(labels, class_names, units, k)
    refuse_too_few(labels, class_names, units, k, grouped, owner, in_folds=True)
    parts = stratified(labels, class_names, units, k, seed)
    made = []
    for i in range(k):
        rest = np.flatnonzero(parts != i)
        left = Amount(len(rest), len(np.unique(units[rest])), grouped)
        if left.units < max(k - 1, 2):
            raise beside_a_fold(owner, left, i + 1, k)
        inner = stratified(labels[rest], class_names, units[rest], max(k - 1, 2), seed)
        made.append(Fold(rest[inner != 0], rest[inner == 0], np.flatnonzero(parts == i)))
    return made


def draw_seed(split_seed: int, repeat: int) -> int:
    """The seed of a further draw of the folds; of the first draw the study's own."""
    if repeat == 0:
        return split_seed
    return int(np.random.SeedSequence((split_seed, repeat)).generate_state(1)[0])


def image_digests(images: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """`(n,)` a hash of the pixels of every image: equal for identical images only.

    Of a million images two different ones share a hash with a probability of 3e-8.
    """
    digests = np.empty(len(images), np.uint64)
    row = 0
    for some in chunks(images):
        for image in some:
            data = np.ascontiguousarray(image).data
            digest = hashlib.blake2b(data, digest_size=8).digest()
            digests[row] = int.from_bytes(digest, "little")
            row += 1
    return digests


def units_of(
    n: int, groups: NDArray[np.str_] | None, alike: NDArray[Any] | None
) -> NDArray[np.int64]:
    """`(n,)` what must stay together: patients, joined where they share like images.

    Args:
        n: how many images.
        groups: `(n,)` patients, None where they are not known.
        alike: `(n,)` images with equal values stay together, None to leave that out.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = []
    keys: NDArray[Any] | None
    for keys in (groups, alike):
        if keys is not None:
            _, first, same = np.unique(keys, return_index=True, return_inverse=True)
            links.append(first[same])
    rows = np.tile(np.arange(n), len(links))
    columns = np.concatenate(links) if links else np.arange(0)
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))
    _, units = connected_components(graph, directed=False)
    found: NDArray[np.int64] = units.astype(np.int64)
    return found
