"""Section 4: every method on every data set, and the comparison that the verdict rests on."""

from collections.abc import Mapping

from reports.blocks import (
    AuditMark,
    AuditStrip,
    Block,
    Bullets,
    FamilyKey,
    Figure,
    Heading,
    Paragraph,
    Strong,
    TableBlock,
)
from reports.evidence import Comparison, DatasetEvidence, Evidence
from reports.figures.confusion import confusion
from reports.figures.roc import roc
from reports.formatting import count, error, p_clause, score, signed
from reports.sections.answer import level
from reports.sections.comparison_tables import control_table, detail_table
from reports.sections.method_tables import (
    class_auc_table,
    learning_table,
    methods_table,
    operating_table,
)
from reports.sections.published_table import published_blocks


def results(evidence: Evidence, stems: Mapping[str, str]) -> list[Block]:
    """The section's blocks: one part per data set."""
    blocks: list[Block] = [Heading(1, "Results", "results")]
    if not evidence.datasets:
        return [*blocks, Paragraph(("There is nothing to show yet.",))]
    families = dict.fromkeys(m.family for d in evidence.datasets for m in d.methods)
    blocks.append(FamilyKey(tuple(families)))
    for data in evidence.datasets:
        blocks += _dataset(data, stems[data.card.name], level(evidence))
    tables = [t for t in (detail_table(evidence), control_table(evidence)) if t.rows]
    if tables:
        blocks.append(Heading(2, "Comparisons in detail", "detail"))
    return blocks + [TableBlock(table) for table in tables]


def _dataset(data: DatasetEvidence, stem: str, interval: str) -> list[Block]:
    verdict = data.verdict
    blocks: list[Block] = [
        Heading(2, data.card.name, f"set-{stem}"),
        Paragraph((Strong(verdict.heading.rstrip(".") + "."), f" {verdict.sentence}")),
    ]
    if data.comparison is not None:
        blocks.append(Bullets(tuple((line,) for line in _comparison(data.comparison, interval))))
    found = tuple(
        AuditMark(a.colour, a.title, a.sentence) for a in data.audit if a.colour != "green"
    )
    if found:
        blocks.append(AuditStrip(found))
    if not data.methods:
        return [*blocks, Paragraph(("No method has run on it.",))]
    blocks.append(TableBlock(methods_table(data, stem, interval)))
    curves = roc(f"roc-{stem}", data)
    if curves is not None:
        blocks.append(Figure(f"roc-{stem}", _roc_caption(data), _roc_in_words(data), curves))
    if len(data.card.class_names) > 2:
        blocks.append(TableBlock(class_auc_table(data, stem)))
    blocks.append(TableBlock(operating_table(data, stem, interval)))
    matrices = confusion(f"confusion-{stem}", data)
    if matrices is not None:
        blocks.append(
            Figure(
                f"confusion-{stem}",
                f"Decisions of the champions on the test part of {data.card.name}. Rows are the "
                "truth; the depth of a cell is its share of the row. Counts are means over runs.",
                _confusion_in_words(data),
                matrices,
            )
        )
    learning = learning_table(data, stem)
    if learning is not None:
        blocks.append(TableBlock(learning))
    return [*blocks, *published_blocks(data, stem)]


def _comparison(c: Comparison, interval: str) -> list[str]:
    """What the verdict rests on, a sentence each."""
    d = c.difference
    limits = "" if d.low is None else f" [{signed(d.low)}, {signed(d.high)}]"
    patients = "" if c.n_groups is None else f" of {count(c.n_groups)} patients"
    lines = [
        f"Best deep method, chosen on validation: {c.deep}, AUC {score(c.auc_deep.value)}. Best "
        f"classical method: {c.classical}, AUC {score(c.auc_classical.value)}. ΔAUC "
        f"{signed(d.value)}{limits} ({interval} interval) on {count(c.n_cases)} test cases"
        f"{patients}; {c.test}, {p_clause(c.p)}, {p_clause(c.p_holm, 'Holm p')}.",
        f"Standard error {error(c.se)}: {error(c.se_cases)} from the test cases, "
        f"{error(c.se_seeds)} from the seeds."
        + (
            ""
            if c.minimum_detectable is None
            else f" A difference of {score(c.minimum_detectable)} would be found with 80 % power."
        ),
        _picked_on_test(c),
    ]
    return [*lines, *(check.sentence for check in c.controls)]


def _picked_on_test(c: Comparison) -> str:
    if (c.picked_on_test_deep, c.picked_on_test_classical) == (c.deep, c.classical):
        return "Choosing the champions on the test part would have chosen the same two."
    return (
        f"Choosing the champions on the test part would have chosen {c.picked_on_test_deep} and "
        f"{c.picked_on_test_classical}: {signed(c.picked_on_test_gain_deep)} for deep, "
        f"{signed(c.picked_on_test_gain_classical)} for classical, and ΔAUC "
        f"{signed(c.picked_on_test_difference)}."
    )


def _roc_caption(data: DatasetEvidence) -> str:
    text = f"ROC curves on the test part of {data.card.name}"
    text += ", means over the classes. " if len(data.card.class_names) > 2 else ". "
    text += "Heavy lines: the champions of the two families"
    if any(m.is_champion and m.roc and m.roc.tpr_low for m in data.methods):
        text += ", shaded from the lowest to the highest seed"
    text += ". "
    if any(m.roc and m.roc.operating for m in data.methods):
        text += "Markers: the threshold that was chosen on validation. "
    if data.ideal is not None and data.ideal.roc is not None:
        text += "Ideal observer: the best that any method can do. "
    return text.strip()


def _roc_in_words(data: DatasetEvidence) -> str:
    parts = [f"{m.name} {score(m.auc.value)}" for m in data.methods if m.auc is not None]
    return f"ROC curves on {data.card.name}; AUC: " + ", ".join(parts) + "."


def _confusion_in_words(data: DatasetEvidence) -> str:
    parts = []
    for method in data.methods:
        if method.is_champion and method.operating is not None:
            right = sum(row[k] for k, row in enumerate(method.operating.confusion))
            total = sum(map(sum, method.operating.confusion))
            parts.append(f"{method.name} decides {right:.4g} of {total:.4g} cases rightly")
    return "Confusion matrices: " + "; ".join(parts) + "."
