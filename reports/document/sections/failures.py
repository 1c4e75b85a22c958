"""Section "Failures": what did not work."""

from bench.protocol.record import Trial
from reports.document.blocks import Block, Heading, Paragraph, TableBlock
from reports.document.sections.reliance import unexplained
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
        blocks.append(Paragraph((text,)))
    if evidence.failed:
        blocks += [
            Paragraph(
                (
                    "A failed trial is stored with its traceback (in run.json of its folder), "
                    "is left out of every number, and is tried again by the next run.",
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
    return blocks + _of_other_data(evidence) + _unexplained(evidence)


def _of_other_data(evidence: Evidence) -> list[Block]:
    """The stored runs of other images; nothing where there are none."""
    if not evidence.of_other_data:
        return []
    return [
        Paragraph(
            (
                "These runs are stored, and saw other images or parts than their data sets have "
                "by now. They are left out of every number; run them again.",
            )
        ),
        TableBlock(
            Table(
                "other-data",
                "Stored runs of other images or parts.",
                (
                    Column("dataset", "Data set"),
                    Column("method", "Method"),
                    Column("trial", "Trial"),
                ),
                tuple(Row((t.dataset, t.method, trial(t))) for t in evidence.of_other_data),
            )
        ),
    ]


def _unexplained(evidence: Evidence) -> list[Block]:
    """What methods rely on and could not be found out; nothing where nothing failed."""
    rows = tuple(
        Row((data.card.name, failed.method, failed.what, failed.error))
        for data in evidence.datasets
        for failed in unexplained(data)
    )
    if not rows:
        return []
    return [
        Heading(2, "Could not be explained", "unexplained", listed=False),
        Paragraph(
            (
                "These methods were trained and tested like the others, and their predictions "
                "count. What they rely on could not be found out, for the reason that the first "
                "run gives that failed at it.",
            )
        ),
        TableBlock(
            Table(
                "unexplained-methods",
                "Methods that could not be explained.",
                (
                    Column("dataset", "Data set"),
                    Column("method", "Method"),
                    Column("what", "What is not known"),
                    Column("reason", "Reason", wraps=True),
                ),
                rows,
            )
        ),
    ]


def trial(item: FailedRun | MissingTrial | Trial) -> str:
    """Which of a method's trials on a data set."""
    parts = []
    if item.seed is not None:
        parts.append(f"seed {item.seed}")
    if item.repeat:
        parts.append(f"draw {item.repeat + 1}")
    if item.fold is not None:
        parts.append(f"fold {item.fold + 1}")
    if item.fraction != 1.0:
        parts.append(f"{100 * item.fraction:g} % of training")
    if not isinstance(item, MissingTrial) and item.size:
        parts.append(f"{item.size} px")
    if not isinstance(item, MissingTrial) and item.masks:
        parts.append(f"masks: {item.masks}")
    if item.resample is not None:
        parts.append(f"sample {item.resample + 1} of the training part")
    return ", ".join(parts) or ("all" if isinstance(item, MissingTrial) else "once")
