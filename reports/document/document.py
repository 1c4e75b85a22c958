"""The report as a list of blocks, which `html` and `pdf` each turn into a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from reports.document.blocks import (
    Block,
    Bullets,
    Facts,
    Heading,
    Link,
    Paragraph,
    Statement,
    TableBlock,
    Verdicts,
    Words,
)
from reports.document.plots import Figure, Thresholds
from reports.document.tables import Table


@dataclass(frozen=True)
class TitlePage:
    """The answer at a glance, for paper; a page on a screen begins with it anyway.

    Attributes:
        answer: the claim and what is concluded about it.
        lines: one per data set: its name, the conclusion, the number that it rests on.
        figure: name of a figure of the report that is shown where there is room, or "".
        facts: what identifies the report, each with its term.
        metric: what the number of a line is a difference of.
    """

    answer: Statement
    lines: tuple[tuple[str, str, str], ...]
    figure: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    metric: str = "AUC"


@dataclass(frozen=True)
class Document:
    """A whole report.

    Attributes:
        title: its title.
        subtitle: one line below.
        study_hash: of the protocol, on every page.
        date: when the study was first run, ISO 8601; the files carry this date, not today's, so
            that the same results always give the same bytes.
        blocks: everything else, in order.
        attached: tables that are too long to be read, which are files only.
        title_page: what stands before everything else on paper, or None.
        brief: whether it is a paper of a page or two, without contents and numbered headings.

    Raises:
        ValueError: if two blocks share an anchor, a link or the title page leads nowhere or a
            level of headings is left out.
    """

    title: str
    subtitle: str
    study_hash: str
    date: str
    blocks: tuple[Block, ...]
    attached: tuple[Table, ...] = ()
    title_page: TitlePage | None = None
    brief: bool = False

    def __post_init__(self) -> None:
        anchors = [heading.anchor for heading in self.headings]
        anchors += [table.name for table in self.tables]
        anchors += [figure.name for figure in self.figures]
        anchors += [block.name for block in self.blocks if isinstance(block, Thresholds)]
        anchors += [table.name for table in self.attached]
        twice = sorted({anchor for anchor in anchors if anchors.count(anchor) > 1})
        if twice:
            raise ValueError(f"Two blocks of a report share the anchor {twice[0]!r}.")
        levels = [0, *(heading.level for heading in self.headings)]
        for before, after in pairwise(levels):
            if after > before + 1:
                raise ValueError(f"A heading of level {after} follows one of level {before}.")
        for target in _targets(self.blocks):
            if target not in anchors:
                raise ValueError(f"A link of the report leads nowhere: {target!r}.")
        page = self.title_page
        if page and page.figure and page.figure not in {figure.name for figure in self.figures}:
            raise ValueError(f"The title page shows a figure that is not there: {page.figure!r}.")

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables, in order."""
        return tuple(block.table for block in self.blocks if isinstance(block, TableBlock))

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All figures, in order."""
        return tuple(block for block in self.blocks if isinstance(block, Figure))

    @property
    def headings(self) -> tuple[Heading, ...]:
        """All headings, in order."""
        return tuple(block for block in self.blocks if isinstance(block, Heading))

    @property
    def contents(self) -> tuple[Heading, ...]:
        """The headings that the table of contents lists."""
        return tuple(h for h in self.headings if h.level == 1 or (h.level == 2 and h.listed))

    @property
    def numbers(self) -> dict[str, str]:
        """Anchor → number of every section ("4", "4.1"), table and figure ("1", "2", …)."""
        found: dict[str, str] = {}
        section = part = 0
        for heading in () if self.brief else self.headings:
            if heading.level == 1:
                section, part = section + 1, 0
                found[heading.anchor] = f"{section}"
            elif heading.level == 2:
                part += 1
                found[heading.anchor] = f"{section}.{part}"
        found |= {table.name: f"{i}" for i, table in enumerate(self.tables, 1)}
        found |= {figure.name: f"{i}" for i, figure in enumerate(self.figures, 1)}
        return found


def _targets(blocks: tuple[Block, ...]) -> Iterator[str]:
    """The anchors that the blocks refer to."""
    for block in blocks:
        phrases: tuple[Words, ...] = ()
        if isinstance(block, Paragraph):
            phrases = (block.words,)
        elif isinstance(block, Bullets):
            phrases = block.items
        elif isinstance(block, Facts):
            phrases = tuple(words for _, words in block.rows)
        elif isinstance(block, Verdicts):
            yield from (card.anchor for card in block.cards if card.anchor)
        yield from (w.anchor for words in phrases for w in words if isinstance(w, Link))
