"""Which families of features each method misses, as a shaded table."""

from collections.abc import Sequence

from matplotlib.patches import Rectangle

from reports.document.figures.drawing import drawing, page_width, short, text_width
from reports.document.figures.palette import ACCENTS, GRID, INK, MUTED
from reports.evidence import MethodEvidence

_CELL = 0.52, 0.2  # inches
_FULL = 0.1  # AUC lost from which a cell is as deep as it gets


def most_missed(methods: Sequence[MethodEvidence]) -> list[str]:
    """The families of features, that with the largest mean loss first."""
    lost: dict[str, list[float]] = {}
    for method in methods:
        for part, value in method.importance:
            lost.setdefault(part, []).append(value)
    return sorted(lost, key=lambda part: (-sum(lost[part]) / len(lost[part]), part))


def importance(name: str, methods: Sequence[MethodEvidence]) -> str:
    """A row for each family of features, a column for each method: AUC lost, in hundredths.

    Args:
        name: of the figure.
        methods: each with an `importance`.

    Returns:
        The SVG.
    """
    parts = most_missed(methods)
    titles = [short(method.name, 24) for method in methods]
    left = 0.2 + max(text_width(part, 7.5) for part in parts)
    top = 0.25 + 0.64 * max(text_width(title, 7.5) for title in titles)
    width, height = _CELL[0] * len(methods), _CELL[1] * len(parts)
    # names are turned by 40 degrees and lean out to the right
    beyond = 0.77 * max(text_width(title, 7.5) for title in titles)
    with drawing(name, page_width(left + width + beyond), top + height + 0.3) as plot:
        axes = plot.axes(left, 0.3, width, height)
        axes.set_xlim(0, len(methods))
        axes.set_ylim(len(parts), 0)
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
        axes.xaxis.tick_top()
        axes.set_xticks(
            [i + 0.5 for i in range(len(methods))],
            titles,
            rotation=40,
            ha="left",
            rotation_mode="anchor",
        )
        axes.set_yticks([i + 0.5 for i in range(len(parts))], parts)
        for column, method in enumerate(methods):
            lost = dict(method.importance)
            for row, part in enumerate(parts):
                value = lost.get(part)
                if value is None:
                    continue
                depth = min(max(value, 0.0) / _FULL, 1.0)
                axes.add_patch(
                    Rectangle(
                        (column + 0.03, row + 0.06),
                        0.94,
                        0.88,
                        facecolor=ACCENTS[method.family].colour,
                        alpha=0.04 + 0.56 * depth,  # no deeper, so that ink is read on it
                        edgecolor=GRID,
                    )
                )
                axes.text(
                    column + 0.5,
                    row + 0.5,
                    f"{100 * value:.1f}".replace("-0.0", "0.0").replace("-", "\u2212"),
                    ha="center",
                    va="center",
                    fontsize=6.5,
                    color=INK,
                )
        axes.text(
            0, len(parts) + 0.9, "AUC lost × 100", ha="left", va="center", fontsize=7, color=MUTED
        )
    return plot.svg
