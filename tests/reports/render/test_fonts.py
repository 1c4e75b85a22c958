"""Letters that the fonts of the program lack, on paper."""

import re
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest

from reports.document.blocks import Heading, Paragraph
from reports.document.figures.drawing import drawing, short, text_width
from reports.document.plots import Figure
from reports.external import anything
from reports.render import fonts, html, pdf
from reports.render.fonts import BOX, lettering
from reports.render.unshown import unshown, with_note
from reports.report import write_document
from tests.reports.exhibits import document
from tests.reports.pdf_text import pages, touches_its_edge

ODD = "Tumor \u3000中\x01 fi é e\u0301 \u200dक्ष 𝑥"  # wide, steering and joined signs


def labelled(name: str, **style: Any) -> Figure:
    """A figure with a name at its left edge, in the middle below and as a title."""
    with drawing("x", 3, 1.5) as plot:
        axes = plot.axes(0.15 + text_width(name, 7), 0.5, 1, 0.6)
        axes.set_yticks([0, 1], [name, "b"], **style)
        axes.set_xlabel(name, **style)
        axes.set_title(name, **style)
    return Figure("x", "X.", "X.", plot.svg)


def sheet(figure: Figure) -> bytes:
    return pdf.figures((figure,), "2026-01-02")["x"]


def families(content: bytes) -> dict[str, set[str]]:
    """Font → the letters of a PDF that are set in it."""
    found: dict[str, set[str]] = {}
    with closing(pdfium.PdfDocument(content)) as opened:
        for page in opened:
            with closing(page), closing(page.get_textpage()) as text:
                for item in page.get_objects(max_depth=9, textpage=text):
                    if isinstance(item, pdfium.PdfTextObj):
                        name = item.get_font().get_base_name().split("+")[-1].split("-")[0]
                        found.setdefault(name, set()).update(item.extract().replace(" ", ""))
    return found


