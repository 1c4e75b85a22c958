"""Section "Transport": does the difference between the sides hold elsewhere?"""

from collections.abc import Mapping, Sequence

from reports.document.anchors import Anchors
from reports.document.blocks import (
    AuditMark,
    AuditStrip,
    Block,
    Bullets,
    Heading,
    Paragraph,
    Strong,
    TableBlock,
)
from reports.document.figures.transport import forest_of_places, severities
from reports.document.parts.classes_elsewhere import of_classes
from reports.document.parts.question_tables import left_out_table, questions_table
from reports.document.parts.transport_tables import (
    all_methods_table,
    aucs_in_words,
    calibration_table,
    gaps_table,
    groups_table,
    places_table,
    severities_table,
)
from reports.document.plots import Figure
from reports.document.sections.answer import level
from reports.document.tables import Table
from reports.evidence import DatasetEvidence, Evidence, Interaction, LeftOutColumn, Transport
from reports.formatting import signed
from reports.verdicts.transport.lights import TITLES

_OPENING = (
    "Not how each model does elsewhere, but whether the difference between the two sides holds "
    "there. The best deep and the best classical model are those of the verdict (chosen on "
    "validation); nothing was trained, chosen or adapted again. Intervals of differences are not "
    "adjusted; p values of changes are (Holm), over all questions asked of a data set, or of all "
    "data sets that leave out a value of one column each. They are with these training images: the "
    "luck of the training part is not in the error of a change. An AUC whose interval lies below "
    "0.5 is called systematically inverted and is never turned round. Nothing here decides the "
    "verdict."
)

_APART = (
    "How every method does beyond the test part; nothing was trained, chosen or adapted again. "
    "Whether the difference between the two sides holds there cannot be asked, for there is none. "
    "An AUC whose interval lies below 0.5 is called systematically inverted and is never turned "
    "round. Nothing here decides a verdict."
)


def transport(evidence: Evidence, stems: Mapping[str, str]) -> list[Block]:
    """The section's blocks; none where nothing was asked beyond the test parts."""
    asked = [data for data in evidence.datasets if data.transport is not None]
    if not asked:
        return []
    opening = _APART if all(data.transport.apart for data in asked if data.transport) else _OPENING
    blocks: list[Block] = [Heading(1, "Transport", "transport"), Paragraph((opening,))]
    overall = evidence.transport
    if overall is not None:
        if overall.sentences:
            blocks.append(Heading(2, "Over all data sets", "transport-over-all"))
            blocks.append(Bullets(tuple((text,) for text in overall.sentences)))
        anchors, margin = Anchors(), evidence.entry.study.margin
        for one in overall.left_out:
            name = f"left-out-{anchors.new(f'{one.column} of {one.name}')}"
            blocks += _left_out(name, one, asked, level(evidence), margin)
    for data in asked:
        blocks += _dataset(data, stems[data.card.name], level(evidence))
    return blocks


def _left_out(
    stem: str, one: LeftOutColumn, asked: Sequence[DatasetEvidence], interval: str, margin: float
) -> list[Block]:
    table = left_out_table(stem, one, asked, interval)
    lines = [
        (place.name, place.difference, not place.obstacle)
        for data in asked
        if data.card.name in one.datasets and data.transport is not None
        for place in data.transport.of_kind("external")
    ]
    name = f"forest-{stem}"
    return [
        Heading(2, f"{one.name} by {one.column}", f"{stem}-part"),
        Paragraph((Strong("All together. "), f"{one.sentence}")),
        Figure(
            name,
            f"ΔAUC of the best models of each training at the {one.column} that it left out, with "
            f"its {interval} interval. The diamond is the mean over all, weighted by their cases.",
            f"ΔAUC by {one.column} left out: "
            + "; ".join(f"{n} {'–' if d is None else signed(d.value)}" for n, d, _ in lines)
            + f"; mean {signed(one.change.there.value)}.",
            forest_of_places(name, lines, margin, ("mean of those left out", one.change.there)),
        ),
        TableBlock(table),
    ]


