"""The report as one HTML file that needs nothing else: no network, no font, no library.

Every string of the document is escaped by the template engine. Drawings are made by
`reports.figures`, which escapes theirs; only their colours are replaced by the page's, so that they
follow it into the dark. A content security policy forbids the page to load anything at all.
"""

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

import jinja2
from markupsafe import Markup, escape

from reports.blocks import LEVEL_WORDS, Figure
from reports.document import Document
from reports.figures.palette import VARIABLES
from reports.tables import sort_key, text


def render(document: Document) -> str:
    """The document as the text of an HTML file."""
    script = _asset("report.js")
    page = _environment().get_template("report.html")
    return page.render(
        document=document,
        numbers=document.numbers,
        style=Markup(_asset("report.css")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        colours={name: colour for colour, name in VARIABLES.items()},
        level_words=LEVEL_WORDS,
        inline=_inline,
        cell_text=text,
        sort_key=sort_key,
    )


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _asset(name: str) -> str:
    return files("reports").joinpath(f"templates/{name}").read_text(encoding="utf-8")


_TAG = re.compile(r"<[^>]*>")
_COLOUR = re.compile(r"#[0-9a-f]{6}(?=[;\"])")


def _inline(figure: Figure) -> Markup:
    """The drawing with its alternative text and the page's colours."""

    def variable(match: re.Match[str]) -> str:
        name = VARIABLES.get(match[0])
        return f"var(--{name})" if name else match[0]

    # only inside tags: the text of a drawing is nobody's to change
    svg = _TAG.sub(lambda tag: _COLOUR.sub(variable, tag[0]), figure.svg)
    label = escape(figure.alternative)
    return Markup(svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1))
