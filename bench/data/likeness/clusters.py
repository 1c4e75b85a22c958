"""What near twins mean for a data set: which cases have one elsewhere, and which stay together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset
from bench.data.likeness.near_duplicates import Twins
from bench.data.splits import Fold, units_of
from bench.protocol.errors import DataError

MOST_TOGETHER = 0.2
"""Share of all cases that may be kept together as twins of twins: what a test part may hold. Of a
larger cluster, such as a film, or many patients who have like images, only identical images are
kept together."""

Clusters = tuple[tuple[str, ...], ...]
_Parts = TypeVar("_Parts")


def with_twin_among(twins: Twins, among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """`(n,)` which cases have a near or identical twin, other than themselves, among some cases.

    Args:
        twins: of n cases.
        among: `(n,)` which cases these are.
    """
    kinds, kind = np.unique(twins.digests, return_inverse=True)
    identical = np.bincount(kind[among], minlength=len(kinds))
    near = np.zeros(len(kinds), dtype=bool)
    for one, other in ((twins.first, twins.second), (twins.second, twins.first)):
        near[kind[one[identical[kind[other]] > 0]]] = True
    found: NDArray[np.bool_] = near[kind] | (identical[kind] > among)
    return found & ~twins.constant


def clusters(twins: Twins, among: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    """`(n,)` the cluster of every case: twins, identical images and twins of twins share one.

    Args:
        twins: of n cases.
        among: `(n,)` the cases through which chains may lead, None for all; the clusters of others
            mean nothing.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    kinds, kind = np.unique(twins.digests, return_inverse=True)
    first, second = kind[twins.first], kind[twins.second]
    if among is not None:
        inside = np.zeros(len(kinds), dtype=bool)
        inside[kind[among]] = True
        linked = inside[first] & inside[second]
        first, second = first[linked], second[linked]
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(len(kinds), len(kinds)))
    _, found = connected_components(graph, directed=False)
    numbers: NDArray[np.int64] = found[kind].astype(np.int64)
    return numbers


def restricted(twins: Twins, rows: NDArray[np.intp]) -> Twins:
    """The twins among some of the cases, which are counted anew in this order.

    Args:
        twins: of n cases.
        rows: ascending.
    """
    # of identical images only the first stands in pairs: where it is not among these, the next does
    kinds, kind = np.unique(twins.digests, return_inverse=True)
    first = np.full(len(kinds), -1)
    first[kind[rows[::-1]]] = np.arange(len(rows))[::-1]
    pairs = first[kind[np.stack([twins.first, twins.second])]]
    inside = (pairs >= 0).all(axis=0)
    pairs = np.sort(pairs[:, inside], axis=0)
    return Twins(
        twins.digests[rows],
        twins.constant[rows],
        pairs[0],
        pairs[1],
        twins.mirrored[inside],
        twins.complete,
    )


def keeping_twins(
    twins: Twins | None,
    digests: NDArray[np.uint64],
    deal: Callable[[NDArray[Any]], _Parts],
    groups: NDArray[np.str_] | None = None,
) -> _Parts:
    """Deal cases into parts with near twins together; only identical ones where that cannot be.

    An image that shows nothing is alike to none, so that patients who all have a black slice are
    dealt as they are.

    Args:
        twins: of the cases, None where they were not searched for.
        digests: `(n,)` of the images.
        deal: makes the parts; images with equal values of what it is given stay together.
        groups: `(n,)` patients that `deal` keeps together, too: those whom twins join are counted
            as one cluster.
    """
    if twins is None:
        return deal(digests)
    n = len(digests)
    _, kind = np.unique(digests, return_inverse=True)
    kind[twins.constant] = n + np.flatnonzero(twins.constant)  # black slices make no patients one
    if not len(twins.first):
        return deal(kind)
    cluster = np.where(twins.constant, kind, clusters(twins))
    joined = cluster if groups is None else units_of(n, groups, cluster)
    large = np.bincount(joined)[joined] > MOST_TOGETHER * n
    try:
        return deal(np.where(large | twins.constant, n + kind, cluster))
    except DataError:
        return deal(kind)


