"""ROC curves of all methods on one data set, whole and where false alarms are rare."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from reports.document.figures.drawing import PAGE, Drawing, Drawn, belongs_to, drawing
from reports.document.figures.lines import (
    IDEAL_STYLE,
    Style,
    columns_for,
    legend,
    line,
    point,
    rows_of,
    series,
    styles,
    titled,
)
from reports.document.figures.palette import GRID, MUTED
from reports.document.plots import Panel, Series
from reports.evidence import DatasetEvidence, MethodEvidence, RocCurve
from reports.formatting import score

NEAR = 0.2
"""The false positive rate up to which the second panel reaches."""

_SIDE = 2.8  # of a panel, inches
_SPECIFIC = ((0.05, "95 %"), (0.1, "90 % specificity"))


def roc(name: str, data: DatasetEvidence) -> Drawn | None:
    """Sensitivity against 1 − specificity: champions drawn heavily, the other methods thinly.

    Colour, dashes and the marker of the operating point tell the family. The champions have
    confidence bands. The dash-dotted line is the ideal observer.

    Returns:
        None where no method has a curve.
    """
    drawn = [
        (style, method)
        for style, method in zip(styles(data.methods), data.methods, strict=True)
        if method.roc is not None
    ]
    if not drawn:
        return None
    keys = [style for style, _ in drawn]
    names = [titled(m.name, score(m.auc.value if m.auc else None)) for _, m in drawn]
    ideal = data.ideal.roc if data.ideal is not None else None
    if data.ideal is not None and ideal is not None:
        keys.append(IDEAL_STYLE)
        value = data.ideal.auc.value if data.ideal.auc else None
        names.append(titled(IDEAL_STYLE.name, score(value)))
    columns = columns_for(names, PAGE - 0.5)
    room = rows_of(len(keys), columns) + 0.6
    with drawing(name, PAGE, _SIDE + room + 0.12) as plot:
        panels = tuple(
            _panel(plot, drawn, ideal, left, room, limit)
            for left, limit in ((0.45, 1.0), (PAGE - _SIDE - 0.12, NEAR))
        )
        legend(plot.canvas, 0.45, room - 0.5, keys, names, columns)
    return Drawn(plot.svg, panels, plot.canvas)


def _panel(
    plot: Drawing,
    drawn: Sequence[tuple[Style, MethodEvidence]],
    ideal: RocCurve | None,
    left: float,
    bottom: float,
    limit: float,
) -> Panel:
    axes = plot.axes(left, bottom, _SIDE, _SIDE)
    axes.plot([0, limit], [0, limit], color=GRID, linewidth=0.8, zorder=1)
    if limit < 1:
        for rate, specificity in _SPECIFIC:
            axes.axvline(rate, color=MUTED, linewidth=0.5, zorder=1)
            axes.text(rate, 0.015, f" {specificity}", fontsize=6.5, color=MUTED, zorder=1)
        axes.set_xticks([0, 0.05, 0.1, 0.15, 0.2])
    found: list[Series] = []
    for style, method in drawn:
        if method.roc is not None:
            found.append(_curve(axes, style, method.roc, limit))
    if ideal is not None:
        fpr, tpr, _ = _until(ideal, limit)
        line(axes, IDEAL_STYLE, fpr, tpr)
        found.append(series(IDEAL_STYLE, fpr, tpr))
    axes.set_xlim(-0.01 * limit, 1.01 * limit)
    axes.set_ylim(-0.01, 1.01)
    axes.grid(True)
    axes.set_xlabel("1 − specificity")
    axes.set_ylabel("Sensitivity")
    known = any(one.extra for one in found)
    return plot.panel(axes, tuple(found), "Threshold" if known else "")


def _curve(axes: Axes, style: Style, curve: RocCurve, limit: float) -> Series:
    if curve.band is not None:
        band = curve.band
        shown = [i for i, rate in enumerate(band.fpr) if rate <= limit]
        axes.fill_between(
            [band.fpr[i] for i in shown],
            [band.low[i] for i in shown],
            [band.high[i] for i in shown],
            color=style.colour,
            alpha=0.13,
            linewidth=0,
            zorder=2,
            gid=belongs_to(style.key),
        )
    fpr, tpr, thresholds = _until(curve, limit)
    line(axes, style, fpr, tpr)
    if curve.operating is not None and curve.operating[0] <= limit:
        point(axes, style, *curve.operating)
    return series(style, fpr, tpr, thresholds)


def _until(curve: RocCurve, limit: float) -> tuple[tuple[float, ...], ...]:
    """The vertices up to a false positive rate, and one beyond."""
    count = sum(rate <= limit for rate in curve.fpr) + 1
    return curve.fpr[:count], curve.tpr[:count], curve.thresholds[:count]
