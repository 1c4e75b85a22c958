"""The report as a PDF, its figures as PDF and PNG, set by Typst.

The document reaches the template as JSON data: Typst inserts a string of the data as text and
never reads it as markup, so no name of a class or data set can do harm. Only fonts that come with
Typst and matplotlib are used, unless they lack a letter (`fonts`), and the date is the study's: the
same document gives the same bytes on every machine. What answers only to a pointer (`Thresholds`)
is left out.
"""

import base64
import dataclasses
import json
import re
import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import typst

from bench.protocol.cards import FAMILIES
from reports.document.blocks import LEVEL_WORDS, Block, Cases, Gallery, TableBlock
from reports.document.document import Document
from reports.document.figures.palette import ACCENTS
from reports.document.plots import Figure, Thresholds
from reports.document.tables import Table, text
from reports.formatting import plural
from reports.render.fonts import Lettering, lettering, strings

_CASES = 5  # single cases of a kind that are printed: one line of them

_STANDARD: Literal["ua-1"] = (
    "ua-1"  # PDF/UA-1: tagged, titled, every figure with an alternative text
)


def render(document: Document) -> bytes:
    """The document as a PDF file."""
    return prepared(document)()


def prepared(document: Document) -> Callable[[], bytes]:
    """What gives the document as a PDF file, without the interpreter's lock; to be called once."""
    numbers = document.numbers
    hidden = {block.name for block in document.blocks if isinstance(block, Thresholds)}
    folder = tempfile.TemporaryDirectory()
    root = Path(folder.name)
    blocks = [block for block in document.blocks if not isinstance(block, Thresholds)]
    letters = lettering(strings(document))
    data = {
        "faces": letters.further,
        "title": document.title,
        "subtitle": document.subtitle,
        "hash": document.study_hash,
        "date": document.date[:10],
        "brief": document.brief,
        "front": None if document.title_page is None else _value(document.title_page),
        "levels": LEVEL_WORDS,
        "families": {family: dataclasses.asdict(ACCENTS[family]) for family in FAMILIES},
        "blocks": _notes_once(
            [
                _numbered(_without_links(_block(block, root, letters), hidden), numbers)
                for block in blocks
            ]
        ),
    }
    (root / "report.json").write_text(
        json.dumps(letters.written(data), ensure_ascii=False), encoding="utf-8"
    )
    template = files("reports.render").joinpath("templates/report.typ")
    main = root / "report.typ"
    main.write_text(template.read_text(encoding="utf-8"), encoding="utf-8")

    def typeset() -> bytes:
        with folder:
            return typst.compile(
                str(main),
                root=str(root),
                format="pdf",
                font_paths=letters.fonts,
                pdf_standards=_STANDARD,
                timestamp=_timestamp(document.date),
            )

    return typeset


_SHEET = """
#set document(title: sys.inputs.title)
#set page(width: auto, height: auto, margin: 0pt, fill: none)
#image("figure.svg", alt: sys.inputs.alternative)
"""


def figures(drawn: Iterable[Figure], date: str) -> dict[str, bytes]:
    """Each figure by its name as a PDF of one page of its size, its fonts embedded.

    Args:
        drawn: the figures.
        date: ISO 8601; the files carry it.
    """
    drawn = tuple(drawn)
    letters = lettering(figure.svg for figure in drawn)
    fonts = letters.fonts
    found = {}
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        main = root / "figure.typ"
        main.write_text(_SHEET, encoding="utf-8")
        for figure in drawn:
            (root / "figure.svg").write_text(letters.drawing(figure.svg), encoding="utf-8")
            found[figure.name] = typst.compile(
                str(main),
                root=str(root),
                format="pdf",
                font_paths=fonts,
                sys_inputs={"title": figure.caption, "alternative": figure.alternative},
                pdf_standards=_STANDARD,
                timestamp=_timestamp(date),
            )
    return found


_PRINT = 300  # pixels per inch of a picture for print

_PICTURE = """
#set page(width: auto, height: auto, margin: 0pt, fill: white)
#image("figure.svg")
"""


def pngs(drawn: Iterable[Figure]) -> dict[str, bytes]:
    """Each figure by its name as a PNG of 300 dpi on white, for a slide or a text processor."""
    drawn = tuple(drawn)
    letters = lettering(figure.svg for figure in drawn)
    fonts = letters.fonts
    found = {}
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        main = root / "figure.typ"
        main.write_text(_PICTURE, encoding="utf-8")
        for figure in drawn:
            (root / "figure.svg").write_text(letters.drawing(figure.svg), encoding="utf-8")
            found[figure.name] = typst.compile(
                str(main), root=str(root), format="png", ppi=_PRINT, font_paths=fonts
            )
    return found


