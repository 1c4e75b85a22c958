"""How the training loss fell, a panel for each method and a line for each run."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from matplotlib.ticker import MaxNLocator

from reports.document.figures.drawing import PAGE, Drawn, belongs_to, drawing, page_width, short
from reports.document.figures.lines import series, styles
from reports.document.figures.palette import ACCENTS
from reports.evidence import MethodEvidence

_PER_ROW = 4
_HEIGHT, _WIDEST = 1.15, 2.0  # of a panel, inches
_GAP = 0.2, 0.5


def training(name: str, methods: Sequence[MethodEvidence]) -> Drawn:
    """Training loss against epoch, all panels on one scale of the loss.

    What can be pointed at is the mean over runs.

    Args:
        name: of the figure.
        methods: each with at least one curve.
    """
    columns = min(_PER_ROW, len(methods))
    rows = -(-len(methods) // columns)
    highest = max(max(curve) for method in methods for curve in method.training)
    lowest = min(0.0, *(min(curve) for method in methods for curve in method.training))
    left, bottom = 0.5, 0.45
    wide = min(_WIDEST, (PAGE - left - 0.1 + _GAP[0]) / columns - _GAP[0])
    height = bottom + rows * _HEIGHT + (rows - 1) * _GAP[1] + 0.3
    panels = []
    with drawing(name, page_width(left + columns * (wide + _GAP[0])), height) as plot:
        for number, (style, method) in enumerate(zip(styles(methods), methods, strict=True)):
            row, column = divmod(number, columns)
            axes = plot.axes(
                left + column * (wide + _GAP[0]),
                bottom + (rows - 1 - row) * (_HEIGHT + _GAP[1]),
                wide,
                _HEIGHT,
            )
            for curve in method.training:
                axes.plot(
                    range(1, len(curve) + 1),
                    curve,
                    color=ACCENTS[method.family].colour,
                    linewidth=0.9,
                    gid=belongs_to(style.key),
                )
            axes.set_title(short(method.name, 22))
            axes.set_ylim(lowest, 1.05 * highest)
            axes.set_xlim(1, max(map(len, method.training)))
            axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
            axes.grid(True, axis="y")
            if column == 0:
                axes.set_ylabel("Training loss")
            else:
                axes.set_yticklabels([])
            if number + columns >= len(methods):
                axes.set_xlabel("Epoch")
            mean = mean_curve(method.training)
            found = series(style, range(1, len(mean) + 1), mean)
            panels.append(replace(plot.panel(axes, (found,)), x_label="Epoch", y_label="Loss"))
    return Drawn(plot.svg, tuple(panels))


def mean_curve(curves: Sequence[Sequence[float]]) -> list[float]:
    """Mean loss after each epoch that every run has reached.

    >>> mean_curve([(3.0, 1.0), (1.0, 0.0, 0.0)])
    [2.0, 0.5]
    """
    return [fmean(losses) for losses in zip(*curves, strict=False)]
