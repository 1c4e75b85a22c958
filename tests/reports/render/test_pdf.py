import re
from contextlib import closing
from dataclasses import replace

import pypdfium2 as pdfium
import pytest

from reports.document.blocks import (
    CaseImage,
    Cases,
    Heading,
    Link,
    Paragraph,
    Statement,
    TableBlock,
)
from reports.document.document import Document, TitlePage
from reports.document.figures.drawing import drawing
from reports.document.plots import Figure, ThresholdCurve, Thresholds
from reports.document.tables import Column, Row, Table, text
from reports.render import pdf
from tests.reports.exhibits import HOSTILE, document, every_block, figure, png, table
from tests.reports.pdf_text import assert_inside_margins, pages, squeezed, touches_its_edge

pytestmark = pytest.mark.slow


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


def test_what_is_not_for_paper_is_left_out_and_the_file_that_has_it_is_named() -> None:
    columns = (Column("m", "Method"), Column("k", "Kept"), Column("l", "Left", on_paper=False))
    rows = (Row(("svm", "seen", "hidden")), Row(("open", "unseen", "hidden"), on_paper=False))
    blocks = (
        Heading(1, "A", "a"),
        TableBlock(Table("some", "Some.", columns, rows, ("A note.",))),
        TableBlock(Table("none", "None of it.", columns, rows, on_paper=False)),
    )
    found = " ".join(pages(pdf.render(document(blocks=blocks))))
    assert "seen" in found
    assert "unseen" not in found
    assert "hidden" not in found
    assert "A note. In tables/some.csv and in the page also 1 row and the columns Left." in found
    assert "None of it." in found
    assert "In tables/none.csv and in the page." in found


def test_notes_are_printed_once() -> None:
    columns = (Column("m", "Method"),)
    blocks = (
        Heading(1, "A", "a"),
        *(TableBlock(Table(n, n, columns, (Row(("svm",)),), ("Long notes.",))) for n in "xyz"),
    )
    found = " ".join(pages(pdf.render(document(blocks=blocks))))
    assert found.count("Long notes.") == 1
    assert found.count("Notes: as of Table 1.") == 2


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


def test_a_document_with_one_heading_can_be_set() -> None:
    empty = Document("T", "S", "h", "2026-01-02", (Heading(1, "Only", "only"),))
    assert "Only" in pages(pdf.render(empty))[0]


FRONT = TitlePage(
    Statement("The claim.", "The headline", "The detail +0.123.", "deep"),
    (("busi", "Deep better", "+0.031 [+0.010, +0.052]"), ("skin", "Equivalent", "0.000")),
    "lines",
    (("Study", "0123456789ab"), ("First run", "2026-01-02 03:04 UTC")),
)


def fronted(page: TitlePage, drawn: Figure | None = None) -> bytes:
    blocks = tuple(
        drawn if drawn is not None and isinstance(block, Figure) else block
        for block in every_block()
    )
    return pdf.render(replace(document(blocks=blocks), title_page=page))


def figures_of(content: bytes, number: int) -> int:
    """How many drawings a page has, by the words that only the drawing of `exhibits` writes."""
    return len(re.findall(r"svm svm", pages(content)[number]))


def test_the_title_page_holds_the_answer_and_what_identifies_the_study() -> None:
    content = fronted(FRONT)
    first, second = pages(content)[:2]
    for words in (
        "Title svm", "Subtitle svm", "Claim: The claim.", "The headline", "The detail +0.123.",
        "busi", "Deep better", "+0.031 [+0.010, +0.052]", "skin", "0123456789ab", "2026-01-02",
    ):  # fmt: skip
        assert words in first
    assert "1 First svm" not in first
    assert "Contents" in second


def test_a_figure_stands_on_the_title_page_where_there_is_room() -> None:
    with_figure, without = fronted(FRONT), fronted(replace(FRONT, figure=""))
    assert figures_of(with_figure, 0) == figures_of(without, 0) + 1
    lines = tuple((f"set {i}", "Equivalent", "0.000") for i in range(42))
    crowded = fronted(replace(FRONT, lines=lines))
    assert figures_of(crowded, 0) == figures_of(without, 0)
    assert "set 41" in pages(crowded)[0]
    assert "0123456789ab" in pages(crowded)[0]


def test_a_title_page_of_a_figure_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="title page shows a figure that is not there: 'x'"):
        replace(document(), title_page=replace(FRONT, figure="x"))


