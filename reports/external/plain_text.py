"""Tables and findings of `bench compare` as lines for a terminal."""

from collections.abc import Sequence

from reports.document.tables import Table, text
from reports.formatting import MISSING


def aligned(table: Table) -> list[str]:
    """A table in columns of equal width; an empty column is left out."""
    cells: list[Sequence[str]] = [[column.label for column in table.columns]]
    for row in table.rows:
        cells.append([text(c, v) for c, v in zip(table.columns, row.values, strict=True)])
    kept = [
        i
        for i in range(len(table.columns))
        if any(row[i] not in (MISSING, "") for row in cells[1:])
    ]
    widths = {i: max(len(row[i]) for row in cells) for i in kept}
    lines = []
    for cell in cells:
        parts = [
            cell[i].ljust(widths[i])
            if table.columns[i].kind == "text"
            else cell[i].rjust(widths[i])
            for i in kept
        ]
        lines.append("  ".join(parts).rstrip())
    return lines
