"""Section "Cost": what each method takes."""

from collections.abc import Mapping, Sequence

from reports.analysis.methods.energy import in_words
from reports.document.blocks import Block, Heading, Paragraph, TableBlock
from reports.document.figures.cost import cost as cost_figure
from reports.document.figures.cost import pareto, points
from reports.document.plots import Figure
from reports.document.tables import Column, Row, Table
from reports.evidence import Cost, DatasetEvidence, Evidence


def cost(evidence: Evidence, stems: Mapping[str, str]) -> list[Block]:
    """The section's blocks."""
    blocks: list[Block] = [
        Heading(1, "Cost", "cost"),
        Paragraph(
            (
                "Wall time and memory of one run, means over runs, as measured on the machine of "
                "this study with the threads that a trial was allowed.",
            )
        ),
    ]
    for data in evidence.datasets:
        stem = stems[data.card.name]
        measured = [m for m in data.methods if m.cost is not None]
        if not measured:
            continue
        blocks += [
            Heading(2, data.card.name, f"cost-{stem}", listed=False),
            TableBlock(_table(data, stem)),
        ]
        drawing = cost_figure(f"pareto-{stem}", data)
        if drawing is not None:
            blocks.append(
                Figure(
                    f"pareto-{stem}",
                    f"AUC against training time on {data.card.name}. The line is the Pareto "
                    "front: below it lies what another method surpasses in no more time. "
                    "Controls far below the other methods are left out.",
                    _in_words(data),
                    drawing,
                )
            )
    total = _energy(evidence)
    if total is not None:
        blocks.insert(2, Paragraph((total,)))
    if not any(isinstance(block, TableBlock) for block in blocks):
        blocks[1] = Paragraph(("No run has succeeded, so no cost is known.",))
    return blocks


def _energy(evidence: Evidence) -> str | None:
    """What all trainings and predictions took together."""
    told = [
        (m.cost.fit_energy, m.cost.energy_per_1000, len(m.scores), _predicted(m.cost))
        for data in evidence.datasets
        for m in data.methods
        if m.cost is not None
    ]
    if not told:
        return None
    total = sum(
        runs * ((fit or 0.0) + (each or 0.0) * images / 1000) for fit, each, runs, images in told
    )
    shown = "less than 0.1" if total < 0.1 else f"about {total:,.1f}"
    return (
        f"Energy of the runs that are shown: {shown} Wh ({in_words(_sources(evidence.datasets))})."
    )


def _sources(datasets: Sequence[DatasetEvidence]) -> list[str]:
    return [m.cost.energy_source for data in datasets for m in data.methods if m.cost is not None]


def _predicted(cost: Cost) -> float:
    """Images that a run has predicted."""
    if not cost.latency_seconds or cost.predict_seconds is None:
        return 0.0
    return cost.predict_seconds / cost.latency_seconds


def _table(data: DatasetEvidence, stem: str) -> Table:
    rows = []
    for method in data.methods:
        c = method.cost
        if c is None:
            continue
        rows.append(
            Row(
                (
                    method.name,
                    method.auc,
                    c.fit_seconds,
                    c.predict_seconds,
                    c.latency_seconds,
                    c.fit_energy,
                    c.energy_per_1000,
                    c.energy_source,
                    c.peak_memory,
                    c.model_size,
                    c.parameters,
                    c.features,
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
            Column("auc", "AUC", "score", "high", estimate=True),
            Column("fit_seconds", "Training", "seconds", "low"),
            Column("predict_seconds", "Prediction", "seconds", "low"),
            Column("latency_seconds", "Per image", "seconds", "low"),
            Column("fit_energy", "Training, Wh", "energy", "low", on_paper=False),
            Column("energy_per_1000", "Wh per 1,000 images", "energy", "low"),
            Column("energy_source", "Power", on_paper=False),
            Column("peak_memory", "Peak memory", "memory", "low"),
            Column("model_size", "Model size", "memory", "low"),
            Column("parameters", "Parameters", "count"),
            Column("features", "Features", "count"),
            Column("devices", "Device"),
            Column("threads", "Threads"),
        ),
        tuple(rows),
        (
            *_searched(data),
            "Prediction: of all validation and test images; per image: the same divided by their "
            f"number. Wh: energy, {in_words(_sources([data]))}. "
            "Peak memory is that of the whole worker process. Model size: the trained "
            "model as stored. Parameters: weights of a network; features: handcrafted "
            "ones of an image; both where a method tells.",
        ),
    )


def _searched(data: DatasetEvidence) -> tuple[str, ...]:
    """What the time of a tuned method holds, where there is one."""
    if not data.tuned:
        return ()
    return (
        "Training of a tuned method: all configurations of a run, each trained and applied to the "
        "validation images, what they share counted once.",
    )


def _in_words(data: DatasetEvidence) -> str:
    front = ", ".join(point.name for point in pareto(points(data)))
    return f"AUC against training time on {data.card.name}. Pareto front: {front}."