def test_a_figure_that_is_not_for_paper_keeps_its_number_and_says_where_it_lies() -> None:
    blocks = (
        Heading(1, "A", "a"),
        Paragraph((Link("see there", "some"),)),
        replace(figure("some"), caption="Seen on a screen: all of it.", on_paper=False),
        figure("other"),
    )
    found = " ".join(pages(pdf.render(document(blocks=blocks))))
    assert "Figure 1. Seen on a screen. In figures/some.pdf and in the page." in found
    assert "Figure 2. Lines of svm." in found


def test_of_cases_the_first_five_are_shown_with_their_words_and_the_others_counted() -> None:
    cases = Cases(
        "Cases of busi.",
        tuple(
            CaseImage(png(), f"case {i}", f"malignant; deep says 0.{i}", png() if i % 2 else "")
            for i in range(1, 8)
        ),
    )
    content = pdf.render(document(blocks=(Heading(1, "A", "a"), cases)))
    found = " ".join(pages(content))
    assert "Cases of busi." in found
    assert all(f"case {i} malignant; deep says 0.{i}" in found for i in range(1, 6))
    assert "2 more in the page." in found
    assert images(content) == 5 + 3


def test_cases_that_are_not_for_paper_are_named() -> None:
    cases = Cases("Cases of busi.", (CaseImage(png(), "case 1", "benign"),), on_paper=False)
    content = pdf.render(document(blocks=(Heading(1, "A", "a"), cases)))
    assert "Cases of busi. In the page." in " ".join(pages(content))
    assert images(content) == 0


def images(content: bytes) -> int:
    with closing(pdfium.PdfDocument(content)) as opened:
        return sum(
            isinstance(item, pdfium.PdfImage)
            for page in opened
            for item in page.get_objects(max_depth=5)
        )


def test_what_answers_to_a_pointer_only_is_left_out_and_a_link_to_it_is_text() -> None:
    curve = ThresholdCurve("svm", "classical", (0.9, 0.1), (1.0, 2.0), (0.0, 3.0), 0.5)
    slider = Thresholds("slider", "busi", "malignant", "benign", 2, 3, (curve,))
    link = Paragraph(("Move the ", Link("threshold", "slider"), ". See ", Link("A", "a"), "."))
    found = pages(pdf.render(document(blocks=(Heading(1, "A", "a"), link, slider))))
    assert "Move the threshold. See A." in found[0]
    assert "malignant" not in " ".join(found)


def test_a_table_whose_cells_fill_more_than_a_page_is_continued_on_the_next() -> None:
    columns = (Column("m", "Method"), Column("why", "Reason", wraps=True))
    long = "a long reason " * 60
    rows = tuple(Row((f"m{i}", f"begin{i} {long} end{i}")) for i in range(20))
    blocks = (Heading(1, "A", "a"), TableBlock(Table("tall", "Tall.", columns, rows)))
    found = pages(pdf.render(document(blocks=blocks)))
    everything = squeezed(" ".join(found))
    assert all(f"begin{i}" in everything and f"end{i}" in everything for i in range(20))
    assert len(found) > 1
    assert all("Reason" in page for page in found)


def test_each_figure_is_a_pdf_of_one_page_of_its_size_with_its_fonts() -> None:
    drawn = (figure("lines"), figure("more", HOSTILE[1]))
    found = pdf.figures(drawn, "2026-01-02")
    assert list(found) == ["lines", "more"]
    for item in drawn:
        content = found[item.name]
        width, height = re.findall(r'(?:width|height)="([\d.]+)pt"', item.svg)[:2]
        with closing(pdfium.PdfDocument(content)) as opened:
            assert len(opened) == 1
            page = opened[0]
            assert page.get_size() == pytest.approx((float(width), float(height)), abs=0.1)
            texts = [o for o in page.get_objects(max_depth=5) if isinstance(o, pdfium.PdfTextObj)]
            assert texts
            assert all(o.get_font().is_embedded for o in texts)
        assert b"/StructTreeRoot" in content
    assert "svm" in pages(found["lines"])[0]
    assert pdf.figures(drawn, "2026-01-02") == found


def test_ink_on_an_edge_is_noticed() -> None:
    def drawn(right: float) -> bytes:
        with drawing("x", 2.5, 1.5) as plot:
            plot.axes(0.5, 0.4, right, 0.9).plot([0, 1], [0, 1])
        return pdf.figures((Figure("x", "X.", "X.", plot.svg),), "2026-01-02")["x"]

    assert not touches_its_edge(drawn(1.7))
    assert touches_its_edge(drawn(2.0))


def test_every_figure_and_sample_has_an_alternative_text_and_the_title_is_tagged() -> None:
    content = fronted(FRONT)
    assert content.count(b"/Alt") >= 2
    assert b"/Title" in content