@dataclass(frozen=True)
class Marks:
    """The cases of a data set that have near or identical twins, by their ids.

    Attributes:
        test: in order, the test cases with a twin in train or validation of their fold.
        val: for each fold, or the one split, the validation cases with a twin in train.
        within_test: test cases that are twins of each other, or twins of twins, in clusters of two
            and more; with folds all cases are tested.
    """

    test: tuple[str, ...]
    val: Clusters
    within_test: Clusters


def marks(case_ids: NDArray[np.str_], folds: Sequence[Fold], twins: Twins | None) -> Marks | None:
    """Which cases have twins where it matters; None where twins were not searched for.

    Args:
        case_ids: `(n,)` of all cases, train first, then val, then test.
        folds: their rows in the parts of each fold; a single split counts as one fold.
        twins: what `find_twins` found among them.
    """
    if twins is None:
        return None
    n = len(case_ids)
    leaked, tested = np.zeros((2, n), dtype=bool)
    val = []
    for fold in folds:
        train, test = np.zeros((2, n), dtype=bool)
        train[fold.train], test[fold.test] = True, True
        leaked |= test & with_twin_among(twins, ~test)
        tested |= test
        own = with_twin_among(twins, train)[fold.val]
        val.append(tuple(case_ids[fold.val[own]].tolist()))
    cluster = clusters(twins, tested)
    members: dict[int, list[str]] = {}
    for row in np.flatnonzero(tested & ~twins.constant).tolist():
        members.setdefault(int(cluster[row]), []).append(str(case_ids[row]))
    within = tuple(tuple(cases) for cases in members.values() if len(cases) > 1)
    return Marks(tuple(case_ids[leaked].tolist()), tuple(val), within)


@dataclass(frozen=True)
class ExternalMarks:
    """The cases of external parts that have near or identical twins, by the name of the part.

    Attributes:
        near: in order, those with a twin in train or validation.
        within: those that are twins of each other, in clusters of two and more.
    """

    near: Mapping[str, tuple[str, ...]]
    within: Mapping[str, Clusters]


def marks_of_external(data: Dataset, twins: Twins | None, in_folds: bool) -> ExternalMarks | None:
    """Which cases of external parts have twins; None where twins were not searched for.

    Args:
        data: the data set.
        twins: what was found among the cases of all parts, external ones last.
        in_folds: whether every case of train, val and test is trained on once.
    """
    if twins is None:
        return None
    sizes = [len(part) for _, part in data.all_parts()]
    ends = np.cumsum([0, *sizes])
    trained = np.zeros(ends[-1], dtype=bool)
    trained[: ends[3] if in_folds else ends[2]] = True
    leaked = with_twin_among(twins, trained)
    near, within = {}, {}
    for i, (name, part) in enumerate(data.external.items(), start=3):
        rows = np.zeros(ends[-1], dtype=bool)
        rows[ends[i] : ends[i + 1]] = True
        near[name] = tuple(part.case_ids[leaked[ends[i] : ends[i + 1]]].tolist())
        cluster = clusters(twins, rows)[ends[i] : ends[i + 1]]
        members: dict[int, list[str]] = {}
        for row in np.flatnonzero(~twins.constant[ends[i] : ends[i + 1]]).tolist():
            members.setdefault(int(cluster[row]), []).append(str(part.case_ids[row]))
        within[name] = tuple(tuple(cases) for cases in members.values() if len(cases) > 1)
    return ExternalMarks(near, within)


def marks_of_split(data: Dataset, twins: Twins | None) -> Marks | None:
    """The marks of a data set with its own split."""
    ends = np.cumsum([0, *(len(part) for _, part in data.parts())])
    train, val, test = (np.arange(ends[i], ends[i + 1]) for i in range(3))
    case_ids = np.concatenate([part.case_ids for _, part in data.parts()])
    return marks(case_ids, [Fold(train, val, test)], twins)
