"""The summary that people forward: question, answer, the numbers and what weakens them.

A document of its own, from the evidence and the figures of the report, which on paper has at most
two pages whatever the study holds: what is too much for them is counted and left to the report.
"""

from collections.abc import Sequence

from bench.protocol.cards import Family
from reports.document.blocks import (
    Block,
    Bullets,
    Code,
    Facts,
    Heading,
    Paragraph,
    Place,
    Statement,
    Strong,
    TableBlock,
    Words,
)
from reports.document.document import Document
from reports.document.figures.best_two_roc import MOST, best_two_roc
from reports.document.figures.dice.slopes import dice_slopes, thinned
from reports.document.figures.drawing import short
from reports.document.figures.forest import forest
from reports.document.parts import columns
from reports.document.parts.verdict_table import alone_notes, value_of
from reports.document.plots import Figure
from reports.document.sections.answer import (
    difference_of,
    hardware,
    level,
    metric_of,
    moment,
    overall_tone,
)
from reports.document.tables import Column, Row, Table
from reports.evidence import SIDES, AuditItem, DatasetEvidence, Evidence, PrimaryComparison, Side
from reports.formatting import plural
from reports.verdicts.guards.lone_side import best_models

ROWS = 10
"""Data sets that are shown; the report has all."""

CAUTIONS = 7
"""Lights of the audit that are spelt out."""

_LONGEST = 230  # letters of a caution
_NAME = 28  # letters of a name
_ANSWER = 700  # letters of the answer's sentence


def summary(evidence: Evidence, title: str) -> Document:
    """The summary of a study.

    Args:
        evidence: what the report rests on.
        title: of the report.
    """
    shown = _most_telling(evidence.datasets)
    overall = evidence.overall
    blocks: list[Block] = [
        Heading(1, "Answer", "answer"),
        Statement(
            evidence.claim,
            overall.heading,
            shortened(overall.sentence, _ANSWER),
            overall_tone(overall),
        ),
    ]
    if shown:
        blocks += [
            TableBlock(_table(evidence, shown)),
            Figure(
                "forest",
                f"{difference_of(evidence)}: {metric_of(evidence)} of the best deep model minus "
                f"{metric_of(evidence)} of the best classical model (each "
                f"chosen on validation), with its {level(evidence)} interval. Filled markers: real "
                "images; hollow ones: generated images."
                f"{_cut(len(shown), len(evidence.datasets), first='')}",
                "Forest plot of the differences in the table above.",
                forest("forest", shown, overall),
            ),
        ]
        blocks += _curves(shown, evidence.datasets) + _slopes(shown, evidence.datasets)
    blocks += [Heading(1, "What weakens it", "cautions"), *_cautions(evidence)]
    blocks += [Heading(1, "Which study", "study"), Facts(_facts(evidence))]
    return Document(
        title=title,
        subtitle=f"Summary of study {evidence.study_hash}, "
        f"first run {moment(evidence.entry.first_run)}",
        study_hash=evidence.study_hash,
        date=evidence.entry.first_run,
        blocks=tuple(blocks),
        brief=True,
    )


def shortened(text: str, most: int) -> str:
    """The beginning of a text, whole sentences where they fill a third of what there is room for.

    >>> shortened("One. Two are more. Three.", 18)
    'One. Two are more. …'
    >>> shortened("A sentence without an end in sight", 18)
    'A sentence …'
    """
    if len(text) <= most:
        return text
    head = text[: most + 1]
    end = max(head.rfind(". "), head.rfind("; "))
    if end > most // 3:
        return f"{head[:end]}. …"
    end = head.rfind(" ", 0, most)
    return f"{head[:end]} …" if end > 0 else f"{head[: most - 1]}…"


def _most_telling(datasets: Sequence[DatasetEvidence]) -> tuple[DatasetEvidence, ...]:
    """In the order of the report; where there are too many, real ones with a verdict first."""
    order = sorted(datasets, key=lambda d: (d.generated, not d.verdict.is_verdict))
    kept = {data.card.name for data in order[:ROWS]}
    return tuple(data for data in datasets if data.card.name in kept)


