"""Confusion matrices of the best deep and the best classical model of a data set."""

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from reports.document.figures.drawing import MEDIUM, PAGE, drawing, page_width, short, text_width
from reports.document.figures.palette import ACCENTS, GRID, INK
from reports.evidence import DatasetEvidence, MethodEvidence
from reports.formatting import percent

_GAP = 0.35  # inches
_MANY = 8  # classes from which a cell has no room for a fraction


def confusion(name: str, data: DatasetEvidence) -> str | None:
    """True class by row, decision by column: cases, and under them their share of the row.

    The depth of a cell is that share. Counts are means over seeds, rounded where there are many
    classes.

    Returns:
        The SVG, or None where neither side has a champion.
    """
    names = [n for n in (data.champion_deep, data.champion_classical) if n is not None]
    methods = [m for m in map(data.method, names) if m.operating is not None]
    if not methods:
        return None
    classes = [short(c, 18) for c in data.card.class_names]
    k = len(classes)
    longest = max(text_width(c, 7) for c in classes)
    left = 0.4 + longest
    widest = MEDIUM if k <= 3 else PAGE
    side = min(0.66 * k, (widest - left) / 2 - _GAP)
    turned = longest > 0.95 * side / k
    # a label turned by 40 degrees is 0.64 as tall as it is long
    bottom = 0.4 + (0.64 * longest if turned else 0.1)
    step = side + _GAP
    with drawing(name, page_width(left + len(methods) * step), bottom + side + 0.3) as plot:
        for number, method in enumerate(methods):
            axes = plot.axes(left + number * step, bottom, side, side)
            _matrix(axes, method, k)
            axes.set_title(f"{short(method.name, 26)} ({method.family})")
            axes.set_xticks(
                range(k),
                classes,
                rotation=40 if turned else 0,
                ha="right" if turned else "center",
                rotation_mode="anchor",
            )
            axes.set_yticks(range(k), classes if number == 0 else [""] * k)
            axes.set_xlabel("Decision")
            if number == 0:
                axes.set_ylabel("Truth")
    return plot.svg


def _matrix(axes: Axes, method: MethodEvidence, k: int) -> None:
    if method.operating is None:
        return
    axes.set_xlim(-0.5, k - 0.5)
    axes.set_ylim(k - 0.5, -0.5)
    axes.set_aspect("equal")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    for i, row in enumerate(method.operating.confusion):
        total = sum(row)
        for j, cases in enumerate(row):
            share = cases / total if total else 0.0
            axes.add_patch(
                Rectangle(
                    (j - 0.48, i - 0.48),
                    0.96,
                    0.96,
                    facecolor=ACCENTS[method.family].colour,
                    alpha=0.05 + 0.55 * share,  # no deeper, so that ink is read on it
                    edgecolor=GRID,
                )
            )
            text = f"{cases:.1f}".removesuffix(".0") if k < _MANY else f"{cases:.0f}"
            axes.text(
                j,
                i,
                f"{text}\n{percent(share)}" if k <= 4 else text,
                ha="center",
                va="center",
                fontsize=7.5 if k <= 4 else 6.0 if k < _MANY else 5.5,
                color=INK,
            )
