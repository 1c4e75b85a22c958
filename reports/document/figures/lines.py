"""How curves and their legends are drawn, alike in every figure of curves."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.legend import Legend
from matplotlib.lines import Line2D

from bench.protocol.cards import Family
from reports.document.figures.drawing import belongs_to, legend_of, short, text_width
from reports.document.figures.palette import ACCENTS, IDEAL, MUTED
from reports.document.plots import Series
from reports.evidence import MethodEvidence

IDEAL_DASHES = (7.0, 2.0, 1.0, 2.0)
REFERENCE_DASHES = (2.0, 2.0)

_SIZE = 7.0  # of the names, points
_ROW = 0.165  # inches that a line of a legend takes
_KEY = 0.5  # inches that its sample of the curve takes


@dataclass(frozen=True)
class Style:
    """How a curve looks.

    Attributes:
        key: of its series.
        name: in the legend.
        family: None for what is no method.
        heavy: drawn heavily, as champions are.
        colour, dashes: of the line.
        marker: of its points, or "".
    """

    key: str
    name: str
    family: Family | None
    heavy: bool
    colour: str
    dashes: tuple[float, ...]
    marker: str

    @property
    def width(self) -> float:
        """Of the line, points."""
        return 1.9 if self.heavy else 0.8

    @property
    def alpha(self) -> float:
        """Thin lines let others through."""
        return 1.0 if self.heavy or self.family is None else 0.65

    @property
    def order(self) -> int:
        """Heavy lines lie above the others."""
        return 4 if self.heavy else 3


def styles(methods: Sequence[MethodEvidence], *, heavy: bool | None = None) -> list[Style]:
    """Of the methods of a data set, keys by their place in it.

    Methods of which no family is told ("hybrid" alone, see `reports.external.runs`) are told apart
    by the accents in turn.

    Args:
        methods: all of the data set, so that a method has one key in all of its figures.
        heavy: None draws the champions heavily.
    """
    found = []
    unknown = {method.family for method in methods} == {"hybrid"}
    in_turn = list(ACCENTS)
    for number, method in enumerate(methods):
        family = in_turn[number % len(in_turn)] if unknown else method.family
        accent = ACCENTS[family]
        stands_out = method.is_champion if heavy is None else heavy
        found.append(
            Style(
                f"s{number}",
                method.name,
                family,
                stands_out,
                accent.colour,
                accent.dashes,
                accent.marker,
            )
        )
    return found


def reference(key: str, name: str, dashes: tuple[float, ...] = REFERENCE_DASHES) -> Style:
    """Of a line that curves are measured by."""
    return Style(key, name, None, False, MUTED, dashes, "")


IDEAL_STYLE = Style("ideal", "ideal observer", None, False, IDEAL, IDEAL_DASHES, "")


def line(
    axes: Axes, style: Style, x: Sequence[float], y: Sequence[float], *, stepped: bool = False
) -> None:
    """Draw a curve; between two places of a stepped one the value is that of the right one."""
    (drawn,) = axes.plot(
        x,
        y,
        color=style.colour,
        linewidth=style.width,
        alpha=style.alpha,
        zorder=style.order,
        drawstyle="steps-pre" if stepped else "default",
        gid=belongs_to(style.key),
    )
    if style.dashes:
        drawn.set_dashes(style.dashes)


def point(axes: Axes, style: Style, x: float, y: float) -> None:
    """Mark a place on a curve."""
    axes.plot(
        [x],
        [y],
        marker=style.marker,
        markersize=6 if style.heavy else 3,
        color=style.colour,
        markeredgecolor="#ffffff" if style.heavy else style.colour,
        markeredgewidth=0.7,
        alpha=style.alpha,
        linestyle="none",
        zorder=style.order + 2,
        gid=belongs_to(style.key),
    )


def series(
    style: Style, x: Sequence[float], y: Sequence[float], extra: Sequence[float] = ()
) -> Series:
    """A curve that can be pointed at."""
    return Series(
        style.key, style.name, style.family, tuple(x), tuple(y), tuple(extra), style.heavy
    )


def rows_of(count: int, columns: int) -> float:
    """Height in inches of a legend of so many names."""
    return -(-count // columns) * _ROW


def columns_for(names: Sequence[str], width: float) -> int:
    """How many columns of names fit side by side, at most four."""
    longest = _KEY + max((text_width(name, _SIZE) for name in names), default=0.0)
    return max(1, min(4, int(width / longest)))


def legend(
    canvas: Canvas,
    left: float,
    top: float,
    styles: Sequence[Style],
    names: Sequence[str],
    columns: int = 1,
    title: str = "",
) -> None:
    """Name the curves.

    Args:
        canvas: the figure.
        left, top: of the legend, inches from the lower left corner of the figure.
        styles, names: one each per line.
        columns: side by side.
        title: over the names.
    """
    if not styles:
        return
    width, height = canvas.get_size_inches()
    made: Legend = canvas.legend(
        [_sample(style) for style in styles],
        # matplotlib leaves out labels that begin with an underscore
        [f"\u200b{name}" if name.startswith("_") else name for name in names],
        loc="upper left",
        bbox_to_anchor=(left / width, top / height),
        ncols=columns,
        borderaxespad=0,
        borderpad=0,
        handlelength=3.2,
        labelspacing=0.55,
        columnspacing=1.4,
        fontsize=_SIZE,
        title=title or None,
        title_fontsize=_SIZE,
        alignment="left",
    )
    made.get_title().set_color(MUTED)
    below = top <= height * min((axes.get_position().y0 for axes in canvas.axes), default=0.0)
    made.set_gid(legend_of(width, height - top) if below else legend_of(left, height))
    for style, handle, text in zip(styles, made.legend_handles, made.get_texts(), strict=True):
        if handle is not None:
            handle.set_gid(belongs_to(style.key))
        text.set_gid(belongs_to(style.key))
        text.set_fontweight("bold" if style.heavy else "normal")


def titled(name: str, number: str, length: int = 30) -> str:
    """A line of a legend: the number first, so that numbers stand below each other."""
    return f"{number}  {short(name, length)}"


def _sample(style: Style) -> Line2D:
    sample = Line2D(
        [],
        [],
        color=style.colour,
        linewidth=style.width,
        marker=style.marker or None,
        markersize=4.5 if style.heavy else 3,
    )
    if style.dashes:
        sample.set_dashes(style.dashes)
    return sample
