import pytest

from reports.document.blocks import (
    Bullets,
    Heading,
    Link,
    Paragraph,
    TableBlock,
    VerdictCard,
    Verdicts,
)
from tests.reports.exhibits import document, figure, table


@pytest.mark.slow
def test_sections_tables_and_figures_are_numbered_in_order() -> None:
    numbers = document(
        blocks=(
            Heading(1, "A", "a"),
            Heading(2, "A1", "a1"),
            TableBlock(table("t1")),
            Heading(1, "B", "b"),
            Heading(2, "B1", "b1"),
            Heading(3, "B11", "b11"),
            Heading(2, "B2", "b2"),
            figure("f1"),
            TableBlock(table("t2")),
        )
    ).numbers
    assert numbers == {
        "a": "1", "a1": "1.1", "b": "2", "b1": "2.1", "b2": "2.2",
        "t1": "1", "t2": "2", "f1": "1",
    }  # fmt: skip


def test_the_contents_leave_out_unlisted_and_third_level_headings() -> None:
    blocks = (
        Heading(1, "A", "a"),
        Heading(2, "B", "b", listed=False),
        Heading(3, "C", "c"),
        Heading(2, "D", "d"),
    )
    assert [heading.anchor for heading in document(blocks=blocks).contents] == ["a", "d"]


def test_two_blocks_with_one_anchor_are_refused() -> None:
    with pytest.raises(ValueError, match="share the anchor 'a'"):
        document(blocks=(Heading(1, "A", "a"), TableBlock(table("a"))))


@pytest.mark.parametrize(
    "block",
    [
        Paragraph((Link("x", "nowhere"),)),
        Bullets(((Link("x", "nowhere"),),)),
        Verdicts((VerdictCard("x", "x", "x", "open", "nowhere"),)),
    ],
)
def test_a_link_that_leads_nowhere_is_refused(block: Paragraph | Bullets | Verdicts) -> None:
    with pytest.raises(ValueError, match="leads nowhere: 'nowhere'"):
        document(blocks=(Heading(1, "A", "a"), block))


def test_a_skipped_level_of_headings_is_refused() -> None:
    with pytest.raises(ValueError, match="level 3 follows one of level 1"):
        document(blocks=(Heading(1, "A", "a"), Heading(3, "B", "b")))
