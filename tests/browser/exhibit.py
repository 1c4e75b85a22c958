"""A document whose numbers are known, with every block that a page answers with."""

from dataclasses import replace

from reports.document.blocks import Block, CaseImage, Cases, Heading, TableBlock
from reports.document.document import Document
from reports.document.plots import Figure, Panel, Series, ThresholdCurve, Thresholds
from reports.document.tables import Column, Row, Table
from reports.evidence import Estimate
from tests.reports.exhibits import document, every_block, png

FAMILIES = ("deep", "deep", "classical", "classical", "classical", "hybrid", "control")
SCORES = (0.91, 0.88, 0.935, None, 0.7, 0.9, 0.5, 0.86, 0.87, 0.6, 0.65)

METHODS = Table(
    "methods",
    'Eleven "methods", 50 % of them & more.',
    (
        Column("method", "Method"),
        Column("auc", "AUC", "score", better="high", estimate=True),
        Column("cases", "Cases", "count"),
    ),
    tuple(
        Row(
            (f"method-{i}", None if auc is None else Estimate(auc, auc / 2, 1 - auc / 3), 1000 * i),
            FAMILIES[i % len(FAMILIES)],
        )
        for i, auc in enumerate(SCORES)
    ),
)
"""A table of more rows than one reads at a glance, with a gap."""

BOX = (40.0, 10.0, 120.0, 100.0)
"""Left, top, width and height of the axes in the drawing."""

CURVES = (
    Series("s0", "net", "deep", (0.0, 0.2, 0.5, 1.0), (0.0, 0.8, 0.9, 1.0),
           (1.0, 0.75, 0.25, 0.0), True),
    Series("s1", "svm", "classical", (0.0, 0.4, 1.0), (0.0, 0.5, 1.0), (1.0, 0.12345, 0.0), True),
    Series("s2", "prior", "control", (0.0, 1.0), (0.0, 1.0), (0.6, 0.6)),
    Series("s3", "forest", "classical", (0.0, 0.3, 1.0), (0.0, 0.65, 1.0)),
    Series("ideal", "ideal observer", None, (0.0, 0.0, 1.0), (0.0, 1.0, 1.0)),
)  # fmt: skip


def place(x: float, y: float) -> tuple[float, float]:
    """A point of the axes, which reach from 0 to 1, in the units of the drawing."""
    left, top, width, height = BOX
    return left + x * width, top + (1 - y) * height


def curves(names: dict[str, str] | None = None) -> Figure:
    """A ROC figure, and its legend in the drawing."""
    series = [replace(s, name=(names or {}).get(s.key, s.name)) for s in CURVES]
    lines = "".join(
        f'<g data-series="{s.key}"><path d="M '
        + " L ".join("{} {}".format(*place(x, y)) for x, y in zip(s.x, s.y, strict=True))
        + '" style="fill: none; stroke: #0072b2; stroke-width: 1"/></g>'
        for s in series
    )
    entries = "".join(
        f'<g data-series="{s.key}"><text x="170" y="{20 + 9 * i}">0.{i}00  {s.key}</text></g>'
        for i, s in enumerate(series)
    )
    svg = (
        '<svg stroke-linejoin="round" width="240pt" height="140pt" viewBox="0 0 240 140" '
        'xmlns="http://www.w3.org/2000/svg" version="1.1"><g>'
        f'{lines}<g data-legend="168.0 140.0"><g>{entries}</g></g></g></svg>'
    )
    panel = Panel(
        *BOX, (0.0, 1.0), (0.0, 1.0), "1 − specificity", "Sensitivity", tuple(series), "Threshold"
    )
    return Figure("curves", "Curves.", "Five curves.", svg, (panel,))


NET = ThresholdCurve(
    "net", "deep", (1.0, 0.8, 0.5, 0.25, 0.0), (0.0, 8.5, 13.0, 14 + 1 / 3, 16.0),
    (0.0, 0.5, 20 / 3, 1200.5, 4000.0), 0.5,
)  # fmt: skip
SVM = ThresholdCurve(
    "svm", "classical", (1.0, 0.031250001, 0.0), (0.0, 12.0, 16.0), (0.0, 100.0, 4000.0), 0.03
)
THRESHOLDS = Thresholds("slider", "breast", "malignant", "benign", 16, 4000, (NET, SVM))


def blocks(label: str = "svm") -> tuple[Block, ...]:
    """Every block, a text that may mean harm in each."""
    slider = THRESHOLDS
    if label != "svm":
        slider = Thresholds(
            "slider", label, label, label, 16, 4000, (replace(NET, name=label), SVM)
        )
    return (
        *every_block(label),
        Heading(1, "Third", "third"),
        TableBlock(METHODS),
        curves({"s0": label} if label != "svm" else None),
        slider,
        Cases(
            f"Cases of {label}",
            (
                CaseImage(png(), f"case {label}", f"note {label}", png()),
                CaseImage(png(), "case 2", "no activation"),
            ),
        ),
    )


def exhibit(label: str = "svm") -> Document:
    """The document."""
    return document(label, blocks(label))
