"""Documents for the tests of the renderers: every kind of block, and names that mean harm."""

import base64
import io

from PIL import Image

from reports.document.blocks import (
    AuditMark,
    AuditStrip,
    Bar,
    Block,
    Bullets,
    Code,
    Command,
    Facts,
    FamilyKey,
    Gallery,
    GalleryRow,
    Heading,
    Link,
    Paragraph,
    Statement,
    Strong,
    TableBlock,
    VerdictCard,
    Verdicts,
)
from reports.document.document import Document
from reports.document.figures.drawing import drawing
from reports.document.figures.palette import ACCENTS
from reports.document.plots import Figure
from reports.document.tables import Column, Row, Table
from reports.evidence import Estimate

HOSTILE = (
    "<script>alert(1)</script>",
    '" onload="alert(1)',
    "</text></svg><!-- x",
    "{{ 7 * 7 }}",
    "#set text(red)",
    "$x^2$",
    "*bold* _under_ `raw`",
    "#panic()",
    "[link](x) @label <label>",
    "\\textbf{a} & 50 % $ # _ ~ ^",
    "data:text/html,x",
    "=1+1",
    "数据集",
)


def table(name: str = "scores", label: str = "svm") -> Table:
    return Table(
        name,
        f"Scores of {label}.",
        (
            Column("method", "Method"),
            Column("auc", "AUC", "score", better="high", estimate=True),
            Column("cases", "Cases", "count"),
            Column("fit", "Fit", "seconds", better="low"),
            Column("p", "p", "p"),
        ),
        (
            Row((label, Estimate(1 / 3, 0.25, 0.4567890123456789), 11834, 0.0421, 2e-7), "deep"),
            Row(("other", Estimate(0.8125), None, 75.0, None), "classical", emphasis=True),
            Row(("prior", Estimate(0.99, 0.9, 1.0), 3, 0.001, 0.5), "control"),
        ),
        (f"A note on {label}.",),
    )


def figure(name: str = "lines", label: str = "svm") -> Figure:
    with drawing(name, 3.0, 2.0) as plot:
        axes = plot.axes(0.5, 0.5, 2.0, 1.2)
        axes.plot([0, 1], [0, 1], color=ACCENTS["deep"].colour, marker="o", clip_on=True)
        axes.set_title(label)
        axes.set_xticks([0, 1], [label, label])
    return Figure(name, f"Lines of {label}.", f"A line for {label}.", plot.svg)


def png() -> str:
    out = io.BytesIO()
    Image.new("L", (8, 8), 128).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def every_block(label: str = "svm") -> tuple[Block, ...]:
    return (
        Heading(1, f"First {label}", "first"),
        Statement(f"Claim {label}.", f"Headline {label}", f"Detail {label}.", "open"),
        Paragraph(("Plain ", Strong(label), " ", Code(label), " ", Link(label, "second"), ".")),
        Paragraph((label,), note=True),
        Heading(2, label, "second"),
        Bullets(((label,), (Strong("two"),))),
        Facts((("Term", (label,)), (label, (Code("code"),)))),
        Command(f"python -m bench run {label}"),
        Verdicts(
            tuple(
                VerdictCard(
                    label,
                    f"Head {tone}",
                    f"Detail {label}.",
                    tone,
                    "second",
                    (("ΔAUC", "+0.1"),),
                    (Bar(label, "75.0 %", 0.75, "deep"), Bar("rest", "25.0 %", 0.25, "equal")),
                )
                for tone in ("deep", "classical", "equal", "open", "withheld")
            )
        ),
        AuditStrip(tuple(AuditMark(level, label, label) for level in ("green", "amber", "red"))),
        Heading(1, "Second", "other"),
        FamilyKey(("deep", "classical", "hybrid", "control")),
        TableBlock(table(label=label)),
        figure(label=label),
        Gallery(f"Samples of {label}", (GalleryRow(label, "12 cases", (png(), png())),)),
    )


def document(label: str = "svm", blocks: tuple[Block, ...] | None = None) -> Document:
    return Document(
        f"Title {label}",
        f"Subtitle {label}",
        "0123456789ab",
        "2026-01-02T03:04:05+00:00",
        every_block(label) if blocks is None else blocks,
    )
