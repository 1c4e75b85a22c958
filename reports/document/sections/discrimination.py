"""Section "Discrimination": how well every method tells the classes apart, and the comparison."""

from collections.abc import Mapping

from reports.analysis.methods.method import has_one_seed
from reports.document.blocks import (
    AuditMark,
    AuditStrip,
    Block,
    Bullets,
    FamilyKey,
    Heading,
    Paragraph,
    Strong,
    TableBlock,
)
from reports.document.figures.precision_recall import precision_recall
from reports.document.figures.roc import roc
from reports.document.figures.seeds import seeds
from reports.document.parts.comparison_tables import control_table, detail_table
from reports.document.parts.image_size import image_size
from reports.document.parts.lesion_masks import lesion_masks
from reports.document.parts.method_tables import (
    class_auc_table,
    contrast_table,
    low_table,
    methods_table,
)
from reports.document.parts.published import published_blocks
from reports.document.parts.rungs import rung_table
from reports.document.parts.training_size import training_size
from reports.document.plots import Figure
from reports.document.sections.answer import level
from reports.evidence import DatasetEvidence, Evidence, PrimaryComparison
from reports.evidence.pair import primary_symbol
from reports.formatting import count, error, p_clause, score, signed
from reports.verdicts.guards.lone_side import champions_of, drawn_best
from reports.verdicts.guards.recall import hardly_found


def discrimination(evidence: Evidence, stems: Mapping[str, str]) -> list[Block]:
    """The section's blocks: one part per data set."""
    blocks: list[Block] = [Heading(1, "Discrimination", "results")]
    if not evidence.datasets:
        return [*blocks, Paragraph(("There is nothing to show yet.",))]
    families = dict.fromkeys(m.family for d in evidence.datasets for m in d.methods)
    blocks.append(FamilyKey(tuple(families)))
    for data in evidence.datasets:
        stem, interval = stems[data.card.name], level(evidence)
        blocks += _dataset(data, stem, interval)
        study = evidence.entry.study
        blocks += image_size(data, stem, interval, study.size)
        blocks += lesion_masks(data, stem, interval, study.margin, study.alpha)
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
        lines = _comparison(data, data.comparison, interval)
        blocks.append(Bullets(tuple((line,) for line in lines)))
    found = tuple(
        AuditMark(a.colour, a.title, a.sentence) for a in data.audit if a.colour != "green"
    )
    if found:
        blocks.append(AuditStrip(found))
    if not data.methods:
        return [*blocks, Paragraph(("No method has run on it.",))]
    blocks.append(TableBlock(methods_table(data, stem, interval)))
    blocks.append(TableBlock(contrast_table(data, stem, interval)))
    blocks += rung_table(data, stem, interval)
    strips = seeds(f"seeds-{stem}", data)
    if strips is not None:
        told = _seeds_caption(data), _seeds_in_words(data)
        # on paper the table says it in numbers
        blocks.append(Figure(f"seeds-{stem}", *told, strips, on_paper=False))
    curves = roc(f"roc-{stem}", data)
    if curves is not None:
        caption = _roc_caption(data, interval)
        blocks.append(
            Figure(f"roc-{stem}", caption, _roc_in_words(data), curves.svg, curves.panels)
        )
    if any(m.low_false_positives for m in data.methods):
        blocks.append(TableBlock(low_table(data, stem)))
    worth = precision_recall(f"precision-{stem}", data)
    if worth is not None:
        blocks.append(
            Figure(
                f"precision-{stem}",
                _precision_caption(data),
                _precision_in_words(data),
                worth.svg,
                worth.panels,
                on_paper=False,  # the ROC curves are of the same ranks
            )
        )
    if len(data.card.class_names) > 2:
        blocks.append(TableBlock(class_auc_table(data, stem)))
    return [*blocks, *training_size(data, stem, interval), *published_blocks(data, stem)]


def _comparison(data: DatasetEvidence, c: PrimaryComparison, interval: str) -> list[str]:
    """What the verdict rests on, a sentence each."""
    pair, d = c.pair, c.pair.difference
    limits = "" if d.low is None else f" [{signed(d.low)}, {signed(d.high)}]"
    patients = "" if c.n_groups is None else f" of {count(c.n_groups)} patients"
    lines = [
        f"Best deep model (chosen on validation): {c.stands_for_deep}, "
        f"AUC {score(pair.value_a.value)}. Best classical model: {c.stands_for_classical}, "
        f"AUC {score(pair.value_b.value)}. ΔAUC "
        f"{signed(d.value)}{limits} ({interval} interval) on {count(c.n_cases)} test cases"
        f"{patients}; {with_p(data)}.",
        standard_error(data, c),
        picked_on_test(c),
    ]
    for name in (c.deep, c.classical):
        missed = hardly_found(data.method(name), data.card.class_names)
        if missed:
            lines.append(f"Hardly ever found by {name}: {', '.join(missed)}.")
    return [*lines, *(check.sentence for check in c.controls)]


