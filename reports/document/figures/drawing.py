"""A figure from the first stroke to its SVG text.

The SVG is the same, byte for byte, for the same input, and can stand beside others in one page:
its ids are its own, it has no date, and its text is text, to be set in the font of the page.
"""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from pathlib import Path
from unicodedata import east_asian_width

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas
from matplotlib.ft2font import FT2Font

from reports.document.plots import Panel, Series

COLUMN, MEDIUM, PAGE = 85 / 25.4, 130 / 25.4, 175 / 25.4
"""Widths of a figure in inches: one column of a journal, one and a half, two."""

_SERIES = "series:"
_LEGEND = "legend:"
_FONT = "'DejaVu Sans'"

_PLAIN = 62  # hundredths of its size that a letter takes, amply

_STYLE = Path(__file__).with_name("report.mplstyle")


@dataclass(frozen=True)
class Drawn:
    """A finished figure.

    Attributes:
        svg: one `<svg>` element.
        panels: its axes that answer when pointed at.
        canvas: matplotlib's figure, for those who go on with it, where the module keeps it.
    """

    svg: str
    panels: tuple[Panel, ...] = ()
    canvas: Canvas | None = field(default=None, compare=False, repr=False)


class Drawing:
    """A figure being drawn; `svg` holds the result once the `with` block is left.

    Attributes:
        canvas: matplotlib's figure.
        svg: one `<svg>` element.
    """

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.svg = ""

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Axes at a place in inches from the lower left corner.

        Fixed places cost nothing; an automatic layout would draw the whole figure three times.
        """
        w, h = self.canvas.get_size_inches()
        return self.canvas.add_axes((left / w, bottom / h, width / w, height / h))

    def panel(self, axes: Axes, series: tuple[Series, ...], extra_label: str = "") -> Panel:
        """What a page needs to let axes, both linear, answer when pointed at.

        Args:
            axes: with their final limits and labels.
            series: their curves, in the coordinates of the axes.
            extra_label: of the third number of each vertex.
        """
        w, h = (72 * side for side in self.canvas.get_size_inches())  # SVG units are points
        box = axes.get_position()
        return Panel(
            left=round(box.x0 * w, 2),
            top=round((1 - box.y1) * h, 2),
            width=round(box.width * w, 2),
            height=round(box.height * h, 2),
            x_range=axes.get_xlim(),
            y_range=axes.get_ylim(),
            x_label=axes.get_xlabel(),
            y_label=axes.get_ylabel(),
            series=series,
            extra_label=extra_label,
        )


def belongs_to(key: str) -> str:
    """The `gid` of an artist that belongs to a series, whose key becomes `data-series`."""
    return f"{_SERIES}{key}"


def legend_of(width: float, height: float) -> str:
    """The `gid` of a legend, for a page that has its own: `data-legend` tells what is left without.

    Args:
        width, height: inches, from the upper left corner, that hold all but the legend.
    """
    return f"{_LEGEND}{72 * width:.1f} {72 * height:.1f}"


def page_width(needed: float) -> float:
    """The narrowest width of a journal that holds so many inches; more only where none does.

    >>> page_width(2.0) == COLUMN, page_width(8.0)
    (True, 8.0)
    """
    return min((width for width in (COLUMN, MEDIUM, PAGE) if width >= needed), default=needed)


@contextmanager
def drawing(name: str, width: float, height: float) -> Iterator[Drawing]:
    """A figure of a size in inches, in the report's style, without touching pyplot's state.

    Args:
        name: unique in the report; the ids in the SVG are derived from it.
        width, height: inches.
    """
    with mpl.rc_context({"svg.hashsalt": name}, fname=_STYLE), warnings.catch_warnings():
        # A class may be named in any script; its characters are text in the SVG, and only their
        # width is estimated here.
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .*missing from font")
        canvas = Canvas(figsize=(width, height))
        FigureCanvasSVG(canvas)
        result = Drawing(canvas)
        yield result
        out = io.StringIO()
        canvas.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
        result.svg = tidy(out.getvalue(), name)


def text_width(text: str, size: float) -> float:
    """About how wide a text is, in inches, at a size in points; never too little by much.

    >>> round(text_width("resnet18", 7.5), 2)
    0.52
    """
    return _hundredths(text) * size / 7200


def _hundredths(text: str) -> int:
    """About how wide a text is, in hundredths of its size."""
    return sum(map(_letter, text))


@cache
def _letter(letter: str) -> int:
    """As `_hundredths`; a letter that the font of the figures lacks may be another's, or a box."""
    if east_asian_width(letter) in "WF":
        return 110
    return _PLAIN if letter.isascii() or _font().get_char_index(ord(letter)) else 95


