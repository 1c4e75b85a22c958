"""How the training loss fell, a panel for each method and a line for each run."""

from collections.abc import Sequence

from matplotlib.ticker import MaxNLocator

from reports.evidence import MethodEvidence
from reports.figures.drawing import drawing, short
from reports.figures.palette import ACCENTS

_PER_ROW = 4
_PANEL = 1.35, 1.15  # inches
_GAP = 0.2, 0.5
_WIDTH = 6.6  # of the column; a page would enlarge what is narrower


def training(name: str, methods: Sequence[MethodEvidence]) -> str:
    """Training loss against epoch, all panels on one scale of the loss.

    Args:
        name: of the figure.
        methods: each with at least one curve.

    Returns:
        The SVG.
    """
    rows = -(-len(methods) // _PER_ROW)
    highest = max(max(curve) for method in methods for curve in method.training)
    lowest = min(0.0, *(min(curve) for method in methods for curve in method.training))
    left, bottom = 0.5, 0.45
    height = bottom + rows * _PANEL[1] + (rows - 1) * _GAP[1] + 0.3
    with drawing(name, _WIDTH, height) as plot:
        for number, method in enumerate(methods):
            row, column = divmod(number, _PER_ROW)
            axes = plot.axes(
                left + column * (_PANEL[0] + _GAP[0]),
                bottom + (rows - 1 - row) * (_PANEL[1] + _GAP[1]),
                *_PANEL,
            )
            for curve in method.training:
                axes.plot(
                    range(1, len(curve) + 1),
                    curve,
                    color=ACCENTS[method.family].colour,
                    linewidth=0.9,
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
            if number + _PER_ROW >= len(methods):
                axes.set_xlabel("Epoch")
    return plot.svg
