"""Section "What the methods rely on": which part of the description of an image each one misses."""

from collections.abc import Mapping

from reports.document.blocks import Block, Figure, Heading, Paragraph, TableBlock
from reports.document.figures.importance import importance, most_missed
from reports.document.tables import Column, Row, Table
from reports.evidence import DatasetEvidence, Evidence, MethodEvidence
from reports.formatting import signed


def reliance(evidence: Evidence, stems: Mapping[str, str]) -> list[Block]:
    """The section's blocks; none where no method says what it relies on."""
    blocks: list[Block] = []
    for data in evidence.datasets:
        methods = explained(data)
        if not methods:
            continue
        stem, name = stems[data.card.name], data.card.name
        blocks += [
            Heading(2, name, f"reliance-{stem}", listed=False),
            Figure(
                f"importance-{stem}",
                f"AUC lost on the validation cases of {name} where the features of one family "
                "are shuffled among the cases. Means over seeds.",
                _in_words(data),
                importance(f"importance-{stem}", methods),
            ),
            TableBlock(_table(data, stem)),
        ]
    if not blocks:
        return []
    opening = (
        "Permutation importance: how much AUC a fitted method loses on the validation cases where "
        "all features of one family are shuffled among them. Families that can stand in for each "
        "other lose little each, so a small loss does not mean that a family holds no information; "
        "losses near 0 are chance."
    )
    return [Heading(1, "What the methods rely on", "reliance"), Paragraph((opening,)), *blocks]


def explained(data: DatasetEvidence) -> list[MethodEvidence]:
    """The methods that say what they rely on, in reading order."""
    return [method for method in data.methods if method.importance]


def _table(data: DatasetEvidence, stem: str) -> Table:
    methods = explained(data)
    known = [dict(method.importance) for method in methods]
    return Table(
        f"importances-{stem}",
        f"AUC lost without each family of features on {data.card.name}, validation cases.",
        (
            Column("family", "Features"),
            *(Column(method.name, method.name, "signed") for method in methods),
        ),
        tuple(Row((part, *(lost.get(part) for lost in known))) for part in most_missed(methods)),
    )


def _in_words(data: DatasetEvidence) -> str:
    most = []
    for method in explained(data):
        part, lost = max(method.importance, key=lambda item: item[1])
        most.append(f"{method.name} {part} ({signed(lost)})")
    return "The family that each method misses most: " + ", ".join(most) + "."
