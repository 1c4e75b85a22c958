"""Section "Limits and environment": what the results do not say, and what made them."""

from importlib.metadata import PackageNotFoundError, version

from reports.document.blocks import (
    Block,
    Bullets,
    Code,
    Facts,
    Heading,
    Paragraph,
    TableBlock,
    Words,
)
from reports.document.tables import Column, Row, Table
from reports.evidence import EnvironmentSeen, Evidence
from reports.formatting import count


def limits(evidence: Evidence) -> list[Block]:
    """The section's blocks."""
    blocks: list[Block] = [
        Heading(1, "Limits and environment", "limits"),
        Bullets(tuple((line,) for line in _limits(evidence))),
    ]
    methods = _methods(evidence)
    if methods.rows:
        blocks += [Heading(2, "Methods", "method-list"), TableBlock(methods)]
    blocks.append(Heading(2, "Environment", "environment"))
    if not evidence.environments:
        blocks.append(Paragraph(("Nothing has run yet.",)))
    for number, seen in enumerate(evidence.environments, 1):
        if len(evidence.environments) > 1:
            blocks.append(Heading(3, f"Environment {number}", f"environment-{number}"))
        blocks.append(Facts(_environment(seen)))
    blocks += [
        Heading(2, "How to cite", "cite"),
        Paragraph(
            (
                f"classical-vs-deep{_version()}, study ",
                Code(evidence.study_hash),
                f", first run {evidence.entry.first_run[:10]}. Cite the data sets too:",
            )
        ),
    ]
    cited = [
        (f"{card.name}: {card.citation.rstrip('.')}. Licence: {card.licence or 'not stated'}.",)
        for card in (d.card for d in evidence.datasets)
        if card.citation
    ]
    blocks.append(Bullets(tuple(cited) or (("none of them names a publication.",),)))
    return blocks


def _limits(evidence: Evidence) -> list[str]:
    study = evidence.entry.study
    lines = [
        "The verdicts hold for these implementations with this budget on these data sets; they "
        "say nothing of a method that was not run or of a budget that was not given.",
        _elsewhere(evidence),
        "A label is taken as the truth, whatever it rests on.",
    ]
    if any(d.generated for d in evidence.datasets):
        lines.append(
            "Generated images test the machinery, since their answer is known; they say nothing "
            "of medical images."
        )
    if study.budget != "full":
        lines.append(
            f"The budget is “{study.budget}”: with a larger one methods may change places."
        )
    chosen_by = "Dice" if study.task == "segmentation" else "AUCs"
    if study.tune:
        lines.append(
            f"Tuning is a random search of at most {study.tune} configurations in the space that "
            "a method declares: with more of them, or another space, methods may change places. "
            f"Its validation {chosen_by}, by which the best model of each side is chosen too, are "
            "too high by that choice, more so with few validation cases, which also give "
            "thresholds and recalibration; the test part was not used."
        )
        if len(study.fractions) > 1:
            lines.append(
                "Shares of the training part were tuned on the whole validation part: how many "
                "labelled images suffice is more than the share says."
            )
    if evidence.fraction != 1.0:
        lines.append(
            f"Everything but the learning curves uses {100 * evidence.fraction:g} % of the "
            "training part."
        )
    return lines


def _elsewhere(evidence: Evidence) -> str:
    tested = [d for d in evidence.datasets if d.transport and d.transport.of_kind("external")]
    if tested:
        return (
            "How a method does at places other than those of the section Transport is another "
            "question."
        )
    return (
        "How a method does on images of another hospital or device is another question, unless the "
        "test part was taken from there."
    )


def _methods(evidence: Evidence) -> Table:
    cards = {m.name: m for d in evidence.datasets for m in d.methods}
    order = ("deep", "classical", "hybrid", "control")
    tuned = any(data.tuned for data in evidence.datasets)
    rows = [
        Row(
            (m.name, m.family, m.summary, m.distribution, m.version, _parameters(m.parameters)),
            m.family,
        )
        for m in sorted(cards.values(), key=lambda m: (order.index(m.family), m.name))
    ]
    return Table(
        "methods",
        "The methods and their settings.",
        (
            Column("method", "Method"),
            Column("family", "Family"),
            Column("summary", "What it is", wraps=True),
            Column("distribution", "Package"),
            Column("version", "Version"),
            Column("parameters", "Parameters", wraps=True, on_paper=False),
        ),
        tuple(rows),
        (
            "Parameters are those before seed, device and budget are set"
            + (", as declared; what tuning chose stands in Tuning." if tuned else "."),
        ),
    )


def _parameters(parameters: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in parameters)


def _environment(seen: EnvironmentSeen) -> tuple[tuple[str, Words], ...]:
    e = seen.environment
    packages = ", ".join(f"{name} {number}" for name, number in sorted(e.packages.items()))
    return (
        ("Runs", (count(seen.runs),)),
        ("Processor", (f"{e.processor}, {e.cores} cores; {e.threads} per trial",)),
        ("Device", ("no GPU" if e.device == "cpu" else e.device,)),
        ("System", (e.platform,)),
        ("Python", (e.python,)),
        ("Packages", (packages or "not recorded",)),
        ("Commit", (Code(e.commit),) if e.commit else ("not recorded",)),
    )


def _version() -> str:
    try:
        return f" {version('classical-vs-deep')}"
    except PackageNotFoundError:
        return ""