def _timestamp(date: str) -> int:
    """Seconds since 1970 of an ISO 8601 date; without a zone it is UTC."""
    moment = datetime.fromisoformat(date)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _numbered(block: dict[str, Any], numbers: dict[str, str]) -> dict[str, Any]:
    return {**block, "number": numbers.get(block.get("anchor") or block.get("name") or "", "")}


def _without_links(value: Any, hidden: set[str]) -> Any:
    """The same data where a link to what is not shown is plain text."""
    if isinstance(value, list):
        return [_without_links(item, hidden) for item in value]
    if isinstance(value, dict):
        if value.get("kind") == "link" and value["anchor"] in hidden:
            return value["text"]
        return {key: _without_links(item, hidden) for key, item in value.items()}
    return value


def _block(block: Block, root: Path, letters: Lettering) -> dict[str, Any]:
    """One block as JSON-able data; images and drawings are written beside the template."""
    if isinstance(block, TableBlock):
        return {"kind": block.kind, **_table(block.table)}
    if isinstance(block, Figure) and not block.on_paper:
        rest = f"In figures/{block.name}.pdf and in the page."
        shown = re.split(r"[.:;,] ", block.caption)[0].rstrip(".")
        return {"kind": "pointer", "name": block.name, "caption": f"{shown}.", "rest": rest}
    if isinstance(block, Figure):
        path = f"{block.name}.svg"
        (root / path).write_text(letters.drawing(block.svg), encoding="utf-8")
        return {
            "kind": block.kind,
            "path": path,
            **_plain(block, without=("svg", "panels", "on_paper")),
        }
    if isinstance(block, Gallery):
        rows = [
            {
                "label": row.label,
                "note": row.note,
                "paths": [_picture(image, root) for image in row.images],
            }
            for row in block.rows
        ]
        return {"kind": block.kind, "caption": block.caption, "rows": rows}
    if isinstance(block, Cases):
        if not block.on_paper:
            words = f"{block.caption} In the page."
            return {"kind": "paragraph", "note": True, "words": [words]}
        cases = [
            {
                "title": case.title,
                "note": case.note,
                "paths": [_picture(i, root) for i in (case.image, case.activation) if i],
            }
            for case in block.images[:_CASES]
        ]
        more = len(block.images) - len(cases)
        rest = f" {more} more in the page." if more > 0 else ""
        caption = f"{block.caption}{rest}"
        return {"kind": block.kind, "caption": caption, "large": block.large, "images": cases}
    return {"kind": block.kind, **_plain(block)}


def _picture(image: str, root: Path) -> str:
    """Write a base64-encoded PNG and give its file's name."""
    path = f"picture-{len(list(root.glob('*.png'))) + 1}.png"
    (root / path).write_bytes(base64.b64decode(image))
    return path


def _plain(block: Block, without: tuple[str, ...] = ()) -> dict[str, Any]:
    fields = dataclasses.fields(block)
    return {f.name: _value(getattr(block, f.name)) for f in fields if f.name not in without}


def _value(value: object) -> Any:
    if isinstance(value, tuple):
        return [_value(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: _value(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"kind": getattr(value, "kind", ""), **fields}
    return value


def _table(table: Table) -> dict[str, Any]:
    """What is printed of a table, and of the rest in which file it stands."""
    best = table.best()
    printed = [c for c, column in enumerate(table.columns) if column.on_paper and table.on_paper]
    columns = [table.columns[c] for c in printed]
    return {
        "name": table.name,
        "caption": table.caption,
        "notes": list(table.notes) if printed else [],
        "rest": _rest(table),
        "columns": [
            {"label": c.label, "number": c.kind != "text", "wraps": c.wraps} for c in columns
        ],
        "rows": [
            {
                "family": row.family,
                "emphasis": row.emphasis,
                "cells": [
                    {"text": text(column, row.values[c]), "best": (r, c) in best}
                    for c, column in zip(printed, columns, strict=True)
                ],
            }
            for r, row in enumerate(table.rows)
            if row.on_paper
        ],
    }


def _rest(table: Table) -> str:
    """What is not printed, and where it stands."""
    file = f"tables/{table.name}.csv"
    if not table.on_paper:
        return f"In {file} and in the page."
    left_out = [column.label for column in table.columns if not column.on_paper]
    rows = sum(not row.on_paper for row in table.rows)
    further = [f"{plural(rows, 'row')}"] if rows else []
    further += [f"the columns {', '.join(left_out)}"] if left_out else []
    return f"In {file} and in the page also {' and '.join(further)}." if further else ""


def _notes_once(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Notes that stand below an earlier table are not printed again."""
    first: dict[tuple[str, ...], str] = {}
    found = []
    for block in blocks:
        notes = tuple(block.get("notes", ()))
        if block["kind"] == "table" and notes:
            number = first.setdefault(notes, block["number"])
            if number != block["number"]:
                block = {**block, "notes": [f"Notes: as of Table {number}."]}
        found.append(block)
    return found
