"""The evidence of decisions as tables, text and JSON."""

from dataclasses import asdict
from typing import Any

from reports.document.tables import Column, Row, Table
from reports.external.decided import MEASURES, DecidedEvidence
from reports.external.plain_text import aligned
from reports.formatting import count, interval, p_value, percent, plural, signed

SCHEMA = 1


def about(evidence: DecidedEvidence) -> str:
    """What the file holds, in a line."""
    patients = "" if evidence.patients is None else f" of {plural(evidence.patients, 'patient')}"
    classes = ", ".join(
        f"{name} {count(n)}" for name, n in zip(evidence.classes, evidence.per_class, strict=True)
    )
    text = f"{evidence.file}: {plural(evidence.cases, 'test case')}{patients} ({classes})"
    if evidence.positive is not None:
        text += f"; positive: {evidence.positive}"
    return f"{text}; decisions, which have no AUC"


def model_table(evidence: DecidedEvidence) -> Table:
    """Every model with its rates."""
    level = percent(1 - evidence.alpha).replace(".0 ", " ")
    shown = [name for name in MEASURES if any(name in m.measures for m in evidence.models)]
    return Table(
        "decided-models",
        "Decisions of every model.",
        (
            Column("model", "Model"),
            *(
                Column(name.replace(" ", "_"), name.capitalize(), "score", "high", estimate=True)
                for name in shown
            ),
        ),
        tuple(
            Row((model.name, *(model.measures.get(name) for name in shown)))
            for model in evidence.models
        ),
        (f"Intervals of level {level}: Wilson's, with patients Korn and Graubard's.",),
    )


def pair_table(evidence: DecidedEvidence) -> Table:
    """Every pair on every measure."""
    return Table(
        "decided-pairs",
        "Differences on the same cases.",
        (
            Column("a", "A"),
            Column("b", "B"),
            Column("measure", "Measure"),
            Column("difference", "A − B", "signed", estimate=True),
            Column("only_a", "Only A right", "mean"),
            Column("only_b", "Only B right", "mean"),
            Column("p", "p", "p"),
            Column("p_holm", "p (Holm-adjusted)", "p"),
            Column("test", "Test"),
        ),
        tuple(
            Row((o.a, o.b, o.measure, o.difference, o.only_a, o.only_b, o.p, o.p_holm, o.test))
            for o in evidence.pairs
        ),
        (
            "p: the larger of McNemar's and that at whose level Bonett and Price's interval ends "
            "at 0. Holm-adjusted: for the pairs, on each measure by itself.",
        ),
    )


def findings(evidence: DecidedEvidence) -> list[str]:
    """A line per pair: is one more accurate?"""
    lines = []
    for pair in evidence.pairs:
        if pair.measure != "accuracy" or pair.p_holm is None:
            continue
        d = pair.difference
        better = pair.a if d.value > 0 else pair.b
        shown = pair.p_holm < evidence.alpha
        what = f"{better} decides more cases rightly" if shown else "no difference shown"
        if not shown and pair.p is not None and pair.p < evidence.alpha:
            what = f"{what} after Holm's adjustment"
        limits = ""
        if d.low is not None and d.high is not None:
            limits = f" {interval(d.low, d.high)}"
        lines.append(
            f"{pair.a} against {pair.b}: {what}. Difference in accuracy {signed(d.value)}{limits}"
            f", Holm-adjusted p {p_value(pair.p_holm, evidence.alpha)} ({pair.test})."
        )
    return lines


def as_text(evidence: DecidedEvidence) -> str:
    """The evidence for a terminal."""
    lines = [about(evidence), "", *aligned(model_table(evidence))]
    if evidence.pairs:
        lines += ["", *aligned(pair_table(evidence)), "", *findings(evidence)]
    return "\n".join(lines) + "\n"


def plain(evidence: DecidedEvidence) -> dict[str, Any]:
    """Every number."""
    return {"schema": SCHEMA, "kind": "decisions", **asdict(evidence)}
