"""Which fonts set a document on paper, and what stands for a letter that none of them has.

Typst's own fonts and matplotlib's set nearly every document, so that it has the same bytes on
every machine. Only where they lack a letter, fonts of the system are asked for it. Every letter is
given a font here, for matplotlib has a font of boxes for all letters, with which one letter that is
left to Typst would box the whole label of a drawing.
"""

import dataclasses
import html
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unicodedata import category

import typst
from matplotlib.ft2font import FT2Font

from reports.document.plots import Figure

BOX = "□"
"""What stands on paper for a letter that no font has."""

_FIRST = "DejaVu Sans"  # of every drawing, and the second of a page
_UNICODE = re.compile(r"DejaVu|STIXGeneral$|STIX$")  # the others number glyphs in their own way
_BOXES = re.compile(r"last\s*resort", re.IGNORECASE)
_BREAKS = frozenset("\n\r\t")


@dataclass(frozen=True)
class Face:
    """One font file.

    Attributes:
        family, weight: what Typst calls it.
        path: the file.
    """

    family: str
    weight: int
    path: str

    def has(self, letter: str) -> bool:
        """Whether it has a glyph for a letter."""
        font = _opened(self.path)
        return font is not None and bool(font.get_char_index(ord(letter)))

    def width(self, text: str, size: float) -> float:
        """How far a text reaches at a size, in the unit of the size."""
        font = _opened(self.path)
        reach = 0.0
        for letter in text:
            if font is not None and self.has(letter):
                reach += font.load_char(ord(letter)).linearHoriAdvance / 65536 / _UNITS
        return float(reach * size)


@dataclass(frozen=True)
class Lettering:
    """What sets the text of a document.

    Attributes:
        faces: upright faces, the preferred first; those after matplotlib's are the system's.
        further: families of the system that are needed.
        absent: letters that no font has.
    """

    faces: tuple[Face, ...]
    further: tuple[str, ...] = ()
    absent: frozenset[str] = frozenset()

    @property
    def fonts(self) -> typst.Fonts:
        """For Typst: its own and matplotlib's, and the system's where they are needed."""
        return _fonts(system=bool(self.further))

    def plain(self, text: str) -> str:
        """A text with what stands for absent letters."""
        if not self.absent or text.isascii():
            return text
        return "".join(instead(letter) if letter in self.absent else letter for letter in text)

    def written(self, value: Any) -> Any:
        """JSON-able data with boxes for absent letters."""
        if not self.absent:
            return value
        if isinstance(value, str):
            return self.plain(value)
        if isinstance(value, list):
            return [self.written(item) for item in value]
        if isinstance(value, dict):
            return {key: self.written(item) for key, item in value.items()}
        return value

    def drawing(self, svg: str) -> str:
        """An SVG whose labels name the font of every piece.

        Left to itself, the renderer sets a whole label in the first font that has the letter it
        lacked, or leaves the letter out, which PDF/UA forbids.
        """
        return svg if svg.isascii() else re.sub(r"<text ([^>]*)>([^<]*)</text>", self._label, svg)

    def _label(self, label: re.Match[str]) -> str:
        attributes, text = label[1], self.plain(html.unescape(label[2]))
        weight = int(_found(r"font-weight: (\d+)", attributes, 400))
        pieces = self._pieces(text, weight)
        if all(face.family == _FIRST and face.weight == weight for face, _ in pieces):
            changed = text != html.unescape(label[2])
            return f"<text {attributes}>{html.escape(text)}</text>" if changed else label[0]
        size = _found(r"font-size: ([\d.]+)", attributes, 7.5)
        widths = [face.width(piece, size) for face, piece in pieces]
        anchor = re.search(r"text-anchor: (\w+)", attributes)
        before = {"middle": 0.5, "end": 1.0}.get(anchor[1] if anchor else "", 0.0)
        x = _found(r'\bx="([-\d.]+)"', attributes, 0.0) - before * sum(widths)
        y = _found(r'\by="([-\d.]+)"', attributes, 0.0)
        attributes = re.sub(r"text-anchor: \w+", "text-anchor: start", attributes)
        shown = ""
        for (face, piece), width in zip(pieces, widths, strict=True):
            font = f'font-family="\'{face.family}\'" style="font-weight: {face.weight}"'
            shown += f'<tspan {font} x="{x:.2f}" y="{y:.2f}">{html.escape(piece)}</tspan>'
            x += width
        return f"<text {attributes}>{shown}</text>"

    def _pieces(self, text: str, weight: int) -> list[tuple[Face, str]]:
        """A text cut where its font changes."""
        faces = sorted(self.faces, key=lambda face: abs(face.weight - weight))
        order = {family: n for n, family in enumerate(dict.fromkeys(f.family for f in self.faces))}
        faces.sort(key=lambda face: order[face.family])
        pieces: list[tuple[Face, str]] = []
        for letter in text:
            last = pieces[-1][0] if pieces else faces[0]
            # a mark or a space stays with what it follows
            follows = letter.isspace() or category(letter)[0] in "MC"
            stays = follows and last.has(letter)
            face = last if stays else next((f for f in faces if f.has(letter)), last)
            if pieces and face == last:
                pieces[-1] = (face, pieces[-1][1] + letter)
            else:
                pieces.append((face, letter))
        return pieces


