"""Which classes decide: of many, those with enough test cases.

A class of five cases says nothing of itself, and must not withhold the verdict of six others. Its
test cases take no part in the comparison at all, neither as the class to be found nor as the rest
against which others are found, so that every measure is one of the same cases.
"""

from dataclasses import replace

import numpy as np

from reports.analysis.pairs.folds import LEAST
from reports.evidence import LeftOutClass
from reports.loading.selection import DatasetRuns, TestPart
from reports.statistics.contrast import TOO_FEW


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
    units = [_units(data, label) for label in range(len(names))]
    small = tuple(
        LeftOutClass(names[label], sum(each))
        for label, each in enumerate(units)
        if sum(each) < TOO_FEW or (len(each) > 1 and min(each) < LEAST)
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


def _units(data: DatasetRuns, label: int) -> list[int]:
    """Cases of a class in every fold; its patients where they are known, who are in one fold."""
    return [_number(part, label) for part in data.tests.values()]


def _number(part: TestPart, label: int) -> int:
    own = part.labels == label
    return int(own.sum()) if part.groups is None else len(np.unique(part.groups[own]))
