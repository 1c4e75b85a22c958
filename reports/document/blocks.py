"""The blocks that a report consists of.

A block says what is shown, not how: no block holds markup of HTML or PDF, and every string in it
is plain text. Words that need a weight, a link or a fixed-width face are marked by a type.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from bench.protocol.cards import Family
from reports.document.plots import Figure, Thresholds
from reports.document.tables import Table


@dataclass(frozen=True)
class Strong:
    """Words that carry the sentence."""

    kind: ClassVar = "strong"
    text: str


@dataclass(frozen=True)
class Code:
    """A name or command as it is typed."""

    kind: ClassVar = "code"
    text: str


@dataclass(frozen=True)
class Link:
    """Words that lead to another block of the report, by its anchor."""

    kind: ClassVar = "link"
    text: str
    anchor: str


@dataclass(frozen=True)
class Place:
    """Words that lead to a file beside this one, by its name."""

    kind: ClassVar = "place"
    text: str
    file: str


Words = tuple[str | Strong | Code | Link | Place, ...]

Tone = Literal["deep", "classical", "equal", "open", "withheld"]
"""What a verdict says: one side is better, both are equal, undecided, or no verdict at all."""

Level = Literal["green", "amber", "red"]
LEVEL_WORDS: dict[Level, str] = {"green": "in order", "amber": "caution", "red": "violated"}
"""What a level is called, so that it never rests on colour alone."""


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 opens a section, 2 and 3 lie inside it.

    Attributes:
        level: 1, 2 or 3.
        text: the heading.
        anchor: unique in the report; what links and the contents point to.
        listed: whether a heading of level 2 stands in the contents; level 1 always does, 3 never.
    """

    kind: ClassVar = "heading"
    level: Literal[1, 2, 3]
    text: str
    anchor: str
    listed: bool = True


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; a note is set smaller."""

    kind: ClassVar = "paragraph"
    words: Words
    note: bool = False


@dataclass(frozen=True)
class Bullets:
    """An unordered list."""

    kind: ClassVar = "bullets"
    items: tuple[Words, ...]


@dataclass(frozen=True)
class Facts:
    """A list of terms, each with what is to be said of it."""

    kind: ClassVar = "facts"
    rows: tuple[tuple[str, Words], ...]


@dataclass(frozen=True)
class Command:
    """A command line, in full."""

    kind: ClassVar = "command"
    text: str


@dataclass(frozen=True)
class Statement:
    """The answer to a question: the claim and what is concluded about it.

    Attributes:
        claim: the question or claim.
        headline: the conclusion, a few words.
        detail: the rest of the sentence.
        tone: which way it goes.
    """

    kind: ClassVar = "statement"
    claim: str
    headline: str
    detail: str
    tone: Tone


@dataclass(frozen=True)
class Bar:
    """A probability as a bar; its label and its number say the same in words.

    Attributes:
        label: what is probable.
        number: the probability as it is printed.
        share: the length of the bar, in 0..1.
        tone: which way it goes.
    """

    label: str
    number: str
    share: float
    tone: Tone


@dataclass(frozen=True)
class VerdictCard:
    """The verdict on one data set.

    Attributes:
        title: the data set.
        headline, detail: the verdict's sentence, its head first.
        tone: which way it goes.
        anchor: where its evidence stands, or "".
        figures: numbers at a glance, each with its label.
        bars: where the difference probably lies; () without a verdict.
    """

    title: str
    headline: str
    detail: str
    tone: Tone
    anchor: str = ""
    figures: tuple[tuple[str, str], ...] = ()
    bars: tuple[Bar, ...] = ()


@dataclass(frozen=True)
class Verdicts:
    """Verdict cards side by side."""

    kind: ClassVar = "verdicts"
    cards: tuple[VerdictCard, ...]


@dataclass(frozen=True)
class AuditMark:
    """One guard of the protocol: what was watched and what was found."""

    level: Level
    title: str
    detail: str


@dataclass(frozen=True)
class AuditStrip:
    """All guards at a glance."""

    kind: ClassVar = "audit"
    marks: tuple[AuditMark, ...]


@dataclass(frozen=True)
class CaseImage:
    """One test image and what was said of it.

    Attributes:
        image: base64-encoded PNG.
        activation: the same image with what a network looked at, likewise; "" where not known.
        title: the case.
        note: its class and what the methods said.
    """

    image: str
    title: str
    note: str
    activation: str = ""


@dataclass(frozen=True)
class Cases:
    """Test images side by side, each with its words.

    Attributes:
        caption: what they have in common.
        images: in order.
        on_paper: whether the PDF shows the first of them; the page has all.
        large: whether something in them has to be seen closely.
    """

    kind: ClassVar = "cases"
    caption: str
    images: tuple[CaseImage, ...]
    on_paper: bool = True
    large: bool = False


@dataclass(frozen=True)
class GalleryRow:
    """Sample images of one class; each image is a base64-encoded PNG."""

    label: str
    note: str
    images: tuple[str, ...]


@dataclass(frozen=True)
class Gallery:
    """Sample images, one row per class."""

    kind: ClassVar = "gallery"
    caption: str
    rows: tuple[GalleryRow, ...]


@dataclass(frozen=True)
class TableBlock:
    """A table in the flow of the report."""

    kind: ClassVar = "table"
    table: Table


@dataclass(frozen=True)
class FamilyKey:
    """Which accent stands for which family."""

    kind: ClassVar = "families"
    families: tuple[Family, ...]


Block = (
    Heading
    | Paragraph
    | Bullets
    | Facts
    | Command
    | Statement
    | Verdicts
    | AuditStrip
    | Figure
    | Thresholds
    | Gallery
    | Cases
    | TableBlock
    | FamilyKey
)
