"""Section "What the methods rely on": which part of the description of an image each one misses."""

from collections.abc import Mapping
from dataclasses import dataclass

from reports.document.blocks import Block, Heading, Paragraph, TableBlock
from reports.document.figures.importance import importance, most_missed
from reports.document.plots import Figure
from reports.document.tables import Column, Row, Table
from reports.evidence import DatasetEvidence, Evidence, MethodEvidence
from reports.formatting import signed


@dataclass(frozen=True)
class Unexplained:
    """What a method relies on and could not be found out.

    Attributes:
        method: its name.
        what: what is not known.
        error: why, one line.
    """

    method: str
    what: str
    error: str


_FEW = 2  # data sets of which all figures are printed


def reliance(evidence: Evidence, stems: Mapping[str, str]) -> list[Block]:
    """The section's blocks; none where no method says what it relies on, or failed to."""
    blocks: list[Block] = []
    for data in evidence.datasets:
        methods, failed = explained(data), unexplained(data)
        if not methods and not failed:
            continue
        stem, name = stems[data.card.name], data.card.name
        blocks.append(Heading(2, name, f"reliance-{stem}", listed=False))
        if methods:
            blocks += [
                Figure(
                    f"importance-{stem}",
                    f"AUC lost on the validation cases of {name} where the features of one family "
                    "are shuffled among the cases. Means over seeds.",
                    _in_words(data),
                    importance(f"importance-{stem}", methods),
                    on_paper=len(evidence.datasets) <= _FEW,
                ),
                TableBlock(_table(data, stem)),
            ]
        blocks += [
            Paragraph((f"Could not be explained: {one.method}, {one.what}: {one.error}",))
            for one in failed
        ]
    if not blocks:
        return []
    opening = (
        "Permutation importance: how much AUC a fitted method loses on the validation cases where "
        "all features of one family are shuffled among them. Families that can stand in for each "
        "other lose little each, so a small loss does not mean that a family holds no information; "
        "losses near 0 are chance."
    )
    told = any(explained(data) for data in evidence.datasets)
    return [
        Heading(1, "What the methods rely on", "reliance"),
        *([Paragraph((opening,))] if told else []),
        *blocks,
    ]


def explained(data: DatasetEvidence) -> list[MethodEvidence]:
    """The methods that say what they rely on, in reading order."""
    return [method for method in data.methods if method.importance]


def unexplained(data: DatasetEvidence) -> list[Unexplained]:
    """What could not be found out about the methods, in reading order."""
    return [
        Unexplained(method.name, what, errors[0])
        for method in data.methods
        for what, errors in (
            ("importance of features", method.importance_errors),
            ("activation maps", method.explanation_errors),
        )
        if errors
    ]


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
        on_paper=False,  # the figure says the same
    )


def _in_words(data: DatasetEvidence) -> str:
    most = []
    for method in explained(data):
        part, lost = max(method.importance, key=lambda item: item[1])
        most.append(f"{method.name} {part} ({signed(lost)})")
    return "The family that each method misses most: " + ", ".join(most) + "."
