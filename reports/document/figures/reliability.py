"""Whether what is given a probability of 70 % happens in 70 % of cases."""

from reports.document.figures.drawing import PAGE, Drawing, Drawn, belongs_to, drawing, short
from reports.document.figures.lines import Style, columns_for, legend, line, rows_of, series, styles
from reports.document.figures.palette import GRID
from reports.document.plots import Panel
from reports.evidence import Calibration, DatasetEvidence, MethodEvidence

_SIDE = 2.6  # of a panel, inches

Drawable = list[tuple[Style, MethodEvidence, Calibration, Calibration | None]]


def drawable(data: DatasetEvidence) -> Drawable:
    """The methods whose probabilities figures show, with their styles."""
    return [
        (style, method, method.probabilities.stored, method.probabilities.recalibrated)
        for style, method in zip(styles(data.methods, heavy=True), data.methods, strict=True)
        if method.probabilities is not None and method.probabilities.is_drawn
    ]


def reliability(name: str, data: DatasetEvidence) -> Drawn | None:
    """Observed share against predicted probability, before and after: a curve, and bins.

    Returns:
        None where no method is drawn.
    """
    drawn = drawable(data)
    if not drawn:
        return None
    before = [(style, stored) for style, _, stored, _ in drawn]
    after = [(style, mapped) for style, _, _, mapped in drawn if mapped is not None]
    names = [short(style.name, 34) for style, *_ in drawn]
    columns = columns_for(names, PAGE - 0.5)
    room = rows_of(len(names), columns) + 0.6
    top = "class" if data.card.positive is None else ""
    with drawing(name, PAGE, _SIDE + room + 0.3) as plot:
        panels = [_panel(plot, before, 0.5, room, "As given", top)]
        if after:
            panels.append(_panel(plot, after, PAGE - _SIDE - 0.3, room, "Recalibrated", top))
        legend(plot.canvas, 0.5, room - 0.5, [style for style, *_ in drawn], names, columns)
    return Drawn(plot.svg, tuple(panels))


def _panel(
    plot: Drawing,
    drawn: list[tuple[Style, Calibration]],
    left: float,
    bottom: float,
    title: str,
    top: str,
) -> Panel:
    axes = plot.axes(left, bottom, _SIDE, _SIDE)
    axes.plot([0, 1], [0, 1], color=GRID, linewidth=1.0, zorder=1)
    found = []
    for style, calibration in drawn:
        bins = calibration.bins
        x, y = [b.predicted for b in bins], [b.observed for b in bins]
        axes.vlines(
            x,
            [b.low for b in bins],
            [b.high for b in bins],
            color=style.colour,
            linewidth=0.8,
            alpha=0.45,
            zorder=2,
            gid=belongs_to(style.key),
        )
        smooth = calibration.smooth
        if smooth is None:
            line(axes, style, x, y)
        else:
            axes.fill_between(
                smooth.predicted,
                smooth.low,
                smooth.high,
                color=style.colour,
                alpha=0.13,
                linewidth=0,
                zorder=2,
                gid=belongs_to(style.key),
            )
            line(axes, style, smooth.predicted, smooth.observed)
        axes.plot(
            x,
            y,
            marker=style.marker,
            markersize=3.6,
            markeredgewidth=0,
            color=style.colour,
            linestyle="none",
            zorder=5,
            gid=belongs_to(style.key),
        )
        found.append(series(style, x, y, [b.cases for b in bins]))
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.grid(True)
    axes.set_title(title)
    axes.set_xlabel("Probability of the named class" if top else "Predicted probability")
    axes.set_ylabel("Share named rightly" if top else "Share of positives")
    return plot.panel(axes, tuple(found), "Cases")
