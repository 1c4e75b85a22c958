"""Box plots of Dice: every method on one data set, over its test cases."""

from matplotlib.axes import Axes

from reports.document.figures.drawing import PAGE, drawing, short, text_width
from reports.document.figures.palette import ACCENTS, INK
from reports.evidence.segmentation import MeasureSummary, SegmentedMethod

_ROW = 0.21  # inches


def dice_boxes(name: str, methods: tuple[SegmentedMethod, ...]) -> str | None:
    """A row for each method: whiskers to 5 and 95 %, the box from quartile to quartile.

    Returns:
        The SVG, or None where no method has a result.
    """
    if not methods:
        return None
    names = [short(method.name, 34) for method in methods]
    left = 0.15 + max(text_width(n, 7.5) for n in names)
    with drawing(name, PAGE, 0.62 + _ROW * len(methods)) as plot:
        axes = plot.axes(left, 0.47, PAGE - left - 0.2, _ROW * len(methods))
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(len(methods) - 0.4, -0.6)
        axes.grid(True, axis="x")
        for row, method in enumerate(methods):
            box(axes, row, method.dice, ACCENTS[method.family].colour)
        axes.set_yticks(range(len(methods)), names)
        for label, method in zip(axes.get_yticklabels(), methods, strict=True):
            label.set_fontweight("bold" if method.is_champion else "normal")
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("Dice of a test case")
    return plot.svg


def box(axes: Axes, row: float, summary: MeasureSummary, colour: str) -> None:
    """Whiskers, box, an upright line at the median and a small mark at the mean."""
    axes.plot([summary.q05, summary.q95], [row, row], color=colour, linewidth=0.9)
    axes.barh(
        row,
        summary.q75 - summary.q25,
        left=summary.q25,
        height=0.56,
        color=colour,
        alpha=0.28,
        linewidth=0,
    )
    axes.plot([summary.median] * 2, [row - 0.28, row + 0.28], color=INK, linewidth=1.3)
    axes.plot(
        [summary.mean.value],
        [row],
        marker="D",
        markersize=2.8,
        color=colour,
        markeredgewidth=0,
        linestyle="none",
    )
