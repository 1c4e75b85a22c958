"""What a report draws of a data set, of a file of predictions: curves, forest, calibration."""

from dataclasses import replace
from pathlib import Path

from bench.protocol.study import Study
from reports.analysis.pairs.dataset_comparison import DatasetComparison
from reports.document.blocks import Block, Heading, Paragraph, TableBlock
from reports.document.figures.decision_curve import decision_curve
from reports.document.figures.precision_recall import precision_recall
from reports.document.figures.reliability import reliability
from reports.document.figures.roc import roc
from reports.document.figures.transport import forest_of_places
from reports.document.plots import Figure
from reports.document.sections.probabilities import calibration_table
from reports.evidence import DatasetEvidence
from reports.evidence.comparison_file import FileEvidence
from reports.examine import methods_of
from reports.external.output import level
from reports.external.predicted import Predictions
from reports.external.predictions import read
from reports.external.runs import as_runs
from reports.formatting import plural, score
from reports.verdicts.dataset_verdict import decide

_MOST_DRAWN = 6
"""Models whose probabilities are drawn, the first of the file."""

_MOST_PAIRS = 45
"""That a forest plot shows, which is all of ten models."""


def drawn(evidence: FileEvidence, path: Path) -> list[Block]:
    """Figures, and tables of the probabilities if the file has any.

    Args:
        evidence: of the file.
        path: the file, which is read again: the evidence keeps no scores.

    Raises:
        DataError: if it cannot be read any more.
    """
    found = read(path, evidence.positive)
    data = _data(evidence, found)
    interval = level(evidence)
    blocks: list[Block] = [*_curves(data), *_forest(evidence, interval)]
    if all(method.probabilities for method in data.methods):
        blocks += _probabilities(found, data, interval)
    return blocks


def _data(evidence: FileEvidence, found: Predictions) -> DatasetEvidence:
    names = tuple(model.name for model in found.models)
    study = Study((evidence.file,), names, margin=evidence.margin, alpha=evidence.alpha)
    compared = DatasetComparison(as_runs(found, evidence.file), study)
    card = compared.data.card
    return DatasetEvidence(
        card=card,
        generated=False,
        prevalence=card.prevalence,
        test_shares=card.prevalence["test"],
        no_information_rate=max(card.prevalence["test"]),
        detectable=None,
        methods=tuple(methods_of(compared, names[:_MOST_DRAWN])),
        champion_deep=compared.candidates.champions["deep"],
        champion_classical=compared.candidates.champions["classical"],
        comparison=None,
        decisions=None,
        probability_pair=None,
        few_false_alarms=None,
        verdict=evidence.verdict or decide(None, "", evidence.audit, evidence.margin),
        audit=evidence.audit,
        ideal=None,
    )


def _curves(data: DatasetEvidence) -> list[Block]:
    blocks: list[Block] = []
    over = ", means over the classes" if len(data.card.class_names) > 2 else ""
    told = [f"{m.name} {score(m.auc.value)}" for m in data.methods if m.auc is not None]
    curves = roc("roc", data)
    if curves is not None:
        caption = (
            f"ROC curves on {plural(data.card.parts['test'].cases, 'test case')}{over}, on the "
            "right where false positives are rare. Numbers are AUCs. With several runs the mean "
            "sensitivity at each specificity. Markers: thresholds that validation chose, if any."
        )
        words = f"ROC curves; AUC: {', '.join(told)}."
        blocks.append(Figure("roc", caption, words, curves.svg, curves.panels))
    worth = precision_recall("precision", data)
    if worth is not None:
        caption = (
            f"Precision and recall{over}. Numbers are average precisions. The dashed line is the "
            "precision of calling every case positive, which is the prevalence."
        )
        told = [
            f"{m.name} {score(m.precision_recall.average_precision)}"
            for m in data.methods
            if m.precision_recall is not None
        ]
        words = f"Precision-recall curves; average precision: {', '.join(told)}."
        blocks.append(Figure("precision", caption, words, worth.svg, worth.panels, on_paper=False))
    return blocks


def _forest(evidence: FileEvidence, interval: str) -> list[Block]:
    shown = evidence.pairs[:_MOST_PAIRS]
    lines = [(f"{p.test.a} − {p.test.b}", p.test.difference, True) for p in shown]
    if not lines:
        return []
    svg = forest_of_places("pairs", lines, evidence.margin, order=("first", "second"))
    caption = (
        f"Differences of the AUC with {interval} intervals; shaded, differences that do not matter."
    )
    if len(shown) < len(evidence.pairs):
        caption += f" The first {len(shown)} of {len(evidence.pairs)} pairs; the table has all."
    words = "Differences of the AUC of the pairs; the table of the pairs has the numbers."
    return [Figure("pairs", caption, words, svg)]


def _calibration(
    found: Predictions, data: DatasetEvidence, interval: str, *, recalibrated: bool = False
) -> TableBlock:
    """The table of a report, with accents where the file names families."""
    table = calibration_table(data, "file", interval, recalibrated=recalibrated)
    named = {model.name for model in found.models if model.family}
    rows = (r if r.values[0] in named else replace(r, family=None) for r in table.rows)
    return TableBlock(replace(table, rows=tuple(rows)))


def _probabilities(found: Predictions, data: DatasetEvidence, interval: str) -> list[Block]:
    blocks: list[Block] = [
        Heading(1, "Probabilities", "probabilities"),
        Paragraph(
            (
                "Whether they are what they say: as given, and where there are validation rows "
                "after the same recalibration of every run on these.",
            )
        ),
        _calibration(found, data, interval),
    ]
    if any(m.probabilities and m.probabilities.recalibrated for m in data.methods):
        blocks.append(_calibration(found, data, interval, recalibrated=True))
    curves = reliability("reliability", data)
    if curves is not None:
        caption = (
            "Reliability: observed shares against predicted probabilities, a smooth curve with its "
            f"{interval} band and bins of the same number of cases, of the first {_MOST_DRAWN} "
            "models at most. On the diagonal a probability is what it says."
        )
        words = "Reliability diagrams; the table of the probabilities has the numbers."
        blocks.append(Figure("reliability", caption, words, curves.svg, curves.panels))
    benefit = decision_curve("net-benefit", data)
    if benefit is not None:
        caption = (
            "Decision curves: net benefit, true positives per case less false positives weighted "
            "by the odds of the probability from which one would act."
        )
        words = "Net benefit against threshold probability."
        blocks.append(Figure("net-benefit", caption, words, benefit.svg, benefit.panels))
    return blocks
