"""Columns of the metadata that an image shows and that go with the class: possible shortcuts.

A method never sees a column. But where the image shows which scanner it is from, and one scanner
has more of one class, a method may learn the scanner. So two questions are asked of every column:
can it be told from the image, and does it tell the class? The first is asked within each class, of
small pictures, since a column that goes with the class could otherwise be told by the class itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.data.checks.association import Association, association, codes, holm
from bench.data.checks.probe_auc import Auc, Table, averaged_over, probe
from bench.data.checks.probes import MUCH, SOME, Sample
from bench.data.dataset import Dataset
from bench.protocol.cards import CheckFinding, Level
from bench.protocol.metadata import is_missing, is_number

SIGNIFICANT = 0.05
"""Adjusted p values above this do not show that a column goes with the class."""

WEAK, STRONG = 0.1, 0.5
"""From these on Cramér's V is a note, or serious; Cohen's (1988) small and large effects."""

_MOST_VALUES = 12  # of a column of categories that are looked at, the commonest
_FEWEST = 10  # cases of a value
_SHOWN = 12  # columns


@dataclass(frozen=True)
class Column:
    """What was found of a column.

    Attributes:
        name: of it.
        from_image: how well it can be told from the image within a class; None with too few cases.
        of_class: how well the class can be told from it; None likewise.
        with_class: how it goes with the class.
        median: of numbers, None of categories.
        p: of that association, adjusted over the columns.
    """

    name: str
    from_image: Auc | None
    of_class: Auc | None
    with_class: Association
    median: float | None
    p: float

    @property
    def level(self) -> Level:
        """How bad it is: the weaker of the two, what the image shows and what it tells, decides."""
        if self.from_image is None or self.p > SIGNIFICANT:
            return "fine"
        seen, v = self.from_image.low, self.with_class.cramers_v
        told = 0.0 if self.of_class is None else self.of_class.low
        if seen >= MUCH and (told >= MUCH or v >= STRONG):
            return "serious"
        return "note" if seen >= SOME and (told >= SOME or v >= WEAK) else "fine"

    def __str__(self) -> str:
        seen = "too few cases" if self.from_image is None else str(self.from_image)
        told = "too few cases" if self.of_class is None else str(self.of_class)
        return (
            f"{self.name}: from the image within a class {seen}; the class from it {told}, "
            f"Cramér's V {self.with_class.cramers_v:.2f}, p = {self.p:.3f}"
        )


def shortcuts(data: Dataset) -> CheckFinding:
    """Which columns can be told from the image and tell the class."""
    check, title = "shortcuts", "Shortcuts by metadata"
    names = sorted(data.train.metadata)
    if not names:
        return CheckFinding(check, title, "fine", "No further columns are known.")
    sample = Sample.of(data)
    found = columns(data, sample, names)
    if not found:
        text = "No column has two values with enough cases."
        return CheckFinding(check, title, "fine", text)
    values = {
        f"{column.name}/{what}": number
        for column in found
        for what, number in {
            "image auc": column.from_image.value if column.from_image else None,
            "image low": column.from_image.low if column.from_image else None,
            "class auc": column.of_class.value if column.of_class else None,
            "class low": column.of_class.low if column.of_class else None,
            "cramers v": column.with_class.cramers_v,
            "p": column.p,
        }.items()
        if number is not None
    }
    flagged = [column for column in found if column.level != "fine"]
    lines = tuple(str(column) for column in sorted(found, key=_badness)[:_SHOWN])
    if not flagged:
        n = len(found)
        text = (
            f"None of {n} column{'' if n == 1 else 's'} is shown by the image and tells the class."
        )
        return CheckFinding(check, title, "fine", text, "", lines, values)
    named = ", ".join(column.name for column in flagged)
    return CheckFinding(
        check,
        title,
        "serious" if any(column.level == "serious" for column in flagged) else "note",
        f"Possible {'shortcuts' if len(flagged) > 1 else 'shortcut'}: {named} can be told from the "
        "image and tells the class, so that a method may learn it in place of the disease.",
        f"{_what_to_do(flagged[0])}; balance the classes within values, or crop what shows it. A "
        "column such as age or place in the body may be part of the disease: then say so.",
        lines,
        values,
    )


def columns(data: Dataset, sample: Sample, names: Sequence[str]) -> list[Column]:
    """What is found of each column with enough cases of two values or more."""
    asked = []
    for name in names:
        column = np.concatenate([part.metadata[name] for _, part in data.parts()])[sample.rows]
        kept = _kept(column)
        if len(kept) and len(np.unique(column[kept])) > 1:
            asked.append((name, column[kept], kept))
    if not asked:
        return []
    pictures, labels, groups = sample.pictures(), sample.labels, sample.groups
    found = []
    for name, column, rows in asked:
        of_rows = None if groups is None else groups[rows]
        found.append(
            (
                name,
                _from_image(pictures[rows], column, labels[rows], of_rows),
                probe(_as_table(column), labels[rows], of_rows, "tree"),
                association(column, labels[rows], of_rows),
                float(np.median(column.astype(float))) if is_number(column) else None,
            )
        )
    adjusted = holm(np.array([with_class.p for *_, with_class, _ in found]))
    return [Column(*one, p=float(p)) for one, p in zip(found, adjusted, strict=True)]


def _kept(column: NDArray[np.generic]) -> NDArray[np.intp]:
    """Rows with a value, of categories those of the commonest that have enough cases."""
    there = ~is_missing(column)
    if not is_number(column):
        values, counted = np.unique(column[there], return_counts=True)
        common = values[np.argsort(-counted, kind="stable")][:_MOST_VALUES]
        enough = values[counted >= _FEWEST]
        there &= np.isin(column, np.intersect1d(common, enough))
    return np.flatnonzero(there)


def _from_image(
    pictures: Table,
    column: NDArray[np.generic],
    labels: NDArray[np.int64],
    groups: NDArray[np.str_] | None,
) -> Auc | None:
    """How well a column can be told from small pictures, on average over the classes.

    Of numbers it is asked whether they are above the median of the class.
    """
    found = []
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        target = codes(column[rows])
        if is_number(column):
            numbers = column[rows].astype(np.float64)
            target = (numbers > np.median(numbers)).astype(np.int64)
        auc = probe(pictures[rows], target, None if groups is None else groups[rows])
        if auc is not None:
            found.append((auc, len(rows)))
    return averaged_over(found)


def _as_table(column: NDArray[np.generic]) -> Table:
    """`(n, 1)` numbers, or a column for each category."""
    if is_number(column):
        return column.astype(np.float64)[:, None]
    table: Table = (column[:, None] == np.unique(column)).astype(np.float64)
    return table


def _what_to_do(column: Column) -> str:
    """How to see whether the verdict stays."""
    if column.median is not None:
        return f"Look at the verdict on either side (--subgroup {column.name}:{column.median:.3g})"
    return (
        f"Look at the verdict within each value (--subgroup {column.name}), and where there are "
        f"enough cases leave values out in turn (--leave-out {column.name})"
    )


def _badness(column: Column) -> tuple[int, float]:
    weaker = min((auc.low for auc in (column.from_image, column.of_class) if auc), default=0.0)
    return (("serious", "note", "fine").index(column.level), -weaker)
