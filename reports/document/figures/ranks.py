"""The methods across data sets: a matrix of ranks, and a critical-difference diagram."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from reports.document.figures.drawing import drawing, short, text_width
from reports.document.figures.palette import ACCENTS, GRID, INK, MUTED
from reports.evidence import ManyDatasets, MethodAcross
from reports.formatting import score

_WIDTH = 6.6  # inches
_LETTERS = 30  # of a name
_LINE = 0.235  # height of a row of the matrix
_STEP = 0.17  # between the lines of the diagram


def ranked(many: ManyDatasets) -> tuple[MethodAcross, ...]:
    """The methods that have ranks, best first."""
    return tuple(method for method in many.methods if method.mean_rank is not None)


def rank_matrix(name: str, many: ManyDatasets) -> str | None:
    """AUC of each ranked method on each data set; the deeper a cell, the better its rank there.

    Returns:
        The SVG, or None with fewer than two ranked methods or two data sets.
    """
    methods = ranked(many)
    if len(methods) < 2 or len(many.datasets) < 2:
        return None
    left = 0.3 + max(text_width(short(m.name, _LETTERS), 7.5) for m in methods)
    side = min(0.75, (_WIDTH - left - 0.75) / len(many.datasets))
    labels = [short(dataset, 24) for dataset in many.datasets]
    longest = max(text_width(label, 7) for label in labels)
    turned = longest > side - 0.06
    # a label turned by 40 degrees is 0.64 as tall and 0.77 as wide as it is long
    above = 0.12 + (0.64 * longest + 0.1 if turned else 0.12)
    beyond = max(0.75, 0.77 * longest - side / 2 + 0.1) if turned else 0.75
    width, height = side * len(labels), _LINE * len(methods)
    with drawing(name, left + width + beyond, height + above + 0.08) as plot:
        axes = plot.axes(left, 0.06, width, height)
        axes.set_xlim(0, len(labels))
        axes.set_ylim(len(methods), 0)
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
        axes.xaxis.set_ticks_position("top")
        axes.set_xticks(
            [place + 0.5 for place in range(len(labels))],
            labels,
            rotation=40 if turned else 0,
            ha="left" if turned else "center",
            rotation_mode="anchor",
        )
        axes.set_yticks([])
        for line, method in enumerate(methods):
            _row(axes, line, method, len(methods), side)
        axes.annotate(
            "mean rank",
            (1, 1),
            xycoords="axes fraction",
            xytext=(14, 4) if turned else (40, 4),
            textcoords="offset points",
            rotation=40 if turned else 0,
            ha="left" if turned else "right",
            va="bottom",
            rotation_mode="anchor",
            fontsize=7,
            color=MUTED,
            annotation_clip=False,
        )
    return plot.svg


def _row(axes: Axes, line: int, method: MethodAcross, count: int, side: float) -> None:
    accent = ACCENTS[method.family]
    size = 7.0 if side > 0.36 else 5.5
    for place, (auc, rank) in enumerate(zip(method.aucs, method.ranks, strict=True)):
        depth = 0.0 if rank is None else (count - rank) / (count - 1)
        axes.add_patch(
            Rectangle(
                (place + 0.02, line + 0.04),
                0.96,
                0.92,
                facecolor=accent.colour,
                alpha=0.04 + 0.5 * depth,  # no deeper, so that ink is read on it
                edgecolor=GRID,
            )
        )
        axes.text(
            place + 0.5,
            line + 0.52,
            score(auc) if size > 6 else score(auc, 2),
            ha="center",
            va="center",
            fontsize=size,
            color=INK,
            fontweight="bold" if rank == 1 else "normal",
        )
    axes.annotate(
        f"{method.mean_rank:.1f}",
        (1, line + 0.52),
        xycoords=("axes fraction", "data"),
        xytext=(24, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        annotation_clip=False,
    )
    axes.annotate(
        short(method.name, _LETTERS),
        (0, line + 0.52),
        xycoords=("axes fraction", "data"),
        xytext=(-14, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        annotation_clip=False,
    )
    axes.plot(
        [-7 / 72 / side],
        [line + 0.5],
        marker=accent.marker,
        color=accent.colour,
        markersize=4.5,
        clip_on=False,
    )


def critical_difference(name: str, many: ManyDatasets) -> str | None:
    """Mean ranks on a line, the best on the left; a bar joins what cannot be told apart.

    The form is Demšar's (2006, JMLR 7:1).

    Returns:
        The SVG, or None where there is no test of ranks.
    """
    test, methods = many.rank_test, ranked(many)
    if test is None:
        return None
    count = len(methods)
    half = (count + 1) // 2
    margin = 0.45 + max(text_width(short(m.name, _LETTERS), 7.5) for m in methods)
    bars = 0.12 + 0.075 * len(test.groups)
    depth = bars + _STEP * half + 0.05  # below the line
    with drawing(name, _WIDTH, depth + 0.62) as plot:
        axes = plot.axes(margin, 0.04, _WIDTH - 2 * margin, depth)
        axes.set_xlim(1, count)
        axes.set_ylim(depth, 0)
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.spines["top"].set_visible(True)
        axes.xaxis.set_ticks_position("top")
        axes.set_xticks(range(1, count + 1))
        axes.set_yticks([])
        for place, group in enumerate(test.groups):
            ranks = [m.mean_rank for m in methods if m.name in group and m.mean_rank is not None]
            height = 0.1 + 0.075 * place
            axes.plot(
                [min(ranks) - 0.04, max(ranks) + 0.04],
                [height, height],
                color=INK,
                linewidth=2.2,
                solid_capstyle="butt",
                clip_on=False,
            )
        for place, method in enumerate(methods):
            on_left = place < half
            line = place if on_left else count - 1 - place
            _branch(axes, method, bars + _STEP * (line + 0.5), on_left, count)
        _scale(axes, test.critical_difference, count)
    return plot.svg


def _branch(axes: Axes, method: MethodAcross, height: float, on_left: bool, count: int) -> None:
    """The line from a mean rank down and out to the name."""
    rank = method.mean_rank or 0.0
    accent = ACCENTS[method.family]
    end = 1 if on_left else count
    axes.plot(
        [rank, rank, end],
        [0, height, height],
        color=accent.colour,
        linewidth=0.8,
        clip_on=False,
        solid_joinstyle="miter",
    )
    axes.plot([rank], [0], marker=accent.marker, color=accent.colour, markersize=4.5, clip_on=False)
    axes.annotate(
        f"{short(method.name, _LETTERS)}  {rank:.2f}"
        if on_left
        else f"{rank:.2f}  {short(method.name, _LETTERS)}",
        (end, height),
        xytext=(-4 if on_left else 4, 0),
        textcoords="offset points",
        ha="right" if on_left else "left",
        va="center",
        annotation_clip=False,
    )


def _scale(axes: Axes, difference: float, count: int) -> None:
    """The critical difference as a length above the line."""
    shown = min(difference, count - 1.0)
    transform = axes.get_xaxis_transform()
    height = 1 + 0.36 / axes.get_ylim()[0]
    axes.plot(
        [1, 1 + shown],
        [height, height],
        transform=transform,
        color=MUTED,
        linewidth=1.2,
        marker="|",
        markersize=5,
        clip_on=False,
    )
    axes.text(
        1 + shown / 2,
        height + 0.05 / axes.get_ylim()[0],
        f"critical difference {difference:.2f}",
        transform=transform,
        ha="center",
        va="bottom",
        fontsize=7,
        color=MUTED,
    )


def order_in_words(methods: Sequence[MethodAcross]) -> str:
    """The ranked methods with their mean ranks, best first."""
    return ", ".join(f"{m.name} {m.mean_rank:.2f}" for m in methods if m.mean_rank is not None)
