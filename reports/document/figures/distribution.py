"""How the probabilities of the cases of each class are spread."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.legend_handler import HandlerTuple
from matplotlib.patches import Patch

from reports.document.figures.drawing import PAGE, drawing, page_width, short, text_width
from reports.document.figures.lines import Style
from reports.document.figures.palette import GRID, MUTED
from reports.document.figures.reliability import drawable
from reports.evidence import DatasetEvidence

_GAP = 0.3  # inches
_TITLE = 26  # letters


def distribution(name: str, data: DatasetEvidence) -> str | None:
    """Two classes: the shares of each by the probability of the positive one, over each other.

    More: a row for each class, the higher the more of its cases have this probability of it.

    Returns:
        The SVG, or None where no method is drawn.
    """
    drawn = [(style, stored.shares) for style, _, stored, _ in drawable(data)]
    if not drawn:
        return None
    classes = [short(own, 20) for own in data.card.class_names]
    if data.card.positive is None:
        return _strips(name, drawn, classes)
    return _outlines(name, drawn, classes, data.card.positive)


def _outlines(
    name: str,
    drawn: list[tuple[Style, tuple[tuple[float, ...], ...]]],
    classes: list[str],
    positive: int,
) -> str:
    left, width = 0.55, (PAGE - 0.6 - 2 * _GAP) / 3
    highest = max(max(row) for _, shares in drawn for row in shares)
    room = page_width(left + len(drawn) * (width + _GAP) - _GAP)
    with drawing(name, room, 2.75) as plot:
        for number, (style, shares) in enumerate(drawn):
            axes = plot.axes(left + number * (width + _GAP), 0.75, width, 1.7)
            edges = [i / len(shares[0]) for i in range(len(shares[0]) + 1)]
            axes.stairs(shares[1 - positive], edges, fill=True, color=MUTED, alpha=0.3)
            axes.stairs(shares[positive], edges, fill=True, color=style.colour, alpha=0.35)
            axes.stairs(
                shares[1 - positive], edges, color=MUTED, linewidth=1.0, linestyle=(0, (2, 1.5))
            )
            axes.stairs(shares[positive], edges, color=style.colour, linewidth=1.2)
            _finish(axes, style, number)
            axes.set_ylim(0, 1.05 * highest)
            axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
            axes.set_xlabel(f"Probability of {classes[positive]}")
            if number == 0:
                axes.set_ylabel("Share of the class")
            else:
                axes.set_yticklabels([])
        handles: list[Any] = [  # the stubs know no tuple, which is drawn as one swatch
            Patch(facecolor=MUTED, alpha=0.4),
            tuple(Patch(facecolor=style.colour, alpha=0.5) for style, _ in drawn),
        ]
        plot.canvas.legend(
            handles,
            [classes[1 - positive], classes[positive]],
            loc="lower left",
            bbox_to_anchor=(left / room, 0.0),
            ncols=2,
            borderaxespad=0,
            columnspacing=1.2,
            handletextpad=0.4,
            handler_map={tuple: HandlerTuple(ndivide=None, pad=0)},
            handlelength=1.4,
        )
    return plot.svg


def _strips(
    name: str,
    drawn: list[tuple[Style, tuple[tuple[float, ...], ...]]],
    classes: list[str],
) -> str:
    left = 0.2 + max(text_width(own, 7) for own in classes)
    width = (PAGE - left - 0.1 - 2 * _GAP) / 3
    height = max(0.23 * len(classes), min(1.2, 0.4 * len(classes)))
    highest = max(max(row) for _, shares in drawn for row in shares)
    room = page_width(left + len(drawn) * (width + _GAP) - _GAP)
    with drawing(name, room, height + 0.75) as plot:
        for number, (style, shares) in enumerate(drawn):
            axes = plot.axes(left + number * (width + _GAP), 0.45, width, height)
            for row, own in enumerate(shares):
                edges = [bar / len(own) for bar in range(len(own) + 1)]
                axes.stairs(
                    [row + 1 - 0.92 * share / highest for share in own],
                    edges,
                    baseline=row + 1,
                    fill=True,
                    color=style.colour,
                    alpha=0.5,
                )
                axes.axhline(row + 1, color=GRID, linewidth=0.5)
            _finish(axes, style, number)
            axes.set_ylim(len(shares), 0)
            axes.set_yticks([row + 0.5 for row in range(len(shares))], classes)
            if number:
                axes.set_yticklabels([])
            axes.tick_params(axis="y", length=0)
            axes.set_xlabel("Probability of the true class")
    return plot.svg


def _finish(axes: Axes, style: Style, number: int) -> None:
    axes.set_title(short(style.name, _TITLE))
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    if number:
        axes.spines["left"].set_color(GRID)
