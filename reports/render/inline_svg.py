"""A drawing in the flow of a page: with the page's colours, and without what the page does itself.

A figure that answers when pointed at has a legend of buttons. The legend in its drawing is left
out, with the room that it took, and the buttons say what it said. Long lines are written in tenths
of a point, each vertex relative to the one before, which takes less than half the room; the files
beside the page keep hundredths.
"""

import html
import re

from markupsafe import Markup, escape

from reports.document.figures.palette import VARIABLES
from reports.document.plots import Figure

_TAG = re.compile(r"<[^>]*>")
_COLOUR = re.compile(r"#[0-9a-f]{6}(?=[;\"])")
_GROUP = re.compile(r"<(/?)g\b[^>]*>")
_LEGEND = re.compile(r'<g data-legend="(?P<width>[0-9.]+) (?P<height>[0-9.]+)">')
_ENTRY = re.compile(r'<g data-series="([^"]*)">\s*<text[^>]*>([^<]*)</text>')
_ID = re.compile(r'(?<= id=")[^"]*(?=")|(?<=url\(#)[^)]*(?=\))|(?<=href="#)[^"]*(?=")')
_PATH = re.compile(r'(?<= d=")[^"]*(?=")')
_STEP = re.compile(r"([A-Za-z])([^A-Za-z]*)")
_NEEDLESS = re.compile(
    r" transform=\"rotate\(-0 [^\"]*\"|font-family: '[^']*'; | fill-opacity: 1;|(?<=[:;]) "
)
_LONG = 8  # steps of a path that is worth the rounding; markers and bars have fewer
_SIZE = re.compile(
    r'width="[0-9.]+pt" height="[0-9.]+pt" viewBox="0 0 (?P<width>[0-9.]+) (?P<height>[0-9.]+)"'
)


def inline(figure: Figure, number: str) -> Markup:
    """The drawing with its alternative text, as wide as it was drawn.

    Args:
        figure: with panels if it answers when pointed at.
        number: of the figure, unique on the page; the ids of the drawing are made from it.
    """
    svg = figure.svg
    size = _SIZE.search(svg)
    legend = _legend(figure)
    if legend is not None:
        size = _LEGEND.match(legend)
        svg = svg.replace(legend, "", 1)
    if size is not None:
        frame = f'viewBox="0 0 {size["width"]} {size["height"]}" style="--width: {size["width"]}"'
        svg = _SIZE.sub(frame, svg, count=1)
    svg = _compact(svg, number)
    label = escape(figure.alternative)
    return Markup(svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1))


def legend_numbers(figure: Figure) -> dict[str, str]:
    """Key of a series → the number that stands before its name in the drawing's legend."""
    entries = _ENTRY.findall(_legend(figure) or "")
    numbers = {key: html.unescape(words).partition("  ") for key, words in entries}
    return {key: number for key, (number, gap, _) in numbers.items() if gap}


def _compact(svg: str, number: str) -> str:
    """Without groups that say nothing; only tags change, the text of a drawing is nobody's to."""
    kept: list[bool] = []
    ids: dict[str, str] = {}

    def own(match: re.Match[str]) -> str:
        return ids.setdefault(match[0], f"f{number}.{len(ids)}")

    def tag(match: re.Match[str]) -> str:
        if match[0] == "</g>":
            return "</g>" if kept.pop() else ""
        if match[0].startswith(("<g ", "<g>")):
            kept.append(match[0] != "<g>")
            if not kept[-1]:
                return ""
        return _ID.sub(own, _tag(match[0]))

    return re.sub(r"\n+", "\n", _TAG.sub(tag, svg))


def _tag(tag: str) -> str:
    return _COLOUR.sub(_variable, _NEEDLESS.sub("", _PATH.sub(_path, tag)))


def _path(path: re.Match[str]) -> str:
    """The path of a line, vertices as differences; any other as it is, in one line."""
    steps = _STEP.findall(path[0])
    if len(steps) < _LONG or any(letter not in "MLz" for letter, _ in steps):
        return " ".join(path[0].split())
    out, before = "", ""
    x = y = from_x = from_y = 0
    for letter, numbers in steps:
        if letter == "z":
            out, before, x, y = f"{out}z", "z", from_x, from_y
            continue
        to_x, to_y = (round(10 * float(number)) for number in numbers.split())
        step = letter.lower() if out else letter
        # a letter need not be said again
        out += ("" if step == before else step) + _tenths(to_x - x) + _tenths(to_y - y)
        before, x, y = step, to_x, to_y
        if letter == "M":
            from_x, from_y = x, y
    return re.sub("(?<=[A-Za-z]) ", "", out)


def _tenths(number: int) -> str:
    """A coordinate with what sets it apart from the one before.

    >>> _tenths(3), _tenths(-120)
    (' .3', '-12')
    """
    whole, tenth = divmod(abs(number), 10)
    digits = f"{whole or ''}{f'.{tenth}' if tenth else ''}" or "0"
    return f"{'-' if number < 0 else ' '}{digits}"


def _variable(colour: re.Match[str]) -> str:
    name = VARIABLES.get(colour[0])
    return f"var(--{name})" if name else colour[0]


def _legend(figure: Figure) -> str | None:
    """The group of the legend in the drawing of a figure that the page makes a legend for."""
    start = _LEGEND.search(figure.svg) if figure.panels else None
    if start is None:
        return None
    depth = 0
    for tag in _GROUP.finditer(figure.svg, start.start()):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return figure.svg[start.start() : tag.end()]
    return None
