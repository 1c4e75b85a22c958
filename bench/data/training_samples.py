"""Other training parts made of one: a bootstrap sample, a share; patients stay together."""

import numpy as np

from bench.data.dataset import Split
from bench.data.splits import Rows, units_of


def bootstrap(part: Split, split_seed: int, resample: int) -> Split:
    """A bootstrap sample of a training part: patients drawn with replacement, class by class.

    The patients of each class, by their first image, are drawn as often as there are such patients,
    so that every class stays; the sample is the same for every method.

    Args:
        part: usually the training part; images without groups count as patients of their own.
        split_seed: of the study.
        resample: which sample, from 0.
    """
    units = units_of(len(part), part.groups, None)
    _, first, unit = np.unique(units, return_index=True, return_inverse=True)
    order = np.argsort(unit, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(unit))[:-1])
    rng = np.random.default_rng((split_seed, resample))
    drawn: list[Rows] = []
    for label in np.unique(part.labels[first]):
        own = np.flatnonzero(part.labels[first] == label)
        drawn += [members[i] for i in np.sort(rng.choice(own, len(own)))]
    rows = np.concatenate(drawn)
    absent = np.setdiff1d(part.labels, part.labels[rows])
    for label in absent:  # of a class that only patients of several classes have
        rows = np.append(rows, members[unit[rng.choice(np.flatnonzero(part.labels == label))]])
    return part.take(np.sort(rows))


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
    units = units_of(len(part), part.groups, None)
    rng = np.random.default_rng(seed)
    chosen = np.zeros(len(part), dtype=bool)
    for label in np.unique(part.labels):
        own = part.labels == label
        order = rng.permutation(np.unique(units[own]))
        sizes = np.array([int((own & (units == unit)).sum()) for unit in order])
        needed = int(np.searchsorted(np.cumsum(sizes), share * own.sum())) + 1
        chosen |= own & np.isin(units, order[: max(needed, 2)])
    return part.take(np.flatnonzero(chosen))
