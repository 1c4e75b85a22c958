"""Section 6: what did not work."""

from reports.document.blocks import Block, Heading, Paragraph, TableBlock
from reports.document.tables import Column, Row, Table
from reports.evidence import Evidence, FailedRun, MissingTrial


def failures(evidence: Evidence) -> list[Block]:
    """The section's blocks."""
    blocks: list[Block] = [Heading(1, "Failures", "failures")]
    unexplained = _unexplained(evidence)
    if not evidence.failed and not evidence.missing and not unexplained:
        text = "Every trial of the study has run and succeeded."
        if not evidence.n_runs:
            text = "Nothing has run yet."
        return [*blocks, Paragraph((text,))]
    if evidence.failed:
        blocks += [
            Paragraph(
                (
                    "A failed trial is stored with its traceback (in run.json of its folder), "
                    "counts for nothing, and is tried again by the next run.",
                )
            ),
            TableBlock(
                Table(
                    "failed",
                    "Trials without predictions.",
                    (
                        Column("dataset", "Data set"),
                        Column("method", "Method"),
                        Column("trial", "Trial"),
                        Column("status", "Status"),
                        Column("reason", "Reason", wraps=True),
                    ),
                    tuple(
                        Row((f.dataset, f.method, trial(f), f.status, f.error), None)
                        for f in evidence.failed
                    ),
                )
            ),
        ]
    if evidence.missing:
        blocks.append(
            TableBlock(
                Table(
                    "missing",
                    "Trials of the study without a stored run.",
                    (
                        Column("dataset", "Data set"),
                        Column("method", "Method"),
                        Column("trial", "Trial"),
                    ),
                    tuple(Row((m.dataset, m.method, trial(m))) for m in evidence.missing),
                )
            )
        )
    return [*blocks, *(Paragraph((text,)) for text in unexplained)]


def _unexplained(evidence: Evidence) -> list[str]:
    """Of which methods importance or activation maps could not be had, and why."""
    return [
        f"{what} of {method.name} on {data.card.name} could not be computed: {'; '.join(reasons)}"
        for data in evidence.datasets
        for method in data.methods
        for what, reasons in (
            ("The importance of features", method.importance_errors),
            ("The activation maps", method.explanation_errors),
        )
        if reasons
    ]


def trial(item: FailedRun | MissingTrial) -> str:
    """Which of a method's trials on a data set."""
    parts = []
    if item.seed is not None:
        parts.append(f"seed {item.seed}")
    if item.fold is not None:
        parts.append(f"fold {item.fold + 1}")
    if item.fraction != 1.0:
        parts.append(f"{100 * item.fraction:g} % of training")
    return ", ".join(parts) or ("once" if isinstance(item, FailedRun) else "all")
