"""Tables of what was asked of other places, groups and masks, and of what is concluded."""

from collections.abc import Sequence

from reports.document.parts import columns
from reports.document.parts.classes_elsewhere import PATIENTS
from reports.document.tables import Column, Row, Table
from reports.evidence import (
    DatasetEvidence,
    Interaction,
    LeftOutColumn,
    PlaceKind,
)
from reports.statistics.contrast import TOO_FEW

_KINDS: dict[PlaceKind, str] = {
    "test": "test part",
    "external": "external",
    "subgroup": "subgroup",
    "corruption": "spoilt images",
    "masks": "lesion masks",
}

_CHANGE = Column("change", "Change", "signed", estimate=True)
_LEAST = Column("minimum_detectable", "Minimum detectable change (80 % power)", "score")


def outcome(question: Interaction) -> str:
    """What is concluded of a question, in a few words."""
    if question.rule == "not-shown":
        return "no change is shown"
    if question.rule == "same":
        return "the same within ±δ"
    small = ", by less than δ" if question.rule == "changed-within-margin" else ""
    return f"{question.favours} does better there{small}"


def questions_table(
    name: str, asked: Sequence[tuple[str, Interaction]], interval: str, subject: str, family: str
) -> Table:
    """Every question with its answer.

    Args:
        name: of the table.
        asked: what the first column says of each question, and the question.
        interval: level of the intervals, for example "95 %".
        subject: what it is about.
        family: over what Holm's adjustment runs.
    """
    rows = [
        Row(
            (
                told,
                _KINDS[one.kind],
                one.here,
                one.there,
                one.change,
                one.test.p,
                one.test.p_holm,
                one.equivalence.p_holm,
                one.minimum_detectable,
                outcome(one),
            ),
            emphasis=one.rule not in ("not-shown", "same"),
        )
        for told, one in asked
    ]
    fewer = sorted(
        {
            f"{told}: {', '.join(one.classes)}"
            for told, one in asked
            if len(one.classes) < one.n_classes
        }
    )
    notes = [
        "Change: ΔAUC there − ΔAUC here, a difference of differences. Here: the test part; of a "
        "subgroup the test cases in other groups; of spoilt images the same images as they are, "
        "and there the mean over severities. Where the cases are the same their joint covariance "
        f"counts, else the errors are added. {_counted(asked)}",
    ]
    if fewer:
        notes.append(f"Classes that count: {'; '.join(fewer)}.")
    return Table(
        name,
        f"Is ΔAUC (deep − classical) another one elsewhere? {subject}, {interval} intervals; "
        f"{family}",
        (
            Column("question", "Where", wraps=True),
            Column("kind", "Kind", on_paper=False),
            Column("here", "ΔAUC here", "signed", estimate=True),
            Column("there", "ΔAUC there", "signed", estimate=True),
            _CHANGE,
            columns.P,
            columns.adjusted(columns.P),
            columns.adjusted(columns.TOST),
            _LEAST,
            Column("outcome", "Outcome", wraps=True),
        ),
        tuple(rows),
        tuple(notes),
    )


def _counted(asked: Sequence[tuple[str, Interaction]]) -> str:
    if any(one.n_classes > 2 for _, one in asked):
        return (
            f"Classes that have {TOO_FEW} cases ({PATIENTS}) in both places count; places in which "
            "fewer than two do are not tested."
        )
    return f"Places with fewer than {TOO_FEW} cases ({PATIENTS}) of a class are not tested."


def left_out_table(
    name: str, one: LeftOutColumn, data: Sequence[DatasetEvidence], interval: str
) -> Table:
    """The values that were left out, one by one, and all together."""
    asked = [
        (question.name, question)
        for found in data
        if found.card.name in one.datasets and found.transport is not None
        for question in found.transport.asked("external")
        if len(question.places) == 1
    ]
    return questions_table(
        name,
        [*asked, (f"all {one.column}s together", one.change)],
        interval,
        f"{one.name}, each {one.column} left out of training once",
        "Holm's adjustment is over all questions of these data sets; the last row is one question "
        "by itself.",
    )
