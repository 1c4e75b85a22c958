"""A figure from the first stroke to its SVG text.

The SVG is the same, byte for byte, for the same input, and can stand beside others in one page:
its ids are its own, it has no date, and its text is text, to be set in the font of the page.
"""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unicodedata import east_asian_width

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas

_STYLE = Path(__file__).with_name("report.mplstyle")


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
    letters = sum(1.1 if east_asian_width(letter) in "WF" else 0.62 for letter in text)
    return letters * size / 72


def tidy(svg: str, name: str) -> str:
    """A matplotlib SVG as one element that can share a page with others.

    The prologue, comments and metadata go; ids that nothing refers to go, the others are made
    unique by the name; coordinates are rounded to a hundredth of a point.
    """
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<defs>\s*<style[^>]*>.*?</style>\s*</defs>\s*", "", svg, flags=re.DOTALL)
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg))

    def own(match: re.Match[str]) -> str:
        return f' id="{name}-{match[1]}"' if match[1] in used else ""

    def tag(match: re.Match[str]) -> str:
        found = re.sub(r' id="([^"]*)"', own, match[0])
        found = re.sub(r'(url\(#|href="#)', rf"\g<1>{name}-", found)
        return re.sub(r"-?\d+\.\d{3,}", _hundredth, found)

    # text between tags stays as it is; inside a tag, matplotlib escapes < and >
    svg = re.sub(r"<[^>]*>", tag, svg)
    # strokes are joined as matplotlib's own style sheet asks, without a rule for a whole page
    svg = svg.replace("<svg ", '<svg stroke-linejoin="round" ', 1)
    return re.sub(r"\n\s*", "\n", svg).strip() + "\n"


def _hundredth(match: re.Match[str]) -> str:
    return f"{float(match[0]):.2f}".rstrip("0").rstrip(".")


def short(text: str, length: int) -> str:
    """A name that fits into a figure; the whole of it stands in the tables.

    >>> short("squamous epithelium", 10)
    'squamous …'
    """
    return text if len(text) <= length else text[: length - 1] + "…"