def lettering(strings: Iterable[str]) -> Lettering:
    """What sets some texts."""
    letters = {letter for text in strings if not text.isascii() for letter in text}
    own = _shipped_faces()
    lacking = {c for c in letters - _BREAKS if not any(face.has(c) for face in own)}
    faces, absent = _of_the_system(frozenset(lacking)) if lacking else ((), frozenset())
    return Lettering((*own, *faces), tuple(dict.fromkeys(f.family for f in faces)), absent)


def strings(value: object) -> Iterator[str]:
    """All text of a document, or of a part of it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Figure):
        yield from (value.caption, value.svg)
    elif isinstance(value, tuple):
        for item in value:
            yield from strings(item)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for each in dataclasses.fields(value):
            yield from strings(getattr(value, each.name))


def instead(letter: str) -> str:
    """What stands on paper for a letter that no font has: a space for one, nothing for a sign
    that only steers others, else a box."""
    if letter.isspace():
        return " "
    selects = "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"
    return "" if selects or category(letter) in {"Cc", "Cf"} else BOX


def _found(pattern: str, text: str, otherwise: float) -> float:
    match = re.search(pattern, text)
    return float(match[1]) if match else otherwise


_UNITS = 1000


@cache
def _opened(path: str) -> FT2Font | None:
    """A font file at a size of `_UNITS`; None if it cannot be read."""
    try:
        font = FT2Font(path)
        font.set_size(_UNITS, 72)
    except (OSError, RuntimeError):
        return None
    return font


def _fonts(*, system: bool) -> typst.Fonts:
    """Typst's own fonts and matplotlib's, which has the signs that the former lack."""
    spec = find_spec("matplotlib")
    places = [] if spec is None else list(spec.submodule_search_locations or ())
    return typst.Fonts(
        include_system_fonts=system,
        include_embedded_fonts=True,
        font_paths=[str(Path(place) / "mpl-data" / "fonts" / "ttf") for place in places],
    )


@cache
def _shipped_faces() -> tuple[Face, ...]:
    faces = (face for face in _upright(_fonts(system=False)) if _UNICODE.match(face.family))
    return tuple(sorted(faces, key=lambda f: (f.family != _FIRST, f.family, f.weight)))


def _of_system_alone() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=False, font_paths=[])


def _upright(fonts: typst.Fonts) -> list[Face]:
    return [
        Face(font.family, font.weight, font.path)
        for font in fonts.fonts()
        if font.path and font.style == "normal" and font.stretch == 1.0
    ]


@cache
def _of_the_system(lacking: frozenset[str]) -> tuple[tuple[Face, ...], frozenset[str]]:
    """Faces of the system for some letters, family by family, and the letters that none has.

    A family that has most of what is still lacking comes next; one that Typst cannot set is
    passed over.
    """
    families: dict[str, list[Face]] = {}
    for face in _upright(_of_system_alone()):
        if not _BOXES.search(face.family):
            families.setdefault(face.family, []).append(face)
    has = {
        family: {letter for letter in lacking if all(face.has(letter) for face in faces)}
        for family, faces in families.items()
    }
    chosen: list[Face] = []
    rest = set(lacking)
    while rest:
        most = Counter({family: len(found & rest) for family, found in has.items()})
        family = min(most, key=lambda name: (-most[name], name), default="")
        if not most[family]:
            break
        found = has.pop(family)
        if _can_be_set(families[family], found):
            chosen += families[family]
            rest -= found
    return tuple(chosen), frozenset(rest)


_TRIAL = """
#set document(title: "Letters")
#image("letters.svg", alt: "Letters")
"""


def _can_be_set(faces: list[Face], letters: set[str]) -> bool:
    """Whether Typst makes a valid PDF of letters in faces of one family."""
    text = html.escape("".join(sorted(letters)))
    labels = "".join(
        f'<text font-family="\'{face.family}\'" font-weight="{face.weight}">{text}</text>'
        for face in faces
    )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{labels}</svg>'
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "letters.svg").write_text(svg, encoding="utf-8")
        main = Path(name) / "letters.typ"
        main.write_text(_TRIAL, encoding="utf-8")
        try:
            typst.compile(
                str(main),
                root=name,
                format="pdf",
                font_paths=_of_system_alone(),
                pdf_standards="ua-1",
            )
        except typst.TypstError:
            return False
    return True
