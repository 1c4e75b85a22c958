"""Drawings, and what answers when a reader points at them or moves a slider.

On paper a drawing says nothing more, and a slider is not shown.
"""

from dataclasses import dataclass
from typing import ClassVar

from bench.protocol.cards import Family


@dataclass(frozen=True)
class Series:
    """One curve, or set of points, that a reader can point at, show and hide.

    Attributes:
        key: value of the attribute `data-series` of everything in the SVG that belongs to it.
        name: of the method, or of what is drawn.
        family: None for what is no method, for example an ideal observer.
        x, y: the vertices in the coordinates of the panel, x not decreasing.
        extra: a third number for each vertex, for example its threshold; () for none.
        champion: whether it stays when only the champions are wanted.
    """

    key: str
    name: str
    family: Family | None
    x: tuple[float, ...]
    y: tuple[float, ...]
    extra: tuple[float, ...] = ()
    champion: bool = False


@dataclass(frozen=True)
class Panel:
    """Axes, both linear, whose series answer when pointed at.

    Attributes:
        left, top, width, height: of the axes in the units of the SVG's viewBox.
        x_range, y_range: the data coordinates of the left and right, bottom and top edge.
        x_label, y_label, extra_label: what the numbers of a vertex are called.
        series: what can be pointed at.
    """

    left: float
    top: float
    width: float
    height: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    extra_label: str = ""


@dataclass(frozen=True)
class Figure:
    """A drawing.

    Attributes:
        name: file stem and anchor, unique in a report.
        caption: what it shows and how to read it.
        alternative: what a reader who cannot see it needs to know.
        svg: the drawing, one `<svg>` element; its colours are those of
            `reports.document.figures.palette`.
        panels: its axes that answer when pointed at; on paper they say nothing more.
        on_paper: whether the PDF shows it; the page and the files always have it.
    """

    kind: ClassVar = "figure"
    name: str
    caption: str
    alternative: str
    svg: str
    panels: tuple[Panel, ...] = ()
    on_paper: bool = True


@dataclass(frozen=True)
class ThresholdCurve:
    """What a method decides at any threshold; means over its runs.

    Attributes:
        name, family: of the method.
        thresholds: descending; a case whose probability is at or above is called positive.
        true_positives, false_positives: test cases called positive at each threshold.
        chosen: the threshold that was fixed on validation.
    """

    name: str
    family: Family
    thresholds: tuple[float, ...]
    true_positives: tuple[float, ...]
    false_positives: tuple[float, ...]
    chosen: float


@dataclass(frozen=True)
class Thresholds:
    """A slider over the threshold of any method of one data set; not shown on paper.

    Attributes:
        name: anchor, unique in a report.
        title: of the data set.
        positive, negative: names of the two classes.
        positives, negatives: test cases of each.
        curves: one per method, champions first.
    """

    kind: ClassVar = "thresholds"
    name: str
    title: str
    positive: str
    negative: str
    positives: int
    negatives: int
    curves: tuple[ThresholdCurve, ...]
