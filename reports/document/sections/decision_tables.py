"""The tables of decisions: all methods on one data set, and the champions on every one."""

from reports.document.sections.method_tables import rule
from reports.document.tables import Column, Row, Table, Value
from reports.evidence import DatasetEvidence, Estimate, Evidence


def operating_table(data: DatasetEvidence, stem: str, interval: str) -> Table:
    """All methods at the decision rule that was fixed on validation, with intervals."""
    rows = []
    for method in data.methods:
        o = method.operating
        values: tuple[Value, ...] = (None,) * 8
        if o is not None:
            values = (
                o.accuracy,
                o.sensitivity,
                o.specificity,
                o.precision,
                o.npv,
                o.f1,
                o.balanced_accuracy,
                o.mcc,
            )
        rows.append(Row((method.name, *values), method.family, method.is_champion))
    notes = [rule(data), f"Intervals are of level {interval}{_procedures(data)}."]
    if len(data.card.class_names) > 2:
        notes.append(
            "Sensitivity, specificity, precision, NPV and F1 are unweighted means over the "
            "classes, each against the rest."
        )
    return Table(
        f"decisions-{stem}",
        f"Decisions on the test part of {data.card.name}.",
        (
            Column("method", "Method"),
            Column("accuracy", "Accuracy", "score", "high", estimate=True),
            Column("sensitivity", "Sensitivity (recall)", "score", "high", estimate=True),
            Column("specificity", "Specificity", "score", "high", estimate=True),
            Column("precision", "Precision (PPV)", "score", "high", estimate=True),
            Column("npv", "NPV", "score", "high", estimate=True),
            Column("f1", "F1", "score", "high", estimate=True),
            Column("balanced_accuracy", "Balanced accuracy", "score", "high", estimate=True),
            Column("mcc", "MCC", "signed", "high", estimate=True),
        ),
        tuple(rows),
        tuple(notes),
    )


def pair_table(evidence: Evidence) -> Table:
    """The decisions of the two champions on the same cases, data set by data set."""
    rows = []
    for data in evidence.datasets:
        pair = data.decisions
        if pair is None:
            continue
        rows.append(
            Row(
                (
                    data.card.name,
                    pair.a,
                    pair.b,
                    pair.accuracy_a,
                    pair.accuracy_b,
                    pair.difference,
                    _number(pair.only_a),
                    _number(pair.only_b),
                    pair.test,
                    pair.p,
                    pair.ahead or "neither",
                    None if pair.ahead is None else pair.claim_false,
                )
            )
        )
    return Table(
        "decision-pairs",
        "Decisions of the champions on the same test cases.",
        (
            Column("dataset", "Data set"),
            Column("deep", "Deep"),
            Column("classical", "Classical"),
            Column("accuracy_deep", "Accuracy, deep", "score"),
            Column("accuracy_classical", "Accuracy, classical", "score"),
            Column("difference", "Difference", "signed", estimate=True),
            Column("only_deep", "Only deep right"),
            Column("only_classical", "Only classical right"),
            Column("test", "Test", wraps=True),
            Column("p", "p", "p"),
            Column("ahead", "More accurate"),
            Column("claim_false", "P(false claim)", "score"),
        ),
        tuple(rows),
        (
            "Only … right: cases that one champion decides rightly and the other does not, mean "
            "over all pairs of a run of each. p: two-sided, of equal accuracy, not corrected.",
            "P(false claim): probability that the one with the higher accuracy is not the more "
            "accurate one: of single runs without patients from the discordant cases alone with a "
            "uniform prior (Christodoulou et al. 2025), else half of p.",
        ),
    )


def _number(cases: float) -> str:
    """A mean of counts: whole where it is whole."""
    return f"{cases:.1f}".removesuffix(".0")


def _procedures(data: DatasetEvidence) -> str:
    """The procedures behind the intervals of the decisions, in brackets."""
    found: dict[str, None] = {}
    for method in data.methods:
        if method.operating is None:
            continue
        for item in (method.operating.accuracy, method.operating.sensitivity, method.operating.f1):
            if isinstance(item, Estimate) and item.method:
                found[item.method] = None
    if len(found) == 2:  # two classes: rates and what is none
        plain, other = found
        return f" ({plain}; F1, balanced accuracy and MCC: {other})"
    return f" ({', '.join(found)})" if found else ""
