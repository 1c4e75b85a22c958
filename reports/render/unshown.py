"""Which words of a document paper cannot show, and how that is said."""

from dataclasses import replace

from reports.document.blocks import Block, Heading, Paragraph
from reports.document.document import Document
from reports.render.fonts import BOX, instead, lettering, strings

_NAMED = 8  # words that are named


def unshown(document: Document) -> str:
    """The words with letters that no font of this machine has, in a sentence or two; or ""."""
    absent = {c for c in lettering(strings(document)).absent if instead(c) == BOX}
    if not absent:
        return ""
    found: dict[str, None] = {}
    for text in strings(document):
        if not text.isascii() and not text.startswith("<svg"):  # labels may be cut short
            words = (word.strip(".,;:!?()“”‘’\"'") for word in text.split())
            found |= {word: None for word in words if absent & set(word)}
    named = ", ".join(list(found)[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return (
        f"No font of this machine has every letter of {named}{more}: PDF and PNG show {BOX} in "
        "place of such a letter, pages and SVG figures show the letter. Install a font that has "
        "it (Noto Sans CJK for Chinese, Japanese and Korean) and write the report again."
    )


def with_note(document: Document, note: str) -> Document:
    """The document with a note below the heading of its data, at its end where it has none."""
    blocks = list(document.blocks)
    data = Heading(1, "Data", "data")
    place = blocks.index(data) + 1 if data in blocks else len(blocks)
    added: Block = Paragraph((note,), note=True)
    return replace(document, blocks=(*blocks[:place], added, *blocks[place:]))
