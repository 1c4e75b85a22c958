"""ROC curves of the best deep and the best classical model, a small panel for each data set."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from reports.document.figures.drawing import PAGE, Drawing, drawing, short
from reports.document.figures.lines import Style, line, point, styles
from reports.document.figures.palette import ACCENTS, GRID
from reports.evidence import SIDES, DatasetEvidence
from reports.formatting import score

MOST = 4
"""Panels side by side."""

_GAP = 0.28  # inches between panels
_LEFT, _BELOW, _ABOVE = 0.45, 0.45, 0.3


def best_two_roc(name: str, datasets: Sequence[DatasetEvidence]) -> str | None:
    """Sensitivity against 1 − specificity of the two models that the verdict is about.

    Args:
        name: of the figure.
        datasets: those to be shown, at most `MOST`.

    Returns:
        The SVG; None where no data set has a curve.
    """
    shown = [data for data in datasets if _curves(data)]
    if not shown:
        return None
    side = min(2.0, (PAGE - _LEFT - 0.1 - (MOST - 1) * _GAP) / max(len(shown), 3))
    with drawing(name, PAGE, side + _BELOW + _ABOVE) as plot:
        for place, data in enumerate(shown):
            _panel(plot, data, _LEFT + place * (side + _GAP), side, first=place == 0)
    return plot.svg


def _curves(data: DatasetEvidence) -> list[Style]:
    return [
        style
        for style, method in zip(styles(data.methods), data.methods, strict=True)
        if method.is_champion and method.roc is not None
    ]


def _panel(plot: Drawing, data: DatasetEvidence, left: float, side: float, *, first: bool) -> None:
    axes = plot.axes(left, _BELOW, side, side)
    axes.plot([0, 1], [0, 1], color=GRID, linewidth=0.8, zorder=1)
    for style in _curves(data):
        curve = data.method(style.name).roc
        if curve is not None:
            line(axes, style, curve.fpr, curve.tpr)
            if curve.operating is not None:
                point(axes, style, *curve.operating)
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(-0.01, 1.01)
    axes.set_xticks([0, 0.5, 1])
    axes.set_yticks([0, 0.5, 1])
    axes.grid(True)
    axes.set_title(short(data.card.name, int(side * 13)))
    axes.set_xlabel("1 − specificity")
    if first:
        axes.set_ylabel("Sensitivity")
    _aucs(axes, data)


def _aucs(axes: Axes, data: DatasetEvidence) -> None:
    """The AUC of each side in its colour, where curves seldom are."""
    for row, family in enumerate(reversed(SIDES)):
        own = [m for m in data.methods if m.is_champion and m.family == family and m.auc]
        if own and own[0].auc is not None:
            text = f"{family} {score(own[0].auc.value)}"
            axes.text(0.97, 0.04 + 0.1 * row, text, ha="right", color=ACCENTS[family].colour)
