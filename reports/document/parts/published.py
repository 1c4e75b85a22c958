"""Published results beside ours, where the test part is the same."""

from reports.analysis.published import CITATION, RECIPE, published
from reports.document.blocks import Block, Heading, Paragraph, TableBlock
from reports.document.tables import Column, Row, Table
from reports.evidence import DatasetEvidence
from reports.formatting import count
from reports.verdicts.guards.lone_side import champions_of


def published_blocks(data: DatasetEvidence, stem: str) -> list[Block]:
    """A table of published results and our best models; nothing where nothing was published."""
    known = published(data.card.name)
    if known is None:
        return []
    heading = Heading(3, "Published results", f"published-{stem}")
    cases = data.card.parts["test"].cases
    if cases != known.test_cases or data.card.split != "official":
        return [
            heading,
            Paragraph(
                (
                    f"Results on the official test part ({count(known.test_cases)} images) are "
                    f"published ({CITATION}); the test part here ({count(cases)} images, split: "
                    f"{data.card.split}) is another one, so they are not set beside ours.",
                )
            ),
        ]
    ours = [
        Row(
            (m.name, "this study", m.auc, m.operating.accuracy.value if m.operating else None),
            m.family,
            emphasis=True,
        )
        for m in data.methods
        if m.is_champion
    ]
    theirs = [Row((r.method, "published", r.auc, r.accuracy)) for r in known.results]
    table = Table(
        f"literature-{stem}",
        f"Our results: {champions_of(data.methods)} (chosen on validation); and published ones on "
        f"{data.card.name}.",
        (
            Column("method", "Method"),
            Column("source", "Source"),
            Column("auc", "AUC", "score", estimate=True),
            Column("accuracy", "Accuracy", "score"),
        ),
        (*ours, *theirs),
        (f"Published: {CITATION}. {RECIPE}",),
    )
    return [heading, TableBlock(table)]
