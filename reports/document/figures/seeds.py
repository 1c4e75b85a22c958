"""Every run of every method on one data set, with the mean and its interval."""

from matplotlib.axes import Axes

from reports.document.figures.drawing import PAGE, drawing, short, text_width
from reports.document.figures.palette import ACCENTS, INK, MUTED
from reports.evidence import DatasetEvidence, MethodEvidence
from reports.formatting import score

_ROW = 0.19  # inches


def seeds(name: str, data: DatasetEvidence) -> str | None:
    """A row for each method: a small mark for each run, an upright line at their mean.

    Controls far below the other methods are named at the edge, or they would squeeze the scale.

    Returns:
        The SVG, or None where no method has an AUC.
    """
    methods = [method for method in data.methods if method.auc is not None]
    if not methods:
        return None
    names = [short(method.name, 34) for method in methods]
    left = 0.15 + max(text_width(n, 7.5) for n in names)
    with drawing(name, PAGE, 0.62 + _ROW * len(methods)) as plot:
        axes = plot.axes(left, 0.47, PAGE - left - 0.2, _ROW * len(methods))
        low, high = _limits(methods)
        axes.set_xlim(low, high)
        axes.set_ylim(len(methods) - 0.4, -0.6)
        axes.grid(True, axis="x")
        for row, method in enumerate(methods):
            _method(axes, row, method, low)
        axes.set_yticks(range(len(methods)), names)
        for label, method in zip(axes.get_yticklabels(), methods, strict=True):
            label.set_fontweight("bold" if method.is_champion else "normal")
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("AUC on test")
    return plot.svg


def _limits(methods: list[MethodEvidence]) -> tuple[float, float]:
    wanted = [m for m in methods if m.family != "control"] or methods
    ends = [value for method in wanted for value in _values(method)]
    low, high = min(ends), max(ends)
    room = max(0.01, 0.04 * (high - low))
    return max(-0.01, low - room), min(1.01, high + room)


def _values(method: MethodEvidence) -> list[float]:
    interval = () if method.auc is None else (method.auc.value, method.auc.low, method.auc.high)
    each = (*interval, *(run.test for run in method.scores))
    return [value for value in each if value is not None]


def _method(axes: Axes, row: int, method: MethodEvidence, low: float) -> None:
    if method.auc is None:
        return
    accent, mean = ACCENTS[method.family], method.auc.value
    if mean < low:
        axes.text(low, row, f" ◂ {score(mean)}", va="center", fontsize=7, color=MUTED)
        return
    if method.auc.low is not None and method.auc.high is not None:
        axes.plot(
            [max(low, method.auc.low), method.auc.high],
            [row, row],
            color=accent.colour,
            linewidth=4,
            alpha=0.2,
            solid_capstyle="butt",
        )
    tested = [run.test for run in method.scores if run.test is not None]
    if len(tested) > 1:
        axes.plot(
            tested,
            [row] * len(tested),
            marker=accent.marker,
            markersize=3.4,
            markeredgewidth=0,
            color=accent.colour,
            alpha=0.75,
            linestyle="none",
        )
    axes.plot([mean, mean], [row - 0.32, row + 0.32], color=INK, linewidth=1.3)
