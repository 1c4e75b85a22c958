"""Section "Checklists": which reporting items this run answers, and which are the author's."""

from reports.document.blocks import Block, Heading, Paragraph, TableBlock
from reports.document.checklists import lists
from reports.document.checklists.answers import answers
from reports.document.checklists.lists import Checklist
from reports.document.tables import Column, Row, Table
from reports.evidence import Evidence

OPEN = "author to complete"


def checklists(evidence: Evidence) -> list[Block]:
    """The section's blocks."""
    found = answers(evidence)
    blocks: list[Block] = [
        Heading(1, "Checklists", "checklists"),
        Paragraph(
            (
                "Items that a run can answer are answered from its evidence; the rest is the "
                "author's. Numbers are the published ones; what an item asks for is given in a few "
                "words of our own. The published wording counts: check the list against the "
                "published form before submitting.",
            )
        ),
    ]
    for checklist in lists.checklists():
        blocks += [
            Heading(2, checklist.name, f"{checklist.key}-items"),
            Paragraph((_summary(checklist, found),)),
            TableBlock(item_table(checklist, found)),
        ]
    return blocks


def _summary(checklist: Checklist, found: dict[str, str]) -> str:
    rows = item_table(checklist, found).rows
    states = [row.values[2] for row in rows]
    left = ", ".join(str(row.values[0]) for row in rows if row.values[2] == "open")
    tally = [f"{states.count(state)} {state}" for state in ("filled", "in part", "open")]
    return (
        f"{checklist.source}, doi:{checklist.doi}. Of {len(states)} items and parts of items "
        f"{', '.join(tally)}. The author's: {left}."
    )


def item_table(checklist: Checklist, found: dict[str, str]) -> Table:
    """One row per item: what it asks for, whether it is answered, the answer."""
    rows = []
    for item in checklist.items:
        beside = found.get(item.beside, "")
        answer = " ".join(text for text in (found.get(item.answer, ""), beside) if text)
        lacks = "; ".join(
            text
            for text in (
                item.still if beside else item.lacks,
                found.get(f"{item.answer}-lacks", ""),
            )
            if text
        )
        if not answer:
            rows.append(Row((item.number, item.asks, "open", OPEN)))
        elif lacks:
            text = f"{answer} {OPEN.capitalize()}: {lacks}."
            rows.append(Row((item.number, item.asks, "in part", text)))
        else:
            rows.append(Row((item.number, item.asks, "filled", answer)))
    return Table(
        checklist.key,
        f"{checklist.name}: what this run answers.",
        (
            Column("item", "Item"),
            Column("asks", "Asks for", wraps=True),
            Column("state", "State"),
            Column("answer", "Answer", wraps=True),
        ),
        tuple(rows),
        on_paper=False,  # for the author's desk, not to be read in a row
    )
