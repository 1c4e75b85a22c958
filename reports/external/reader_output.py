"""The evidence of a reader study as tables, text and JSON."""

import math
from dataclasses import asdict
from typing import Any

from reports.document.tables import Column, Row, Table
from reports.evidence import Estimate
from reports.external.plain_text import aligned
from reports.external.reader_study import ReaderEvidence
from reports.formatting import count, p_value, plural, signed
from reports.statistics.contrast import TOO_FEW
from reports.statistics.many.readers import Contrast

SCHEMA = 1

CARRIES = {
    "readers-and-cases": "to other readers and other cases",
    "cases": "to other cases, for these readers",
    "readers": "to other readers, for these cases",
}
"""What a result says of whom."""


def about(evidence: ReaderEvidence) -> str:
    """What the file holds, in a line."""
    patients = "" if evidence.patients is None else f" of {plural(evidence.patients, 'patient')}"
    classes = ", ".join(f"{name} {count(n)}" for name, n in evidence.per_class.items())
    return (
        f"{evidence.file}: {plural(len(evidence.readers), 'reader')}, "
        f"{plural(len(evidence.modalities), 'way')} of reading, "
        f"{plural(evidence.cases, 'case')}{patients} ({classes}). Obuchowski and Rockette's "
        f"analysis; it carries {CARRIES[evidence.generalisation]}."
    )


def reader_table(evidence: ReaderEvidence) -> Table:
    """Every reader's AUC, and the means."""
    columns = [Column(f"auc_{i}", name, "score") for i, name in enumerate(evidence.modalities)]
    rows = [
        Row((reader, *(float(value) for value in evidence.auc[:, j])))
        for j, reader in enumerate(evidence.readers)
    ]
    means = tuple(_estimate(one) for one in evidence.means)
    return Table(
        "readers",
        "AUC of every reader under every way of reading.",
        (Column("reader", "Reader"), *columns),
        (*rows, Row(("mean", *means), emphasis=True)),
    )


def pair_table(evidence: ReaderEvidence) -> Table:
    """Every two ways of reading."""
    return Table(
        "reader-pairs",
        "Differences of mean AUCs.",
        (
            Column("a", "A"),
            Column("b", "B"),
            Column("difference", "A − B", "signed", estimate=True),
            Column("se", "SE", "error"),
            Column("df", "df", "mean"),
            Column("p", "p", "p"),
            Column("p_holm", "p (Holm-adjusted)", "p"),
        ),
        tuple(
            Row(
                (
                    pair.a,
                    pair.b,
                    _estimate(pair.difference),
                    pair.difference.se,
                    None if math.isinf(pair.difference.df) else pair.difference.df,
                    pair.difference.p,
                    pair.p_holm,
                )
            )
            for pair in evidence.pairs
        ),
    )


def findings(evidence: ReaderEvidence) -> list[str]:
    """A line per pair, after the test of all where there are several."""
    lines = []
    few = evidence.generalisation != "readers" and evidence.smallest < TOO_FEW
    if few:
        unit = "test case" if evidence.patients is None else "test patient"
        lines.append(
            f"{plural(evidence.smallest, unit)} of “{evidence.smallest_class}” cannot support a "
            f"comparison (at least {TOO_FEW} are needed)."
        )
    if len(evidence.modalities) > 2 and not few:
        lines.append(f"All ways of reading alike: p {p_value(evidence.equality.p)}.")
    for pair in evidence.pairs:
        d = pair.difference
        better = pair.a if d.value > 0 else pair.b
        what = f"{better} better" if pair.p_holm < evidence.alpha else "no difference shown"
        what = "No verdict" if few else what
        lines.append(
            f"{pair.a} against {pair.b}: {what}. Difference of mean AUCs {signed(d.value)} "
            f"[{signed(d.low)}, {signed(d.high)}], Holm-adjusted p {p_value(pair.p_holm)}."
        )
    return lines


def as_text(evidence: ReaderEvidence) -> str:
    """The evidence for a terminal."""
    tables = ["", *aligned(reader_table(evidence)), "", *aligned(pair_table(evidence)), ""]
    return "\n".join([about(evidence), *tables, *findings(evidence)]) + "\n"


def plain(evidence: ReaderEvidence) -> dict[str, Any]:
    """Every number; infinite degrees of freedom are null."""
    found = asdict(evidence)
    found["auc"] = evidence.auc.tolist()
    return {"schema": SCHEMA, "kind": "readers", **_finite(found)}


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _estimate(found: Contrast) -> Estimate:
    return Estimate(found.value, found.low, found.high)
