"""What accuracy costs: AUC against training time on one data set, with the Pareto front."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import NullLocator

from bench.protocol.cards import Family
from reports.document.figures.drawing import PAGE, drawing, short, text_width
from reports.document.figures.labels import Box, place
from reports.document.figures.palette import ACCENTS, MUTED
from reports.evidence import DatasetEvidence
from reports.formatting import seconds

_SIZE = 7.0  # of the names, points


@dataclass(frozen=True)
class CostPoint:
    """One method: what it took and what it reached."""

    name: str
    family: Family
    fit_seconds: float
    auc: float


def points(data: DatasetEvidence) -> tuple[CostPoint, ...]:
    """The methods that have both an AUC and a training time.

    Controls are left out unless they come near the other methods: they take no time and would
    only squeeze the scale.
    """
    found = [
        CostPoint(m.name, m.family, max(m.cost.fit_seconds, 1e-3), m.auc.value)
        for m in data.methods
        if m.cost is not None and m.cost.fit_seconds is not None and m.auc is not None
    ]
    worst = min((p.auc for p in found if p.family != "control"), default=0.0)
    return tuple(p for p in found if p.family != "control" or p.auc > worst - 0.03)


def pareto(methods: Iterable[CostPoint]) -> tuple[CostPoint, ...]:
    """Those that no other method beats in AUC without taking more time, fastest first.

    >>> a, b, c = (CostPoint(n, "deep", t, auc) for n, t, auc in
    ...            [("a", 1, 0.7), ("b", 2, 0.9), ("c", 3, 0.8)])
    >>> [point.name for point in pareto([a, b, c])]
    ['a', 'b']
    """
    front: list[CostPoint] = []
    for point in sorted(methods, key=lambda p: (p.fit_seconds, -p.auc)):
        if not front or point.auc > front[-1].auc:
            front.append(point)
    return tuple(front)


def cost(name: str, data: DatasetEvidence) -> str | None:
    """AUC against seconds of training, logarithmic; the line joins the Pareto front.

    Returns:
        The SVG, or None where no method has both.
    """
    methods = points(data)
    if not methods:
        return None
    front = pareto(methods)
    with drawing(name, PAGE, 2.9) as plot:
        axes = plot.axes(0.55, 0.45, PAGE - 0.65, 2.35)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: seconds(value))
        axes.xaxis.set_minor_locator(NullLocator())
        first, last = (end(p.fit_seconds for p in methods) for end in (min, max))
        axes.set_xlim(first / 3, last * 4)
        axes.set_xticks(_ticks(first / 3, last * 4))
        low, high = (end(p.auc for p in methods) for end in (min, max))
        room = max(0.02, 0.15 * (high - low))
        axes.set_ylim(low - room, high + room)
        corners = [(p.fit_seconds, p.auc) for p in front] + [(last * 4, front[-1].auc)]
        axes.step(*zip(*corners, strict=True), where="post", color=MUTED, linewidth=0.8)
        for point in methods:
            accent = ACCENTS[point.family]
            axes.plot(
                [point.fit_seconds],
                [point.auc],
                marker=accent.marker,
                color=accent.colour,
                markersize=5.5,
            )
        axes.grid(True, axis="y")
        axes.set_xlabel("Training time per run")
        axes.set_ylabel("AUC on test")
        _names(plot.canvas, axes, methods, corners)
    return plot.svg


def _ticks(first: float, last: float) -> list[float]:
    """Round times between two others, as people count them; fewer where there are many."""
    decades = [1e-3, 1e-2, 0.1, 1, 10, 60, 600, 3600, 36000, 360000]
    between = [3e-3, 3e-2, 0.3, 3, 30, 180, 1800, 10800, 108000]
    inside = [t for t in sorted(decades + between) if first <= t <= last]
    return inside if len(inside) <= 8 else [t for t in decades if first <= t <= last]


def _names(
    canvas: Canvas,
    axes: Axes,
    methods: Sequence[CostPoint],
    corners: Sequence[tuple[float, float]],
) -> None:
    """Write the names beside the points, the best methods first; what finds no room is left out.

    The table beside the figure names them all.
    """

    scale = 72 / canvas.dpi

    def position(x: float, y: float) -> tuple[float, float]:
        along, up = axes.transData.transform((x, y))
        return along * scale, up * scale

    order = sorted(methods, key=lambda point: -point.auc)
    names = [short(point.name, 30) for point in order]
    lines: list[Box] = []
    for (x, y), (next_x, next_y) in pairwise(position(*corner) for corner in corners):
        lines += [(x, y - 1, next_x, y + 1), (next_x - 1, y, next_x + 1, next_y)]
    box = axes.get_window_extent()
    labels = place(
        [position(point.fit_seconds, point.auc) for point in order],
        [72 * text_width(name, _SIZE) for name in names],
        _SIZE * 1.1,
        (box.x0 * scale, box.y0 * scale, box.x1 * scale, box.y1 * scale),
        obstacles=lines,
    )
    for point, name, label in zip(order, names, labels, strict=True):
        if label is not None:
            axes.annotate(
                name,
                (point.fit_seconds, point.auc),
                xytext=(label.x, label.y),
                textcoords="offset points",
                ha=label.align,
                va="center",
                fontsize=_SIZE,
            )
