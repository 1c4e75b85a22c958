import re
from collections.abc import Iterator
from contextlib import closing

import pypdfium2 as pdfium
import pytest
from exhibits import HOSTILE, document, every_block, table

from reports import pdf
from reports.blocks import Heading, TableBlock
from reports.document import Document
from reports.tables import Column, Row, Table, text


def pages(content: bytes) -> list[str]:
    """The text of every page, white space run together."""

    def read() -> Iterator[str]:
        with closing(pdfium.PdfDocument(content)) as opened:
            for page in opened:
                with closing(page), closing(page.get_textpage()) as textpage:
                    yield re.sub(r"\s+", " ", textpage.get_text_bounded())

    return list(read())


def squeezed(words: str) -> str:
    return re.sub(r"\s+", "", words)


@pytest.fixture(scope="module")
def content() -> bytes:
    return pdf.render(document())


def test_every_block_is_shown(content: bytes) -> None:
    found = " ".join(pages(content))
    for words in (
        "First svm", "Headline svm", "Detail svm.", "python -m bench run svm", "in order",
        "caution", "violated", "Head withheld.", "0.333 [0.250, 0.457]", "Lines of svm.",
        "Samples of svm", "hybrid", "A note on svm.", "Contents",
    ):  # fmt: skip
        assert words in found


def test_every_page_has_its_number_and_the_hash_of_the_study() -> None:
    blocks = (*every_block(), TableBlock(long_table(120)))
    found = pages(pdf.render(document(blocks=blocks)))
    assert len(found) > 2
    for number, page in enumerate(found, 1):
        assert "Study 0123456789ab · first run 2026-01-02" in page
        assert f"{number} / {len(found)}" in page


def test_the_same_document_gives_the_same_bytes(content: bytes) -> None:
    assert pdf.render(document()) == content


def test_the_file_carries_the_date_of_the_study(content: bytes) -> None:
    assert b"20260102030405" in content


def test_it_is_tagged_and_accessible(content: bytes) -> None:
    assert b"/StructTreeRoot" in content
    assert b"pdfuaid" in content
    assert b"/Lang" in content


def test_fonts_are_embedded_and_none_is_the_systems(content: bytes) -> None:
    with closing(pdfium.PdfDocument(content)) as opened:
        used = set()
        for page in opened:
            with closing(page):
                for item in page.get_objects():
                    if isinstance(item, pdfium.PdfTextObj):
                        font = item.get_font()
                        assert font.is_embedded
                        used.add(font.get_base_name().split("+")[-1].split("-")[0])
    assert used <= {"LibertinusSerif", "DejaVuSans", "DejaVuSansMono"}


@pytest.mark.parametrize("name", HOSTILE[:-1])
def test_a_hostile_name_is_shown_as_it_is_and_does_nothing(name: str, content: bytes) -> None:
    found = squeezed(" ".join(pages(pdf.render(document(name)))))
    assert found.count(squeezed(name)) >= 15


def test_a_name_in_another_script_does_no_harm() -> None:
    assert pages(pdf.render(document(HOSTILE[-1])))


def test_every_cell_of_a_table_is_shown(content: bytes) -> None:
    found = squeezed(" ".join(pages(content)))
    for row in table().rows:
        for column, value in zip(table().columns, row.values, strict=True):
            assert squeezed(text(column, value)) in found


def long_table(rows: int) -> Table:
    columns = (Column("a", "Heading A"), Column("b", "Heading B", "count"))
    return Table("long", "Long.", columns, tuple(Row((f"row {i}.", i)) for i in range(rows)))


def test_a_long_table_repeats_its_head_on_every_page() -> None:
    blocks = (Heading(1, "A", "a"), TableBlock(long_table(150)))
    found = pages(pdf.render(document(blocks=blocks)))
    with_rows = [page for page in found if "row " in page]
    assert len(with_rows) > 1
    assert all("Heading A" in page and "Heading B" in page for page in with_rows)
    rows = re.findall(r"row (\d+)\.", " ".join(found))
    assert rows == [str(i) for i in range(150)]


def test_a_wide_table_is_split_into_parts_that_stay_on_the_page() -> None:
    columns = (Column("m", "Method"), *(Column(f"c{i}", f"Column {i}", "score") for i in range(40)))
    rows = tuple(Row((f"method-{m}", *(m + i / 1000 for i in range(40)))) for m in range(3))
    blocks = (Heading(1, "A", "a"), TableBlock(Table("wide", "Wide.", columns, rows)))
    content = pdf.render(document(blocks=blocks))
    found = " ".join(pages(content))
    assert all(f"{m + i / 1000:.3f}" in found for m in range(3) for i in range(40))
    assert found.count("method-0") > 1
    assert_inside_margins(content)


def test_long_words_and_texts_stay_on_the_page() -> None:
    columns = (
        Column("m", "Method"),
        Column("why", "Reason", wraps=True),
        Column("n", "N", "count"),
    )
    rows = (Row(("m" * 30, "a long reason " * 30, 1)), Row(("x", "/path" * 60, 2)))
    blocks = (Heading(1, "A", "a"), TableBlock(Table("wide", "Wide.", columns, rows)))
    assert_inside_margins(pdf.render(document(blocks=blocks)))


def assert_inside_margins(content: bytes) -> None:
    with closing(pdfium.PdfDocument(content)) as opened:
        for page in opened:
            with closing(page):
                width = page.get_width()
                for item in page.get_objects():
                    left, _, right, _ = item.get_bounds()
                    assert left > 50
                    assert right < width - 50


def test_a_document_with_one_heading_can_be_set() -> None:
    empty = Document("T", "S", "h", "2026-01-02", (Heading(1, "Only", "only"),))
    assert "Only" in pages(pdf.render(empty))[0]
