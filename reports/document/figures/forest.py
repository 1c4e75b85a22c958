"""Forest plot: the difference between the families on every data set, and the mean over them."""

from matplotlib.axes import Axes

from reports.document.figures.drawing import PAGE, drawing, short, text_width
from reports.document.figures.palette import ACCENTS, BAND, INK, MUTED
from reports.evidence import DatasetEvidence, Estimate, OverallVerdict
from reports.evidence.pair import DICE, primary_symbol
from reports.formatting import signed


def forest(name: str, datasets: tuple[DatasetEvidence, ...], overall: OverallVerdict) -> str:
    """Deep − classical per data set with its interval, the margin as a band.

    Filled markers are real images, hollow ones generated; the colour is that of the better side.

    Args:
        name: of the figure.
        datasets: all of the report; those without a comparison get a line that says so.
        overall: its mean is drawn as a diamond, if there is one.

    Returns:
        The SVG.
    """
    names = [short(data.card.name, 30) for data in datasets]
    mean = overall.mean if overall.mean and len(overall.mean.datasets) > 1 else None
    if mean is not None:
        names.append("mean (real images)")
    lines = max(len(names), 1)
    left = 0.15 + max((text_width(n, 7.5) for n in names), default=0.0)
    with drawing(name, PAGE, 0.75 + 0.26 * lines) as plot:
        axes = plot.axes(left, 0.47, PAGE - left - 1.6, 0.26 * lines)
        margin = max((d.verdict.margin for d in datasets), default=0.02)
        axes.axvspan(-margin, margin, color=BAND, zorder=0)
        axes.axvline(0, color=MUTED, linewidth=0.7, zorder=1)
        limit = _limit(datasets, margin)
        for line, data in enumerate(datasets):
            _dataset(axes, line, data)
        if mean is not None:
            axes.axhline(len(datasets) - 0.5, color=MUTED, linewidth=0.4)
            _mean(axes, len(datasets), mean.effect)
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(lines - 0.4, -0.6)
        axes.set_xlim(-limit, limit)
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        coarse = all(abs(100 * tick - round(100 * tick)) < 1e-6 for tick in axes.get_xticks())
        axes.xaxis.set_major_formatter(lambda value, _: signed(value, 2 if coarse else 3))
        segmentation = any(data.segmentation is not None for data in datasets)
        what = primary_symbol(DICE if segmentation else "auc")
        axes.set_xlabel(f"{what} = deep − classical (shaded: ±{margin:g}, the margin)")
        for x, side, align in (
            (0.0, "← classical better", "left"),
            (1.0, "deep better →", "right"),
        ):
            axes.text(x, 1.01, side, transform=axes.transAxes, ha=align, va="bottom", color=MUTED)
    return plot.svg


def _limit(datasets: tuple[DatasetEvidence, ...], margin: float) -> float:
    """Half width of the axis: what data sets with a verdict need, where there are any."""
    compared = [d for d in datasets if d.comparison]
    shown = [d for d in compared if d.verdict.is_verdict] or compared
    effects = [d.comparison.pair.difference for d in shown if d.comparison]
    ends = [abs(end) for e in effects for end in (e.value, e.low, e.high) if end is not None]
    return min(1.0, 1.08 * max([*ends, 2 * margin]))


def _dataset(axes: Axes, line: int, data: DatasetEvidence) -> None:
    if data.comparison is None:
        axes.text(0, line, "no comparison", ha="center", va="center", color=MUTED, style="italic")
        _number(axes, line, "–")
        return
    effect = data.comparison.pair.difference
    winner = data.verdict.winner if data.verdict.rule.startswith("better") else None
    colour = ACCENTS[winner].colour if winner else INK
    marker = ACCENTS[winner].marker if winner else "o"
    if effect.low is not None and effect.high is not None:
        axes.plot([effect.low, effect.high], [line, line], color=colour, linewidth=1.2)
    face = "#ffffff" if data.generated else colour
    axes.plot(
        [effect.value],
        [line],
        marker=marker,
        markersize=5,
        markerfacecolor=face,
        markeredgecolor=colour,
        markeredgewidth=1.1,
        linestyle="none",
    )
    _number(axes, line, _with_interval(effect))


def _mean(axes: Axes, line: int, effect: Estimate) -> None:
    low = effect.value if effect.low is None else effect.low
    high = effect.value if effect.high is None else effect.high
    axes.fill(
        [low, effect.value, high, effect.value],
        [line, line - 0.22, line, line + 0.22],
        color=INK,
    )
    _number(axes, line, _with_interval(effect))


def _number(axes: Axes, line: int, text: str) -> None:
    axes.annotate(
        text,
        (1.0, line),
        xycoords=("axes fraction", "data"),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        annotation_clip=False,
    )


def _with_interval(effect: Estimate) -> str:
    if effect.low is None or effect.high is None:
        return signed(effect.value)
    return f"{signed(effect.value)} [{signed(effect.low)}, {signed(effect.high)}]"
