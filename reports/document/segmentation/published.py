"""Published Dice beside ours, with what differs."""

from reports.analysis.segmentation.published import published_dice
from reports.document.blocks import Block, Heading, TableBlock
from reports.document.tables import Column, Row, Table
from reports.evidence import DatasetEvidence
from reports.evidence.segmentation import Segmentation
from reports.verdicts.guards.lone_side import champions_of


def published_blocks(data: DatasetEvidence, found: Segmentation, stem: str) -> list[Block]:
    """A table of published results and our best models; nothing where nothing is known."""
    known = published_dice(data.card.name)
    if not known:
        return []
    ours = [
        Row((m.name, "", m.dice.mean, "this study", ""), m.family, emphasis=True)
        for m in found.sides
    ]
    theirs = [Row((one.method, one.site, one.dice, one.source, one.differs)) for one in known]
    table = Table(
        f"literature-{stem}",
        f"Our results: {champions_of(found.sides)} (chosen on validation); and published ones on "
        f"the images that are known by the name {data.card.name}; the name alone tells that they "
        "are these.",
        (
            Column("method", "Method"),
            Column("site", "Part"),
            Column("dice", "Mean Dice", "score", estimate=True),
            Column("source", "Source", wraps=True),
            Column("differs", "What differs", wraps=True),
        ),
        (*ours, *theirs),
        (
            "Published numbers are as their sources state them. None was measured on our test "
            "part: they show the order of size, and decide nothing.",
        ),
    )
    return [Heading(3, "Published results", f"published-{stem}"), TableBlock(table)]