@pytest.fixture
def han(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A user who has a font that has 中 and 皮, and no other letter."""
    if sys.platform != "linux":
        pytest.skip("fonts of a user lie elsewhere")
    builder = pytest.importorskip("fontTools.fontBuilder")
    pen = pytest.importorskip("fontTools.pens.ttGlyphPen").TTGlyphPen(None)
    pen.moveTo((100, 0))
    pen.lineTo((900, 0))
    pen.lineTo((500, 800))
    pen.closePath()
    names = {ord("中"): "middle", ord("皮"): "skin"}
    font = builder.FontBuilder(1000)
    font.setupGlyphOrder([".notdef", *names.values()])
    font.setupCharacterMap(names)
    font.setupGlyf(dict.fromkeys([".notdef", *names.values()], pen.glyph()))
    font.setupHorizontalMetrics(dict.fromkeys([".notdef", *names.values()], (1000, 100)))
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": "Han", "styleName": "Regular", "psName": "Han-Regular"})
    font.setupOS2(usWeightClass=400)
    font.setupPost()
    (tmp_path / ".fonts").mkdir()
    font.save(tmp_path / ".fonts" / "han.ttf")
    monkeypatch.setenv("HOME", str(tmp_path))
    fonts._of_the_system.cache_clear()
    yield
    fonts._of_the_system.cache_clear()


def test_an_ordinary_document_needs_no_font_of_the_system(han: None) -> None:
    names = ("resnet18 − ΔAUC ≥ 0.5", "Größe Ελλάς Москва")
    found = lettering(names)
    assert (found.further, found.absent) == ((), frozenset())
    svg = labelled(names[1]).svg
    assert found.drawing(svg) == svg


def test_a_letter_that_no_font_has_boxes_no_other_letter_of_a_label() -> None:
    found = families(sheet(labelled("Tumor \U00012000 fi")))
    assert set(found) == {"DejaVuSans"}
    assert set("Tumor") <= found["DejaVuSans"]
    assert BOX in found["DejaVuSans"]


@pytest.mark.parametrize("name", [ODD, "\u0601", "皮\U000e0100肤\ufe0f", "क्ष", "한국어"])
@pytest.mark.parametrize("weight", [400, 700])
def test_a_label_in_any_script_can_be_drawn(name: str, weight: int) -> None:
    figure = labelled(name, fontweight=weight)
    assert sheet(figure)
    assert pdf.pngs((figure,))["x"]


def test_a_letter_of_a_system_font_is_set_in_it_and_the_rest_in_the_programs(han: None) -> None:
    found = families(sheet(labelled("Tumor 中皮 \U00012000 fi")))
    assert found["Han"] == set("中皮")
    assert {*"Tumor", BOX} <= found["DejaVuSans"]
    page = families(pdf.render(document("Tumor 皮 \U00012000")))
    assert page["Han"] == {"皮"}
    assert BOX in page["DejaVuSans"]
    assert not any(name.startswith("LastResort") for name in {**found, **page})


def test_pieces_of_a_label_stand_where_the_label_stood(han: None) -> None:
    label = '<text style="font-size: 10px; text-anchor: {}" x="50" y="9" transform="t">{}</text>'

    def places(anchor: str) -> list[float]:
        text = label.format(anchor, "&lt;a中&gt;")
        drawn = lettering((text,)).drawing(text)
        assert re.findall(r">([^<>]+)</tspan>", drawn) == ["&lt;a", "中", "&gt;"]
        assert "text-anchor: start" in drawn
        return [float(x) for x in re.findall(r'tspan [^>]*x="([-\d.]+)"', drawn)]

    width = lettering(("",)).faces[0].width
    starts = [50, 50 + width("<a", 10), 60 + width("<a", 10)]
    whole = width("<a>", 10) + 10
    assert places("start") == pytest.approx(starts, abs=0.01)
    assert places("end") == pytest.approx([x - whole for x in starts], abs=0.01)
    assert places("middle") == pytest.approx([x - whole / 2 for x in starts], abs=0.01)


@pytest.mark.parametrize("letter", ["皮", "한", "क", "\U00012000", "ภ"])
def test_a_label_is_not_cut_off(letter: str) -> None:
    name = f"{letter * 4} ab"
    assert not touches_its_edge(sheet(labelled(name)))
    assert text_width(letter, 72) >= 0.94


def test_fewer_wide_letters_have_room() -> None:
    assert short("皮" * 20, 20) == "皮皮皮皮皮皮皮…皮皮皮"
    assert text_width(short("皮" * 20, 20), 7) <= 20 * text_width("a", 7)
    assert short("皮" * 11, 20) == "皮" * 11


def test_what_paper_cannot_show_is_said_once_by_name() -> None:
    assert unshown(document("Größe ≥ 1")) == ""
    assert unshown(document("wide\u3000space")) == ""
    note = unshown(document("(\U00012000\U00012001), abc"))
    assert "letter of \U00012000\U00012001: PDF and PNG show □" in note
    many = " ".join(chr(0x12000 + n) for n in range(11))
    assert "and 3 more:" in unshown(document(many))


def test_a_font_of_the_system_needs_no_note(han: None) -> None:
    assert unshown(document("皮")) == ""


def test_the_note_stands_below_the_heading_of_the_data() -> None:
    blocks = (Heading(1, "Data", "data"), Paragraph(("First.",)))
    noted = with_note(document(blocks=blocks), "So.")
    assert noted.blocks[1] == Paragraph(("So.",), note=True)
    assert with_note(document(blocks=blocks[1:]), "So.").blocks[-1] == noted.blocks[1]


def test_a_report_says_what_its_paper_lacks_and_its_page_has_it(tmp_path: Path) -> None:
    plain = document(blocks=(Heading(1, "Data", "data"), Paragraph(("Of \U00012000 x.",))))
    written = write_document(plain, tmp_path / "report")
    assert "every letter of \U00012000" in written.note
    assert written.note in written.html.read_text(encoding="utf-8")
    assert "Of □ x." in pages(written.pdf.read_bytes())[0]
    quiet = replace(plain, blocks=plain.blocks[:1])
    assert write_document(quiet, tmp_path / "report").note == ""
    assert html.render(quiet).encode() == (tmp_path / "report" / "index.html").read_bytes()


def test_a_comparison_on_paper_says_so_too(tmp_path: Path) -> None:
    rows = [
        f"c{i},{i % 2},{model},{(i * step % 10) / 10}"
        for model, step in (("\U00012000", 3), ("b", 7))
        for i in range(40)
    ]
    path = tmp_path / "p.csv"
    path.write_text("\n".join(["case,label,model,score", *rows]), encoding="utf-8")
    found = anything.evidence_of(path, anything.Asked())
    assert "\U00012000" in anything.write_page(found, path, None, tmp_path / "p.pdf")
    assert anything.write_page(found, path, tmp_path / "p.html", None) == ""