def _dataset(data: DatasetEvidence, stem: str, interval: str) -> list[Block]:
    found = data.transport
    if found is None:
        return []
    title = data.card.name
    blocks: list[Block] = [Heading(2, title, f"transport-{stem}", listed=False)]
    marks = tuple(
        AuditMark(item.colour, item.title, item.sentence)
        for item in data.audit
        if item.key in TITLES
    )
    if marks:
        blocks.append(AuditStrip(marks))
    if found.sentences:
        blocks.append(Bullets(tuple((text,) for text in found.sentences)))
    if found.apart:
        told = "ΔAUC and its changes from place to place need two sides that can be compared."
        blocks.append(Paragraph((f"{found.apart} {told} The tables are of single methods.",)))
    else:
        blocks.append(_forest(data, found, stem, interval))
    if found.interactions:
        blocks.append(
            TableBlock(
                questions_table(
                    f"changes-{stem}",
                    [(_told(one), one) for one in found.interactions],
                    interval,
                    title,
                    "Holm's adjustment is over these questions"
                    + (
                        " and those of the other data sets that leave out one value each."
                        if data.card.left_out
                        else "."
                    ),
                )
            )
        )
    if found.of_kind("corruption") and not found.apart:
        blocks.append(_severities(data, found, stem, interval))
    tables: tuple[Table | None, ...] = (
        places_table(found, stem, title),
        calibration_table(found, stem, title),
        groups_table(found, stem, title, interval),
        gaps_table(found, stem),
        all_methods_table(found, stem, "subgroup", title),
        severities_table(found, stem, title, interval),
        all_methods_table(found, stem, "corruption", title),
    )
    blocks += [TableBlock(table) for table in tables if table is not None]
    if found.notes:
        blocks.append(Paragraph((" ".join(found.notes),), note=True))
    return blocks


def _severities_in_mean(found: Transport) -> str:
    return "; of corruptions the mean over severities" if found.of_kind("corruption") else ""


def _told(question: Interaction) -> str:
    if question.kind == "corruption":
        return f"{question.name}, mean over severities"
    return question.name


def _forest(data: DatasetEvidence, found: Transport, stem: str, interval: str) -> Figure:
    shown = [place for place in found.places if place.kind != "corruption"]
    lines = [(place.name, place.difference, not place.obstacle) for place in shown]
    lines += [(f"{one.name} (mean)", one.there, True) for one in found.asked("corruption")]
    values = "; ".join(f"{n} {'–' if d is None else signed(d.value)}" for n, d, _ in lines)
    name = f"transport-forest-{stem}"
    return Figure(
        name,
        f"ΔAUC of {found.stands_for_deep} against {found.stands_for_classical} on "
        f"{data.card.name}, place by place, with its {interval} interval"
        f"{_severities_in_mean(found)}. A coloured marker says which side is better "
        "there; hollow ones are not tested: there, or where they are compared with, are too few "
        "cases (patients, where they are known) of a class."
        f"{''.join(f' {told}' for told in of_classes(found, shown, 'ΔAUC is'))}",
        f"Forest plot of ΔAUC: {values}.",
        forest_of_places(name, lines, data.verdict.margin),
    )


def _severities(data: DatasetEvidence, found: Transport, stem: str, interval: str) -> Figure:
    name = f"transport-severity-{stem}"
    worst = max(found.of_kind("corruption"), key=lambda place: place.severity)
    return Figure(
        name,
        f"AUC of the best deep and the best classical model on {data.card.name} by severity of "
        f"each corruption, with {interval} intervals; severity 0 are the images as they are. The "
        "dotted line is chance.",
        f"AUC by severity; for example {worst.name} {worst.severity}: "
        f"{aucs_in_words(worst)}. The tables have all numbers.",
        severities(name, found),
    )
