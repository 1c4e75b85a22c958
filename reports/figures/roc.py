"""ROC curves of all methods on one data set."""

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from reports.evidence import DatasetEvidence, MethodEvidence, RocCurve
from reports.figures.drawing import drawing, short
from reports.figures.palette import ACCENTS, GRID, IDEAL, MUTED
from reports.formatting import score


def roc(name: str, data: DatasetEvidence) -> str | None:
    """Sensitivity against 1 − specificity: champions drawn heavily, the other methods thinly.

    Colour, dashes and the marker of the operating point tell the family. The champions' bands
    reach from the lowest to the highest seed. The dash-dotted line is the ideal observer.

    Returns:
        The SVG, or None where no method has a curve.
    """
    drawn = [m for m in data.methods if m.roc is not None]
    if not drawn:
        return None
    height = max(3.7, 0.5 + 0.168 * (len(drawn) + 2))
    with drawing(name, 6.6, height) as plot:
        axes = plot.axes(0.5, height - 3.3, 3.2, 3.2)
        axes.plot([0, 1], [0, 1], color=GRID, linewidth=0.8, zorder=1)
        # champions last, so that they lie on top
        for method in sorted(drawn, key=lambda m: m.is_champion):
            _curve(axes, method)
        keys = [_key(m) for m in drawn]
        names = [_label(m) for m in drawn]
        if data.ideal is not None and data.ideal.roc is not None:
            _path(axes, data.ideal.roc, color=IDEAL, dashes=(7, 2, 1, 2), width=1.1, order=3)
            keys.append(Line2D([], [], color=IDEAL, linewidth=1.1, dashes=(7, 2, 1, 2)))
            value = None if data.ideal.auc is None else data.ideal.auc.value
            names.append(f"{score(value)}  ideal observer")
        axes.set_xlim(-0.01, 1.01)
        axes.set_ylim(-0.01, 1.01)
        axes.grid(True)
        axes.set_xlabel("1 − specificity")
        axes.set_ylabel("Sensitivity")
        legend = axes.legend(
            keys,
            names,
            loc="upper left",
            bbox_to_anchor=(1.02, 1.0),
            borderaxespad=0,
            handlelength=3.2,
            labelspacing=0.55,
            title="AUC    method",
            alignment="left",
            fontsize=7,
            title_fontsize=7,
        )
        legend.get_title().set_color(MUTED)
        for text, method in zip(legend.get_texts(), drawn, strict=False):
            text.set_fontweight("bold" if method.is_champion else "normal")
    return plot.svg


def _curve(axes: Axes, method: MethodEvidence) -> None:
    curve = method.roc
    if curve is None:
        return
    accent = ACCENTS[method.family]
    width, alpha = (2.0, 1.0) if method.is_champion else (0.8, 0.6)
    if method.is_champion and curve.tpr_low:
        axes.fill_between(
            curve.fpr, curve.tpr_low, curve.tpr_high, color=accent.colour, alpha=0.12, zorder=2
        )
    order = 4 if method.is_champion else 3
    _path(axes, curve, accent.colour, accent.dashes, width, order, alpha)
    if curve.operating is not None:
        axes.plot(
            *([value] for value in curve.operating),
            marker=accent.marker,
            markersize=6 if method.is_champion else 3,
            color=accent.colour,
            markeredgecolor="#ffffff" if method.is_champion else accent.colour,
            markeredgewidth=0.7,
            alpha=1.0 if method.is_champion else 0.7,
            linestyle="none",
            zorder=order + 2,
        )


def _path(
    axes: Axes,
    curve: RocCurve,
    color: str,
    dashes: tuple[float, ...],
    width: float,
    order: int,
    alpha: float = 1.0,
) -> None:
    (line,) = axes.plot(
        curve.fpr, curve.tpr, color=color, linewidth=width, alpha=alpha, zorder=order
    )
    if dashes:
        line.set_dashes(dashes)


def _key(method: MethodEvidence) -> Line2D:
    accent = ACCENTS[method.family]
    line = Line2D(
        [],
        [],
        color=accent.colour,
        linewidth=2.0 if method.is_champion else 0.9,
        marker=accent.marker if method.roc and method.roc.operating else None,
        markersize=4.5 if method.is_champion else 3,
    )
    if accent.dashes:
        line.set_dashes(accent.dashes)
    return line


def _label(method: MethodEvidence) -> str:
    # matplotlib leaves out labels that begin with an underscore; the AUC comes first anyway
    return f"{score(method.auc.value if method.auc else None)}  {short(method.name, 34)}"