def with_p(data: DatasetEvidence) -> str:
    """The test of the difference with its p, adjusted where the data set has a verdict.

    One without plays no part in Holm's adjustment.
    """
    if data.comparison is None:
        return ""
    pair = data.comparison.pair
    told = f"{pair.test}, {p_clause(pair.superiority.p)}"
    if not data.verdict.is_verdict:
        return f"{told}, not adjusted"
    return f"{told}, {p_clause(pair.superiority.p_holm, 'Holm-adjusted p')}"


def standard_error(data: DatasetEvidence, c: PrimaryComparison) -> str:
    """That of the difference with its two parts, and what could have been found with it."""
    pair = c.pair
    single = any(has_one_seed(data.method(name)) for name in (c.deep, c.classical))
    known = bool(c.folds_deep or c.resamples)
    from_seeds = "an unknown part" if single and not known else error(pair.se_seeds)
    trainings = "training sets and seeds" if c.resamples else "seeds"
    if c.folds_deep:
        trainings = "seeds and overlapping training parts"
    told = (
        f"Standard error {error(pair.se)}: {error(pair.se_cases)} from the test cases, "
        f"{from_seeds} from the {trainings}."
    )
    if pair.minimum_detectable is None:
        return told
    what = primary_symbol(pair.measure)
    return f"{told} Minimum detectable {what} (80 % power): {score(pair.minimum_detectable)}."


def picked_on_test(c: PrimaryComparison) -> str:
    """Which models a choice on the test part would have given, one sentence.

    With folds the best models are chosen in every fold anew, and a choice on test is of one model
    for all of them: the same name may be another choice, and gain by it.
    """
    what = primary_symbol(c.pair.measure)
    same = (c.picked_on_test_deep, c.picked_on_test_classical) == (c.deep, c.classical)
    varied = len(c.folds_deep) > 1 or len(c.folds_classical) > 1
    gain = max(c.picked_on_test_gain_deep, c.picked_on_test_gain_classical)
    if same and not varied and signed(gain) == signed(0.0):
        return "A choice on the test part would have given the same two models."
    everywhere = " in every fold" if varied else ""
    return (
        f"A choice on the test part would have given {c.picked_on_test_deep} and "
        f"{c.picked_on_test_classical}{everywhere}: {signed(c.picked_on_test_gain_deep)} for deep, "
        f"{signed(c.picked_on_test_gain_classical)} for classical, and {what} "
        f"{signed(c.picked_on_test_difference)}."
    )


def _seeds_caption(data: DatasetEvidence) -> str:
    text = (
        f"AUC on the test part of {data.card.name}: the upright line is the mean over runs, the "
        "band its interval"
    )
    if any(len(m.scores) > 1 for m in data.methods):
        text += ", each mark one run"
    text += f". Names in bold: {champions_of(data.methods)} (chosen on validation). "
    return text + "◂: a control that lies outside."


def _seeds_in_words(data: DatasetEvidence) -> str:
    parts = []
    for method in data.methods:
        each = [run.test for run in method.scores if run.test is not None]
        if len(each) > 1:
            parts.append(f"{method.name} {score(min(each))} to {score(max(each))}")
    told = f"; lowest and highest run: {', '.join(parts)}" if parts else ""
    return f"AUC of every run on {data.card.name}{told}."


def _roc_caption(data: DatasetEvidence, interval: str) -> str:
    text = f"ROC curves on the test part of {data.card.name}"
    text += ", means over the classes" if len(data.card.class_names) > 2 else ""
    text += ", on the right where false positives are rare. Numbers are AUCs. Heavy lines: "
    text += drawn_best(data, "roc")
    bands = [m.roc.band for m in data.methods if m.roc is not None and m.roc.band is not None]
    if bands:
        text += f", with {interval} bands ({bands[0].procedure})"
    text += ". "
    if any(len(m.scores) > 1 for m in data.methods):
        text += "With several runs the mean sensitivity at each specificity. "
    if any(m.roc and m.roc.operating for m in data.methods):
        text += "Markers: the thresholds that were chosen on validation. "
    if data.ideal is not None and data.ideal.roc is not None:
        text += "Ideal observer: the best that any method can do. "
    return text.strip()


def _precision_caption(data: DatasetEvidence) -> str:
    text = f"Precision and recall on the test part of {data.card.name}"
    text += ", means over the classes. " if len(data.card.class_names) > 2 else ". "
    text += (
        "Numbers are average precisions. The dashed line is the precision of calling every case "
        "positive, which is the prevalence. Precision depends on it, so curves of data sets with "
        "other prevalences cannot be compared. "
    )
    if any(m.precision_recall and m.precision_recall.operating for m in data.methods):
        text += "Markers: the thresholds that were chosen on validation."
    return text.strip()


def _precision_in_words(data: DatasetEvidence) -> str:
    parts = [
        f"{m.name} {score(m.precision_recall.average_precision)}"
        for m in data.methods
        if m.precision_recall is not None
    ]
    return f"Precision-recall curves on {data.card.name}; average precision: {', '.join(parts)}."


def _roc_in_words(data: DatasetEvidence) -> str:
    parts = [f"{m.name} {score(m.auc.value)}" for m in data.methods if m.auc is not None]
    return f"ROC curves on {data.card.name}; AUC: " + ", ".join(parts) + "."
