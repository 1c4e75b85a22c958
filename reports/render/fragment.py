"""A few blocks as HTML to stand in another page, such as a notebook: no style sheet, no script."""

from collections.abc import Iterable

from markupsafe import Markup

from reports.document.blocks import Block, Bullets, Statement, TableBlock, Words
from reports.document.document import Document
from reports.document.tables import Table, text


def render(document: Document) -> str:
    """What a document says in statements, tables and lists; figures are left to the document."""
    title = Markup("<p><b>{}</b></p>").format(document.title)
    return str(Markup("<div>{}</div>").format(title + _all(document.blocks)))


def table(shown: Table) -> Markup:
    """One table with its caption."""
    best = shown.best()
    head = Markup().join(Markup("<th>{}</th>").format(c.label) for c in shown.columns)
    rows = [
        Markup("<tr>{}</tr>").format(
            Markup().join(
                Markup("<td><b>{}</b></td>" if (r, c) in best else "<td>{}</td>").format(
                    text(column, row.values[c])
                )
                for c, column in enumerate(shown.columns)
            )
        )
        for r, row in enumerate(shown.rows)
    ]
    return Markup(
        "<table><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>"
    ).format(shown.caption, head, Markup().join(rows))


def _all(blocks: Iterable[Block]) -> Markup:
    found = []
    for block in blocks:
        if isinstance(block, Statement):
            found.append(
                Markup("<p>{}<br><b>{}.</b> {}</p>").format(
                    block.claim, block.headline.rstrip("."), block.detail
                )
            )
        elif isinstance(block, TableBlock):
            found.append(table(block.table))
        elif isinstance(block, Bullets):
            items = [Markup("<li>{}</li>").format(_plain(item)) for item in block.items]
            found.append(Markup("<ul>{}</ul>").format(Markup().join(items)))
    return Markup().join(found)


def _plain(words: Words) -> str:
    return "".join(part if isinstance(part, str) else part.text for part in words)
