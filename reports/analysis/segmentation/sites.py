"""The best two on the test cases of each site, and on further test parts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from reports.analysis.segmentation.comparison import SegmentationComparison
from reports.analysis.segmentation.over_cases import Cases, OverCases
from reports.analysis.segmentation.summaries import (
    best_two,
    dice_of_both,
    difference_of,
    on_some,
)
from reports.evidence.segmentation import SiteResult
from reports.loading.elsewhere import deciding
from reports.loading.measured import Measured
from reports.loading.selection import TestPart


def by_site(
    compared: SegmentationComparison, columns: Mapping[str, Mapping[str, str]]
) -> tuple[SiteResult, ...]:
    """The best two on the test cases of each value of a column, and on further test parts.

    Args:
        compared: the data set.
        columns: column → case → its value, "" where it is missing, in the order of the values.
    """
    both = dice_of_both(compared)
    if both is None:
        return ()
    found = []
    for column, value_of in columns.items():
        values = np.array([value_of.get(case, "") for case in compared.runs.case_ids.tolist()])
        here = {*values.tolist()}
        for value in dict.fromkeys(value_of.values()):
            if not value or value not in here:
                continue
            rows = np.flatnonzero(values == value)
            deep, classical, difference = on_some(compared, both, rows)
            units = compared.runs.units
            known = all(part.groups is not None for part in compared.runs.data.tests.values())
            groups = len(np.unique(units[rows])) if known and units is not None else None
            found.append(SiteResult(column, value, len(rows), groups, deep, classical, difference))
    return tuple(found) + _external(compared)


def _external(compared: SegmentationComparison) -> tuple[SiteResult, ...]:
    """The best two on every further test part, whose cases are no test cases; none with folds.

    As of the test part, cases with a near twin in train or validation do not count, and twins of
    each other count as one.
    """
    two = best_two(compared)
    if two is None or compared.study.folds:
        return ()
    runs = [compared.of_method[one.name] for one in two]
    names = sorted({name for own in runs for run in own for name in run.measured.external})
    found = []
    for name in names:
        each = [
            [run.measured.external[name] for run in own if name in run.measured.external]
            for own in runs
        ]
        if not all(each):
            continue
        part = _deciding(compared, name, each[0][0])
        if not len(part.case_ids):
            continue
        units = part.units
        cases = Cases(units, "cases" if units is None else part.unit_named, compared.cases.level)
        deep, classical = (_over_runs(own, part) for own in each)
        found.append(
            SiteResult(
                "external",
                name,
                len(deep.values),
                None if part.groups is None or units is None else int(units.max()) + 1,
                cases.estimate(deep),
                cases.estimate(classical),
                difference_of(compared, cases, deep, classical),
            )
        )
    return tuple(found)


def _deciding(compared: SegmentationComparison, name: str, measured: Measured) -> TestPart:
    ids, groups_of = measured.case_ids, compared.runs.truth.group_of
    groups = None if groups_of is None else np.array([groups_of[case] for case in ids.tolist()])
    part = TestPart(None, ids, np.zeros(len(ids), np.int64), groups)
    there = replace(compared.runs.data.of(()), tests={None: part})
    return deciding(there, name).tests[None]


def _over_runs(each: Sequence[Measured], part: TestPart) -> OverCases:
    stacked = np.stack([own.over_classes[np.isin(own.case_ids, part.case_ids), 0] for own in each])
    k = len(stacked)
    variance = float(stacked.mean(axis=1).var(ddof=1)) / k if k > 1 else 0.0
    return OverCases(stacked.mean(axis=0), variance, k)
