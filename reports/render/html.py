"""The report as one HTML file that needs nothing else: no network, no font, no library.

Every string of the document is escaped by the template engine. Drawings are made by
`reports.document.figures`, which escapes theirs; only their colours are replaced by the page's, so
that they follow it into the dark. A content security policy forbids the page to load anything at
all.
"""

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

import jinja2
from markupsafe import Markup

from reports.document.blocks import LEVEL_WORDS, Statement, Verdicts
from reports.document.document import Document
from reports.document.figures.palette import VARIABLES
from reports.document.tables import sort_key, text
from reports.formatting import count
from reports.render.inline_svg import inline, legend_numbers
from reports.render.page_data import figure_data, table_texts, threshold_data

SCRIPTS = ("tables.js", "plots.js", "thresholds.js", "contents.js")
"""In the order in which they run; each on its own, so that one which fails leaves the others."""

_COMMAND = re.compile("(“)(python -m bench [^”]*)(?=”)")
_HYPHENATED = re.compile(r"[\w./=,:~+]*-[\w./=,:~+-]*")


def render(document: Document) -> str:
    """The document as the text of an HTML file."""
    names = [name for name in SCRIPTS if name != "contents.js" or not document.brief]
    scripts = [_asset(name) for name in names]
    template = _environment().get_template("report.html")
    page = template.render(
        document=document,
        answer=next((b for b in document.blocks if isinstance(b, Statement)), None),
        cards=next((b.cards for b in document.blocks if isinstance(b, Verdicts)), ()),
        numbers=document.numbers,
        style=Markup(_asset("report.css")),
        scripts=[Markup(script) for script in scripts],
        script_sources=Markup(" ".join(f"'sha256-{_digest(script)}'" for script in scripts)),
        texts=table_texts(document.tables),
        colours={name: colour for colour, name in VARIABLES.items()},
        level_words=LEVEL_WORDS,
        inline=inline,
        legend_numbers=legend_numbers,
        figure_data=figure_data,
        threshold_data=threshold_data,
        cell_text=text,
        count=count,
        sort_key=sort_key,
    )
    return page.lstrip()


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def typed(command: str) -> Markup:
    """A name or command, whose words are marked where a browser would break them at a hyphen.

    >>> typed("bench run --no-report")
    Markup('bench run <span>--no-report</span>')
    """
    marked = Markup("<span>{}</span>")
    words = (marked.format(w) if _HYPHENATED.fullmatch(w) else w for w in command.split(" "))
    return Markup(" ").join(words)


def said(sentence: str) -> Markup:
    """A sentence, in which commands in quotes are marked as those."""
    parts = _COMMAND.split(sentence)  # text, quote, command, text, …
    return Markup().join(
        Markup("<code>{}</code>").format(typed(part)) if i % 3 == 2 else part
        for i, part in enumerate(parts)
    )


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("reports.render", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"typed": typed, "said": said}
    return environment


def _asset(name: str) -> str:
    return files("reports.render").joinpath(f"templates/{name}").read_text(encoding="utf-8")
