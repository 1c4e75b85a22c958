"""Which classes decide: of many, those with enough test cases.

A class of five cases says nothing of itself, and must not withhold the verdict of six others. Nor
does one of fifty that are five patients, or five groups of near twins. Its test cases take no part
in the comparison at all, neither as the class to be found nor as the rest against which others are
found, so that every measure is one of the same cases.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from reports.analysis.pairs.folds import LEAST
from reports.evidence import LeftOutClass
from reports.loading.selection import DatasetRuns, TestPart, each_case_once, units_of
from reports.statistics.contrast import TOO_FEW

IntArray = NDArray[np.int64]


def on_counted_classes(data: DatasetRuns) -> DatasetRuns:
    """The same runs on the test cases of the classes that have enough of them.

    Two classes are left as they are, and so are data sets on which fewer than two classes have
    enough: there is nothing to give a verdict on.

    Args:
        data: the runs on the test cases that are left without twins.
    """
    names = data.card.class_names
    if len(names) < 3 or not data.tests:
        return data
    small = tuple(
        LeftOutClass(names[label], number)
        for label, number in enumerate(units_per_class(data).tolist())
        if number < TOO_FEW or (len(data.tests) > 1 and min(_in_folds(data, label)) < LEAST)
    )
    if not small or len(names) - len(small) < 2:
        return data
    return without_classes(data, small)


def without_classes(data: DatasetRuns, left_out: tuple[LeftOutClass, ...]) -> DatasetRuns:
    """The same runs on the test cases of the other classes.

    Args:
        data: the runs.
        left_out: the classes whose test cases do not count.
    """
    if not left_out:
        return data
    labels = [data.card.class_names.index(one.name) for one in left_out]
    cases = {
        case
        for part in data.tests.values()
        for case in part.case_ids[np.isin(part.labels, labels)].tolist()
    }
    return replace(data.without(cases), left_out=left_out)


def units_per_class(data: DatasetRuns) -> IntArray:
    """`(k,)` cases of each class; patients that have one, where they are known.

    Near twins count as one. Folds that were drawn again have no further cases.
    """
    parts = each_case_once(data.tests.values())
    k = len(data.card.class_names)
    labels = np.concatenate([part.labels for part in parts] or [np.zeros(0, np.int64)])
    units = units_of(parts)
    if units is None:
        return np.bincount(labels, minlength=k).astype(np.int64)
    return np.array([len(np.unique(units[labels == c])) for c in range(k)], dtype=np.int64)


def _in_folds(data: DatasetRuns, label: int) -> list[int]:
    """What counts as one of a class, in every fold."""
    return [_number(part, label) for part in data.tests.values()]


def _number(part: TestPart, label: int) -> int:
    own = part.labels == label
    units = part.units
    return int(own.sum()) if units is None else len(np.unique(units[own]))