def _table(evidence: Evidence, shown: Sequence[DatasetEvidence]) -> Table:
    left_out = len(evidence.datasets) - len(shown)
    segmentation = evidence.entry.study.task == "segmentation"
    key, value = ("dice", "Mean Dice") if segmentation else ("auc", "AUC")
    compared = [data.comparison for data in shown if data.comparison is not None]
    notes = [f"δ = {evidence.entry.study.margin:g} is the margin that the study declared."]
    if any(map(_varied, compared)):
        notes.append("In every fold the best model on its validation part stands for its side.")
    notes += alone_notes(shown, value)
    if left_out:
        notes.append(f"{plural(left_out, 'further data set')} in the report.")
    return Table(
        "summary",
        f"{_best(shown)} (chosen on validation) of each data set.",
        (
            Column("dataset", "Data set"),
            Column("deep", "Deep"),
            Column(f"{key}_deep", value, "score"),
            Column("classical", "Classical"),
            Column(f"{key}_classical", value, "score"),
            columns.named(columns.DELTA_AUC, difference_of(evidence)),
            Column("verdict", "Verdict", wraps=True),
        ),
        tuple(_row(data) for data in shown),
        tuple(notes),
    )


def _best(shown: Sequence[DatasetEvidence]) -> str:
    """The best models, as a caption begins with them: of the sides that have a result somewhere."""
    compared = any(data.champion_deep and data.champion_classical for data in shown)
    families: set[str] = {m.family for data in shown for m in data.methods if m.is_champion}
    named = best_models(SIDES if compared else families)
    return f"{named[0].upper()}{named[1:]}"


def _row(data: DatasetEvidence) -> Row:
    c = data.comparison
    deep, classical = data.champion_deep, data.champion_classical
    others = (0, 0) if c is None else (len(c.folds_deep) - 1, len(c.folds_classical) - 1)
    return Row(
        (
            short(data.card.name, _NAME),
            None if deep is None else _with_others(deep, others[0]),
            _point(data, "deep"),
            None if classical is None else _with_others(classical, others[1]),
            _point(data, "classical"),
            None if c is None else c.pair.difference,
            shortened(data.verdict.heading, 120),
        )
    )


def _point(data: DatasetEvidence, side: Side) -> float | None:
    value = value_of(data, side)
    return None if value is None else value.value


def _with_others(name: str, others: int) -> str:
    """A model that stands for its side, and how many others do in other folds."""
    return short(name, _NAME) + (f" and {others} more" if others > 0 else "")


def _cut(shown: int, there: int, first: str = "The first ") -> str:
    """A sentence for the caption where some data sets are not shown, a space before it; else ""."""
    if shown >= there:
        return ""
    verb = "is" if shown == 1 else "are"
    return f" {first}{shown} of {plural(there, 'data set')} {verb} shown; the report has all."


def _curves(shown: Sequence[DatasetEvidence], there: Sequence[DatasetEvidence]) -> list[Block]:
    """ROC curves of the first data sets that have any, real ones first as in the report."""
    first = [data for data in shown if _has_curves(data)][:MOST]
    drawn = best_two_roc("roc", first)
    if drawn is None:
        return []
    return [
        Figure(
            "roc",
            "ROC curves on test of the best deep and the best classical model, with their AUCs. "
            "Markers: the thresholds that were chosen on validation."
            f"{_cut(len(first), sum(map(_has_curves, there)))}{_often(first)}",
            "ROC curves of the two models of the table above.",
            drawn,
        )
    ]


def _varied(comparison: PrimaryComparison) -> bool:
    """Whether several models stand for a side, each in some folds."""
    return len(comparison.folds_deep) > 1 or len(comparison.folds_classical) > 1


