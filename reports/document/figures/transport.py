"""Where the difference between the sides holds: a forest plot of places, and AUC by severity."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from reports.document.figures.drawing import PAGE, drawing, short, text_width
from reports.document.figures.palette import ACCENTS, BAND, INK, MUTED
from reports.evidence import SIDES, Estimate, Place, Side, Transport
from reports.formatting import signed

_ROW = 0.24  # inches of a line of a forest
_COLUMNS = 4  # of small panels


def forest_of_places(
    name: str,
    lines: Sequence[tuple[str, Estimate | None, bool]],
    margin: float,
    last: tuple[str, Estimate] | None = None,
    order: tuple[str, str] = ("deep", "classical"),
) -> str:
    """ΔAUC in every place with its interval, the margin as a band.

    Args:
        name: of the figure.
        lines: what stands before each, ΔAUC there, and whether it is tested; untested ones are
            hollow.
        margin: of the study.
        last: a mean, drawn as a diamond below the others.
        order: what is compared, first − second.

    Returns:
        The SVG.
    """
    names = [short(told, 34) for told, _, _ in lines] + ([short(last[0], 34)] if last else [])
    left = 0.15 + max(text_width(each, 7.5) for each in names)
    count = len(names)
    with drawing(name, PAGE, 0.75 + _ROW * count) as plot:
        axes = plot.axes(left, 0.47, PAGE - left - 1.6, _ROW * count)
        axes.axvspan(-margin, margin, color=BAND, zorder=0)
        axes.axvline(0, color=MUTED, linewidth=0.7, zorder=1)
        for line, (_, effect, tested) in enumerate(lines):
            _one(axes, line, effect, tested=tested)
        if last:
            axes.axhline(len(lines) - 0.5, color=MUTED, linewidth=0.4)
            _diamond(axes, len(lines), last[1])
        limit = _limit([effect for _, effect, _ in lines], margin)
        axes.set_yticks(range(count), names)
        axes.set_ylim(count - 0.4, -0.6)
        axes.set_xlim(-limit, limit)
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        coarse = all(abs(100 * tick - round(100 * tick)) < 1e-6 for tick in axes.get_xticks())
        axes.xaxis.set_major_formatter(lambda value, _: signed(value, 2 if coarse else 3))
        first, second = order
        axes.set_xlabel(f"ΔAUC = {first} − {second} (shaded: ±{margin:g}, the margin)")
        for x, side, align in (
            (0.0, f"← {second} better", "left"),
            (1.0, f"{first} better →", "right"),
        ):
            axes.text(x, 1.01, side, transform=axes.transAxes, ha=align, va="bottom", color=MUTED)
    return plot.svg


def severities(name: str, found: Transport) -> str:
    """AUC of the best model of each side by severity, a small panel for every corruption.

    Severity 0 are the images as they are; bars are intervals.

    Returns:
        The SVG.
    """
    spoilt = found.of_kind("corruption")
    kinds = list(dict.fromkeys(place.name for place in spoilt))
    columns = min(_COLUMNS, len(kinds))
    rows = -(-len(kinds) // columns)
    width, height, gap, under = 1.42, 1.05, 0.22, 0.5
    whole = rows * (height + under) + 0.5
    low = min(_lows([found.places[0], *spoilt]), default=0.5)
    with drawing(name, PAGE, whole) as plot:
        for number, kind in enumerate(kinds):
            row, column = divmod(number, columns)
            bottom = whole - 0.42 - (row + 1) * (height + under) + under
            axes = plot.axes(0.45 + column * (width + gap), bottom, width, height)
            axes.set_title(short(kind, 24), fontsize=7.5, loc="left")
            _panel(axes, [found.places[0], *(p for p in spoilt if p.name == kind)])
            axes.set_ylim(max(0.0, low - 0.03), 1.02)
            axes.axhline(0.5, color=MUTED, linewidth=0.5, linestyle=(0, (2, 2)))
            if column:
                axes.set_yticklabels([])
            else:
                axes.set_ylabel("AUC")
            if row == rows - 1 or number + columns >= len(kinds):
                axes.set_xlabel("Severity")
        labels = (found.stands_for_deep, found.stands_for_classical)
        for side, model, x in zip(SIDES, labels, (0.45, 3.6), strict=True):
            accent = ACCENTS[side]
            plot.canvas.text(
                x / PAGE,
                1 - 0.1 / whole,
                f"{accent.sign} {side}: {short(model, 30)}",
                color=accent.colour,
                fontsize=7.5,
                va="center",
            )
    return plot.svg


def _panel(axes: Axes, places: Sequence[Place]) -> None:
    for side in SIDES:
        accent = ACCENTS[side]
        known = [
            (place.severity, row.auc)
            for place in places
            for row in place.sides
            if row.family == side and row.auc is not None
        ]
        shift = 0.08 if side == "deep" else -0.08
        (line,) = axes.plot(
            [x + shift for x, _ in known],
            [auc.value for _, auc in known],
            color=accent.colour,
            marker=accent.marker,
            markersize=3,
            linewidth=1.2,
        )
        if accent.dashes:
            line.set_dashes(accent.dashes)
        for x, auc in known:
            if auc.low is not None and auc.high is not None:
                axes.plot([x + shift] * 2, [auc.low, auc.high], color=accent.colour, linewidth=0.7)
    axes.set_xticks(sorted({place.severity for place in places}))
    axes.grid(True, axis="y")


def _lows(places: Sequence[Place]) -> list[float]:
    return [
        row.auc.value if row.auc.low is None else row.auc.low
        for place in places
        for row in place.sides
        if row.auc is not None
    ]


def _limit(effects: Sequence[Estimate | None], margin: float) -> float:
    ends = [
        abs(end)
        for effect in effects
        if effect is not None
        for end in (effect.value, effect.low, effect.high)
        if end is not None
    ]
    return min(1.0, 1.08 * max([*ends, 2 * margin]))


def _one(axes: Axes, line: int, effect: Estimate | None, *, tested: bool) -> None:
    if effect is None:
        axes.text(0, line, "not defined", ha="center", va="center", color=MUTED, style="italic")
        _number(axes, line, "–")
        return
    low = effect.value if effect.low is None else effect.low
    high = effect.value if effect.high is None else effect.high
    side: Side | None = "deep" if low > 0 else "classical" if high < 0 else None
    colour = ACCENTS[side].colour if side and tested else INK if tested else MUTED
    axes.plot([low, high], [line, line], color=colour, linewidth=1.2)
    axes.plot(
        [effect.value],
        [line],
        marker=ACCENTS[side].marker if side else "o",
        markersize=4.5,
        markerfacecolor=colour if tested else "#ffffff",
        markeredgecolor=colour,
        markeredgewidth=1.0,
        linestyle="none",
    )
    _number(axes, line, _told(effect))


def _diamond(axes: Axes, line: int, effect: Estimate) -> None:
    low = effect.value if effect.low is None else effect.low
    high = effect.value if effect.high is None else effect.high
    middle = effect.value
    axes.fill([low, middle, high, middle], [line, line - 0.22, line, line + 0.22], color=INK)
    _number(axes, line, _told(effect))


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


def _told(effect: Estimate) -> str:
    if effect.low is None or effect.high is None:
        return signed(effect.value)
    return f"{signed(effect.value)} [{signed(effect.low)}, {signed(effect.high)}]"
