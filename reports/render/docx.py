"""A short document as a Word file, for those who go on writing in it: by python-docx, an extra.

It has the words, tables and figures (as PNG) of the same blocks as page and PDF; what answers to a
pointer, and pictures of single cases, are left to these. The same document gives the same bytes.
"""

import io
import zipfile
from collections.abc import Iterable
from datetime import datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from bench.protocol.errors import UsageError
from reports.document.blocks import (
    LEVEL_WORDS,
    AuditStrip,
    Block,
    Bullets,
    Code,
    Command,
    Facts,
    Heading,
    Paragraph,
    Statement,
    Strong,
    TableBlock,
    Verdicts,
    Words,
)
from reports.document.document import Document
from reports.document.plots import Figure
from reports.document.tables import Table, text
from reports.render import pdf

if TYPE_CHECKING:
    from docx.document import Document as Paper

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date that a ZIP file can tell
_WIDE = 16.5  # cm between the margins


def refuse_without_package() -> None:
    """Say how to get what is needed.

    Raises:
        UsageError: if python-docx is not installed.
    """
    if find_spec("docx") is None:
        raise UsageError(
            "--word needs python-docx, which is not installed. Install it with: "
            "pip install 'classical-vs-deep[word]'"
        )


def render(document: Document) -> bytes:
    """The document as a DOCX file.

    Raises:
        UsageError: if python-docx is not installed.
    """
    refuse_without_package()
    from docx import Document as new_paper
    from docx.shared import Cm, Pt

    paper = new_paper()
    for section in paper.sections:
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm((21 - _WIDE) / 2)
        section.top_margin = section.bottom_margin = Cm(2)
        section.footer.paragraphs[
            0
        ].text = f"Study {document.study_hash}, first run {document.date[:10]}"
    paper.styles["Normal"].font.size = Pt(10)
    moment = datetime.fromisoformat(document.date).replace(tzinfo=None)
    facts = paper.core_properties
    facts.title, facts.author = document.title, ""
    facts.created = facts.modified = moment
    paper.add_heading(document.title, 0)
    paper.add_paragraph(document.subtitle)
    pictures = pdf.pngs(document.figures)
    for block in document.blocks:
        _add(paper, block, document.numbers, pictures)
    out = io.BytesIO()
    paper.save(out)
    return _dateless(out.getvalue())


def _add(paper: "Paper", block: Block, numbers: dict[str, str], pictures: dict[str, bytes]) -> None:
    if isinstance(block, Heading):
        paper.add_heading(block.text, block.level)
    elif isinstance(block, Paragraph):
        _say(paper.add_paragraph(), block.words)
    elif isinstance(block, Bullets):
        for item in block.items:
            _say(paper.add_paragraph(style="List Bullet"), item)
    elif isinstance(block, Facts):
        for term, words in block.rows:
            _say(paper.add_paragraph(), (Strong(f"{term}: "), *words))
    elif isinstance(block, Command):
        _say(paper.add_paragraph(), (Code(block.text),))
    elif isinstance(block, Statement):
        _say(paper.add_paragraph(), (f"Claim: {block.claim}",))
        _say(paper.add_paragraph(), (Strong(f"{block.headline}. "), block.detail))
    elif isinstance(block, Verdicts):
        for card in block.cards:
            words = (Strong(f"{card.title}: {card.headline.rstrip('.')}. "), card.detail)
            _say(paper.add_paragraph(style="List Bullet"), words)
    elif isinstance(block, AuditStrip):
        for mark in block.marks:
            head = Strong(f"{mark.title} ({LEVEL_WORDS[mark.level]}): ")
            _say(paper.add_paragraph(style="List Bullet"), (head, mark.detail))
    elif isinstance(block, TableBlock):
        _table(paper, block.table, numbers[block.table.name])
    elif isinstance(block, Figure):
        from docx.shared import Cm

        paper.add_picture(io.BytesIO(pictures[block.name]), width=Cm(_WIDE))
        _caption(paper, f"Figure {numbers[block.name]}.", block.caption)


def _say(paragraph: Any, words: Words) -> None:
    """Runs of text; a link is its words, since its target stands in other files."""
    for part in words:
        if isinstance(part, str):
            paragraph.add_run(part)
        else:
            run = paragraph.add_run(part.text)
            run.bold = isinstance(part, Strong) or None
            if isinstance(part, Code):
                run.font.name = "Consolas"


def _caption(paper: "Paper", head: str, *texts: str) -> None:
    paragraph = paper.add_paragraph(style="Caption")
    paragraph.add_run(f"{head} ").bold = True
    paragraph.add_run(" ".join(texts)).bold = False


def _table(paper: "Paper", table: Table, number: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    _caption(paper, f"Table {number}.", table.caption)
    shown = [row for row in table.rows if row.on_paper]
    grid = paper.add_table(rows=1 + len(shown), cols=len(table.columns), style="Light List")
    best = table.best()
    for c, column in enumerate(table.columns):
        cells = [column.label, *(text(column, row.values[c]) for row in shown)]
        for r, (cell, value) in enumerate(zip(grid.columns[c].cells, cells, strict=True)):
            paragraph = cell.paragraphs[0]
            run = paragraph.add_run(value)
            run.font.size = Pt(8)
            run.bold = r == 0 or (r - 1, c) in best
            if column.kind != "text":
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if table.notes:
        note = paper.add_paragraph().add_run(" ".join(table.notes))
        note.font.size = Pt(8)


def _dateless(content: bytes) -> bytes:
    """The same ZIP file without the time at which it was written."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in _in_order(old.namelist()):
            new.writestr(zipfile.ZipInfo(name, _EPOCH), old.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _in_order(names: Iterable[str]) -> list[str]:
    """The table of contents of the package first, as Word writes it."""
    return sorted(names, key=lambda name: (name != "[Content_Types].xml", name))
