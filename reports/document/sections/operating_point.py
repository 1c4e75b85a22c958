"""Section "Operating point": what is decided, by the rule fixed on validation and by any other."""

from collections.abc import Mapping, Sequence

from reports.document.blocks import Block, Heading, Paragraph, TableBlock
from reports.document.figures.confusion import confusion
from reports.document.parts.best_two_tables import few_false_alarms_table
from reports.document.parts.decision_tables import (
    operating_table,
    pair_table,
    prevalence_table,
    recall_table,
)
from reports.document.plots import Figure, ThresholdCurve, Thresholds
from reports.document.sections.answer import level
from reports.evidence import DatasetEvidence, DecisionPair, Evidence
from reports.formatting import p_clause, score, signed
from reports.verdicts.guards.lone_side import champions_of, drawn_best, lacking, lost, with_reasons


def operating_point(evidence: Evidence, stems: Mapping[str, str]) -> list[Block]:
    """The section's blocks: one part per data set, then the best two models' decisions compared."""
    decided = [d for d in evidence.datasets if any(m.operating for m in d.methods)]
    blocks: list[Block] = [Heading(1, "Operating point", "operating")]
    if not decided:
        return [*blocks, Paragraph((with_reasons("No decisions are counted.", evidence),))]
    blocks.append(
        Paragraph(
            (
                "Every run decides by a rule that was fixed on its validation part. Nothing here "
                "was chosen on the test part, and nothing here decides the verdict. "
                f"{_compared(evidence, decided)}",
            )
        )
    )
    for data in decided:
        blocks += _dataset(data, stems[data.card.name], level(evidence))
    table = pair_table(evidence)
    if table.rows:
        blocks += [
            Heading(2, "Decisions of the best two models compared", "decisions", listed=False),
            TableBlock(table),
        ]
    rare = few_false_alarms_table(evidence)
    if rare.rows:
        blocks += [
            Heading(2, "The best two models with few false alarms", "few-alarms", listed=False),
            TableBlock(rare),
        ]
    return blocks


def _compared(evidence: Evidence, decided: Sequence[DatasetEvidence]) -> str:
    """Which models are looked at beyond the tables, one sentence."""
    whole = [data for data in decided if data.champion_deep and data.champion_classical]
    if whole:
        return (
            "Compared are the best deep model and the best classical model (chosen on validation)."
        )
    told = "; ".join(dict.fromkeys(lacking(data, lost(evidence, data)) for data in decided))
    best = [method for data in decided for method in data.methods if method.is_champion]
    drawn = f"; the matrix is that of {champions_of(best)} (chosen on validation)" if best else ""
    return f"Nothing is compared, since {told}{drawn}."


def _dataset(data: DatasetEvidence, stem: str, interval: str) -> list[Block]:
    blocks: list[Block] = [
        Heading(2, data.card.name, f"operating-{stem}", listed=False),
        TableBlock(operating_table(data, stem, interval)),
    ]
    found = recall_table(data, stem, interval)
    if found is not None:
        blocks.append(TableBlock(found))
    at_prevalence = prevalence_table(data, stem, interval)
    if at_prevalence is not None:
        blocks.append(TableBlock(at_prevalence))
    if data.decisions is not None:
        blocks.append(Paragraph((decisions_in_words(data.decisions),)))
    matrices = confusion(f"confusion-{stem}", data)
    if matrices is not None:
        blocks.append(
            Figure(
                f"confusion-{stem}",
                f"Decisions of {drawn_best(data, 'operating')} on the test part of "
                f"{data.card.name}. Rows are the truth; the depth of a cell is its share of the "
                "row. Counts are means over runs.",
                _confusion_in_words(data),
                matrices,
            )
        )
    slider = thresholds(data, stem)
    if slider is not None:
        blocks.append(slider)
    return blocks


def decisions_in_words(pair: DecisionPair) -> str:
    """Who is right where the other is wrong, and how sure it is who is more accurate."""
    d = pair.difference
    limits = "" if d.low is None else f" [{signed(d.low)}, {signed(d.high)}]"
    text = (
        f"{pair.a} alone decides {_cases(pair.only_a)} rightly, {pair.b} alone "
        f"{_cases(pair.only_b)}: accuracy {score(pair.accuracy_a)} and {score(pair.accuracy_b)}, "
        f"difference {signed(d.value)}{limits} ({pair.test}, {p_clause(pair.p)}). "
    )
    if pair.ahead is None:
        return text + "Their accuracy is the same."
    return text + (
        f"Taken by itself, without adjustment for further comparisons, the claim “{pair.ahead} is "
        f"more accurate” is false with a probability {_of(pair.claim_false)}; this decides no "
        "verdict."
    )


def _of(chance: float) -> str:
    """Never 0.

    >>> _of(0.0001), _of(0.108)
    ('below 0.001', 'of 0.108')
    """
    return "below 0.001" if chance < 0.001 else f"of {score(chance)}"


def thresholds(data: DatasetEvidence, stem: str) -> Thresholds | None:
    """The slider of a data set; None for more than two classes or without results."""
    positive = data.card.positive
    ordered = sorted(data.methods, key=lambda method: not method.is_champion)
    curves = tuple(
        ThresholdCurve(
            method.name,
            method.family,
            method.thresholds.thresholds,
            method.thresholds.true_positives,
            method.thresholds.false_positives,
            method.thresholds.chosen,
        )
        for method in ordered
        if method.thresholds is not None
    )
    if positive is None or not curves:
        return None
    # at the last threshold of a curve every case is called positive
    return Thresholds(
        f"thresholds-{stem}",
        data.card.name,
        data.card.class_names[positive],
        data.card.class_names[1 - positive],
        round(curves[0].true_positives[-1]),
        round(curves[0].false_positives[-1]),
        curves,
    )


def _cases(number: float) -> str:
    text = f"{number:.1f}".removesuffix(".0")
    return f"{text} case" if text == "1" else f"{text} cases"


def _confusion_in_words(data: DatasetEvidence) -> str:
    parts = []
    for method in data.methods:
        if method.is_champion and method.operating is not None:
            right = sum(row[k] for k, row in enumerate(method.operating.confusion))
            total = sum(map(sum, method.operating.confusion))
            parts.append(f"{method.name} decides {right:.4g} of {total:.4g} cases rightly")
    return "Confusion matrices: " + "; ".join(parts) + "."
