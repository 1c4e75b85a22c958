"""Which test cases count as one: those of a patient, near twins, or what images suggest."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from bench.protocol.counting import joined_by
from reports.loading.selection import DatasetRuns, TestPart


def with_twins_as_one(data: DatasetRuns) -> DatasetRuns:
    """The same runs; test cases that are near twins of each other count as one patient."""
    return counting_together(data, data.card.test_twin_groups or (), "near-duplicates")


def counting_together(data: DatasetRuns, groups: Iterable[Sequence[str]], unit: str) -> DatasetRuns:
    """The same runs, with the test cases of each group counted as one.

    What counted as one before is joined by that: two patients who share a picture are one. A group
    of which a single case is left joins nothing.

    Args:
        data: the study's runs on a data set.
        groups: ids of cases; others than those of its test parts are passed over.
        unit: what a group is called where patients are not known.
    """
    name_of = {
        case: name
        for part in data.tests.values()
        for case, name in zip(part.case_ids.tolist(), _names(part), strict=True)
    }
    together = joined_by(name_of, groups)
    if not together:
        return data
    tests = {
        fold: replace(
            part,
            joined=np.array([together.get(n, n) for n in _names(part)], dtype=np.str_),
            unit=part.unit if part.groups is not None else unit,
        )
        for fold, part in data.tests.items()
    }
    return replace(data, tests=tests)


def _names(part: TestPart) -> list[str]:
    """`(n,)` the same for cases that count as one."""
    names: list[str] = (part.case_ids if part.clusters is None else part.clusters).tolist()
    return names
