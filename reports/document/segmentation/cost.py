"""Section "Cost" of a segmentation study: what each method takes, beside its Dice."""

from collections.abc import Mapping

from reports.document.blocks import Block, Heading, Paragraph, TableBlock
from reports.document.tables import Column, Row, Table
from reports.evidence import DatasetEvidence, Evidence


def segmentation_cost(evidence: Evidence, stems: Mapping[str, str]) -> list[Block]:
    """The section's blocks."""
    tables = [
        block
        for data in evidence.datasets
        for block in _dataset(data, stems[data.card.name])
        if any(method.cost is not None for method in data.methods)
    ]
    opening = (
        "Wall time and memory of one run, means over runs, as measured on the machine of this "
        "study with the threads that a trial was allowed."
        if tables
        else "No run has succeeded, so no cost is known."
    )
    return [Heading(1, "Cost", "cost"), Paragraph((opening,)), *tables]


def _dataset(data: DatasetEvidence, stem: str) -> list[Block]:
    return [
        Heading(2, data.card.name, f"cost-{stem}", listed=False),
        TableBlock(_table(data, stem)),
    ]


def _table(data: DatasetEvidence, stem: str) -> Table:
    found = data.segmentation
    rows = []
    for method in data.methods:
        c = method.cost
        own = None if found is None else found.method(method.name)
        if c is None:
            continue
        rows.append(
            Row(
                (
                    method.name,
                    None if own is None else own.dice.mean,
                    c.fit_seconds,
                    c.predict_seconds,
                    c.latency_seconds,
                    c.peak_memory,
                    c.model_size,
                    c.parameters,
                    ", ".join(c.devices),
                    ", ".join(map(str, c.threads)),
                ),
                method.family,
                method.is_champion,
            )
        )
    return Table(
        f"costs-{stem}",
        f"What each method took on {data.card.name}.",
        (
            Column("method", "Method"),
            Column("dice", "Mean Dice", "score", "high", estimate=True),
            Column("fit_seconds", "Training", "seconds", "low"),
            Column("predict_seconds", "Prediction", "seconds", "low"),
            Column("latency_seconds", "Per image", "seconds", "low"),
            Column("peak_memory", "Peak memory", "memory", "low"),
            Column("model_size", "Model size", "memory", "low"),
            Column("parameters", "Parameters", "count"),
            Column("devices", "Device"),
            Column("threads", "Threads"),
        ),
        tuple(rows),
        (
            "Prediction: of all validation and test images; per image: the same divided by their "
            "number. Peak memory is that of the whole worker process. Model size: the trained "
            "model as stored. Parameters: weights of a network, where a method tells.",
        ),
    )