@cache
def _font() -> FT2Font:
    return FT2Font(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"))


def tidy(svg: str, name: str) -> str:
    """A matplotlib SVG as one element that can share a page with others.

    The prologue, comments and metadata go; ids that nothing refers to go, the others are made
    unique by the name; those of `belongs_to` become the attribute `data-series`, that of
    `legend_of` `data-legend`; coordinates are rounded, those of paths to a tenth of a point.
    """
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<defs>\s*<style[^>]*>.*?</style>\s*</defs>\s*", "", svg, flags=re.DOTALL)
    found = dict.fromkeys(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg))
    used = {old: f"{name}-{number}" for number, old in enumerate(found)}

    def own(match: re.Match[str]) -> str:
        if match[1].startswith(_SERIES):
            return f' data-series="{match[1].removeprefix(_SERIES)}"'
        if match[1].startswith(_LEGEND):
            return f' data-legend="{match[1].removeprefix(_LEGEND)}"'
        return f' id="{used[match[1]]}"' if match[1] in used else ""

    def pointer(match: re.Match[str]) -> str:
        return f"{match[1]}{used[match[2]]}"

    def tag(match: re.Match[str]) -> str:
        found = re.sub(r' d="([^"]*)"', _shortened, match[0])
        found = re.sub(r' transform="rotate\(-0 [^"]*\)"', "", found)
        found = re.sub(r' id="([^"]*)"', own, found)
        found = re.sub(r'(url\(#|href="#)([^)"]+)', pointer, found)
        return re.sub(r"-?\d+\.\d{3,}", _hundredth, found)

    # text between tags stays as it is; inside a tag, matplotlib escapes < and >
    svg = re.sub(r"<[^>]*>", tag, svg)
    svg = svg.replace(f"font-family: {_FONT}; ", "")
    # strokes are joined as matplotlib's own style sheet asks, without a rule for a whole page
    svg = svg.replace("<svg ", f'<svg stroke-linejoin="round" font-family="{_FONT}" ', 1)
    return _unwrapped(re.sub(r"\n\s*", "\n", svg)).strip() + "\n"


def _unwrapped(svg: str) -> str:
    """Without groups of a single element that say nothing of their own."""
    single = re.compile(
        r"<g>\n(<(?:path|use)\b[^<>]*/>|<text\b[^<>]*>[^<]*</text>"
        r"|<g [^<>]*>\n<(?:path|use)\b[^<>]*/>\n</g>)\n</g>"
    )
    before = ""
    while before != svg:
        before, svg = svg, single.sub(r"\1", svg)
    return svg


def _shortened(match: re.Match[str]) -> str:
    """A path to a tenth of a point, 0.04 mm, and without the blanks that it can do without."""
    path = re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.1f}", match[1])
    path = re.sub(r"\s*([MLHVCSQTAZz])\s*", r"\1", path.replace(".0", "").strip())
    return f' d="{path}"'


def _hundredth(match: re.Match[str]) -> str:
    return f"{float(match[0]):.2f}".rstrip("0").rstrip(".")


def short(text: str, length: int) -> str:
    """A name that fits into a figure; the whole of it stands in the tables.

    Its end stays, since names often differ there.

    Args:
        text: the name.
        length: how many Latin letters have room; fewer wide ones have.

    >>> short("squamous epithelium", 10)
    'squamo…ium'
    """
    if _hundredths(text) <= length * _PLAIN:
        return text
    tail = (length - 1) // 3
    ending = _beginning(text[::-1], tail)[::-1]
    return f"{_beginning(text, length - 1 - tail)}…{ending}"


def _beginning(text: str, length: int) -> str:
    """The first letters of a text, as many as have the room of so many Latin letters."""
    reach = accumulate(map(_letter, text))
    return text[: sum(end <= length * _PLAIN for end in reach)]
