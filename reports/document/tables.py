"""One table, in four forms: HTML and PDF through the document, CSV and LaTeX from here.

A table holds raw values. `text` prints one for the reader, rounded; CSV keeps every digit.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from bench.protocol.cards import Family
from reports import formatting
from reports.document.latex import latex_escaped, needs
from reports.evidence import Estimate

Kind = Literal[
    "text", "count", "mean", "score", "error", "signed", "p", "probability", "percent", "seconds",
    "memory", "ratio", "rank", "distance", "energy",
]  # fmt: skip


Value = str | float | Estimate | None

_PRINT: dict[Kind, Callable[[float | None], str]] = {
    "count": formatting.count,
    "mean": formatting.mean_count,
    "score": formatting.score,
    "error": formatting.error,
    "signed": formatting.signed,
    "p": formatting.p_value,
    "probability": formatting.p_value,
    "percent": formatting.percent,
    "seconds": formatting.seconds,
    "memory": formatting.memory,
    "ratio": formatting.ratio,
    "rank": formatting.rank,
    "energy": formatting.energy,
    "distance": formatting.distance,
}


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        key: its name in CSV.
        label: its heading.
        kind: how its values are printed; all but "text" stand on the right.
        better: which end is marked as best, or None.
        wraps: whether long text may break over several lines.
        estimate: whether its values have intervals: in CSV three columns, `key`, `key_low` and
            `key_high`.
        on_paper: whether the PDF prints it; the page and the files always have it.
    """

    key: str
    label: str
    kind: Kind = "text"
    better: Literal["high", "low"] | None = None
    wraps: bool = False
    estimate: bool = False
    on_paper: bool = True


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        values: one per column.
        family: gives the row its accent.
        emphasis: whether the row stands out, as champions do.
        on_paper: whether the PDF prints it; the page and the files always have it.
    """

    values: tuple[Value, ...]
    family: Family | None = None
    emphasis: bool = False
    on_paper: bool = True


@dataclass(frozen=True)
class Table:
    """A captioned table.

    Attributes:
        name: file stem and anchor, unique in a report.
        caption: what it shows.
        columns, rows: its content; each row has one value per column.
        notes: what must be known to read it, printed below.
        on_paper: whether the PDF prints it; the page and the files always have it.

    Raises:
        ValueError: if a row has another length than there are columns.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    on_paper: bool = True

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.values) != len(self.columns):
                raise ValueError(
                    f"Table {self.name}: a row has {len(row.values)} values for "
                    f"{len(self.columns)} columns."
                )

    def best(self) -> frozenset[tuple[int, int]]:
        """The (row, column) of the best value of each column that has a better end.

        Values that print alike are equally good; where all do, none is marked. Controls are never
        best: a constant answer has perfect sensitivity.
        """
        marks = set()
        for c, column in enumerate(self.columns):
            if column.better is None:
                continue
            found = {
                r: number
                for r, row in enumerate(self.rows)
                if row.family != "control" and (number := sort_key(row.values[c])) is not None
                if isinstance(number, float)
            }
            if not found:
                continue
            top = (max if column.better == "high" else min)(found, key=lambda r: found[r])
            shown = _number_text(column, self.rows[top].values[c])
            alike = {r for r in found if _number_text(column, self.rows[r].values[c]) == shown}
            if len(alike) < len(found):
                marks |= {(r, c) for r in alike}
        return frozenset(marks)


def text(column: Column, value: Value) -> str:
    """One value as the reader sees it.

    >>> text(Column("auc", "AUC", "score"), Estimate(0.9124, 0.871, 0.9405))
    '0.912 [0.871, 0.941]'
    >>> text(Column("d", "HD95", "distance"), Estimate(-2.21, -4.43, -0.673))
    '−2.2 [−4.4, −0.7]'
    """
    if isinstance(value, Estimate) and value.low is not None:
        show = _PRINT[column.kind]
        if column.kind == "distance":
            ends = [abs(end) for end in (value.value, value.low, value.high) if end is not None]
            show = partial(formatting.distance, beside=max(ends))
        return f"{show(value.value)} [{show(value.low)}, {show(value.high)}]"
    return _number_text(column, value)


def sort_key(value: Value) -> float | str | None:
    """What a table is sorted by: the number itself, not its rounded form; None sorts last."""
    if isinstance(value, Estimate):
        value = value.value
    if value is None or isinstance(value, str):
        return value
    return None if value != value else float(value)


def as_csv(table: Table) -> str:
    """The table as CSV, numbers at full precision, a missing value as an empty field."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    header: list[str] = []
    for column in table.columns:
        ends = ("", "_low", "_high") if column.estimate else ("",)
        header += [column.key + end for end in ends]
    writer.writerow(header)
    for row in table.rows:
        cells: list[str] = []
        for column, value in zip(table.columns, row.values, strict=True):
            if isinstance(value, Estimate):
                cells += [_raw(value.value), _raw(value.low), _raw(value.high)]
            else:
                cells += [_raw(value), *([""] * (2 if column.estimate else 0))]
        writer.writerow(cells)
    return out.getvalue()


def as_latex(table: Table) -> str:
    """The table as a LaTeX float with booktabs rules; the best of a column in bold."""
    best = table.best()
    lines = []
    for r, row in enumerate(table.rows):
        cells = []
        for c, (column, value) in enumerate(zip(table.columns, row.values, strict=True)):
            cell = latex_escaped(text(column, value))
            cells.append(rf"\textbf{{{cell}}}" if (r, c) in best else cell)
        lines.append("    " + " & ".join(cells) + r" \\")
    header = " & ".join(latex_escaped(column.label) for column in table.columns)
    spec = "".join("l" if column.kind == "text" else "r" for column in table.columns)
    notes = " ".join((table.caption, *table.notes))
    content = "\n".join(
        [
            r"\begin{table}",
            r"  \centering",
            rf"  \caption{{{latex_escaped(notes)}}}",
            rf"  \label{{tab:{table.name}}}",
            r"  \resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",
            rf"  \begin{{tabular}}{{{spec}}}",
            r"    \toprule",
            f"    {header} \\\\",
            r"    \midrule",
            *lines,
            r"    \bottomrule",
            r"  \end{tabular}}",
            r"\end{table}",
            "",
        ]
    )
    return f"{needs(content)}\n{content}"


def _raw(value: str | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return repr(float(value)) if isinstance(value, float) else str(int(value))


def _number_text(column: Column, value: Value) -> str:
    if isinstance(value, Estimate):
        value = value.value
    if value is None:
        return formatting.MISSING
    if isinstance(value, str):
        return value
    return str(value) if column.kind == "text" else _PRINT[column.kind](value)