def _often(shown: Sequence[DatasetEvidence]) -> str:
    if not any(data.comparison is not None and _varied(data.comparison) for data in shown):
        return ""
    return (
        " Where several models stand for a side, each in some folds, the curve and its AUC are of "
        "the one that does so most often, in all folds."
    )


def _slopes(shown: Sequence[DatasetEvidence], there: Sequence[DatasetEvidence]) -> list[Block]:
    """The best two on every test case of the first data set of which label maps are known."""
    with_cases = sum(map(_has_cases, there))
    for data in shown:
        c, found = data.comparison, data.segmentation
        if c is not None and found is not None and found.cases:
            drawn = dice_slopes("slopes", *c.labels, found.cases)
            return [
                Figure(
                    "slopes",
                    f"Every test case of {data.card.name}: from its Dice by the classical side, "
                    f"{c.stands_for_classical}, to that by the deep side, {c.stands_for_deep}, "
                    f"with boxes of both.{thinned(found.cases)}{_cut(1, with_cases, first='')}",
                    f"Dice of both on every test case of {data.card.name}.",
                    drawn,
                )
            ]
    return []


def _has_cases(data: DatasetEvidence) -> bool:
    return (
        data.comparison is not None
        and data.segmentation is not None
        and bool(data.segmentation.cases)
    )


def _has_curves(data: DatasetEvidence) -> bool:
    families: set[Family] = {m.family for m in data.methods if m.is_champion and m.roc is not None}
    return set(SIDES) <= families


def _cautions(evidence: Evidence) -> list[Block]:
    """What is red or amber, red first; nothing that is in order."""
    lines: list[Words] = []
    if evidence.entry.study.budget == "quick":
        lines.append(
            (
                Strong("Budget."),
                " The budget was “quick”, which is for trying things out: networks above all do "
                "better with more.",
            )
        )
    lines += [(shortened(caveat, _LONGEST),) for caveat in evidence.overall.caveats]
    own = CAUTIONS - 1
    further = [f"{len(lines) - own} more on the answer"] if len(lines) > own else []
    lines = lines[:own]
    found = [a for colour in ("red", "amber") for a in evidence.audit if a.colour == colour]
    room = max(CAUTIONS - len(lines), 2)
    lines += [_caution(item, evidence.datasets) for item in found[:room]]
    further += [item.title.lower() for item in found[room:]]
    if further:
        more = ", ".join(further)
        lines.append((shortened(f"Further cautions in the report: {more}.", _LONGEST),))
    if not lines:
        return [Paragraph(("No check of the protocol found anything to be cautious about.",))]
    return [Bullets(tuple(lines))]


def _caution(item: AuditItem, datasets: Sequence[DatasetEvidence]) -> Words:
    of = sum(any(own.key == item.key and own.colour == item.colour for own in d.audit)
             for d in datasets)  # fmt: skip
    where = f" ({of} of {plural(len(datasets), 'data set')})" if 0 < of < len(datasets) else ""
    said = "violated: " if item.colour == "red" else ""
    return (Strong(f"{item.title}{where}."), f" {said}{shortened(item.sentence, _LONGEST)}")


def _facts(evidence: Evidence) -> tuple[tuple[str, Words], ...]:
    study = evidence.entry.study
    real = sum(not data.generated for data in evidence.datasets)
    return (
        ("Study", (Code(evidence.study_hash), f", first run {moment(evidence.entry.first_run)}")),
        (
            "Compared",
            (
                f"{plural(len(study.methods), 'method')} on "
                f"{plural(len(evidence.datasets), 'data set')} ({real} of real images), "
                f"{plural(evidence.n_runs, 'run')}",
            ),
        ),
        ("Hardware", (shortened(hardware(evidence), 160),)),
        (
            "Full report",
            (Place("index.html", "index.html"), ", for paper ", Place("report.pdf", "report.pdf"),
             ", every number in ", Place("evidence.json", "evidence.json"),
             ": they lie beside this file."),
        ),
    )  # fmt: skip
