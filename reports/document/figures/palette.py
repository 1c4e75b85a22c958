"""Colours, lines and markers. Colour never stands alone: each family has a line and a marker too.

The family colours are those of Okabe and Ito (2008), which remain distinct with any of the common
colour vision deficiencies. `VARIABLES` names what each stands for, so that a page can replace them
in a drawing by its own, for example in the dark.
"""

from dataclasses import dataclass

from bench.protocol.cards import Family

INK = "#1d1f21"
MUTED = "#5f6469"
GRID = "#e3e5e8"
BAND = "#eef0f2"
IDEAL = "#8a5a83"


@dataclass(frozen=True)
class Accent:
    """How a family is drawn.

    Attributes:
        colour: as `#rrggbb`, lower case.
        dashes: on and off lengths in points, or () for a solid line.
        marker: matplotlib's name of the marker.
        sign: a character like the marker, for text.
    """

    colour: str
    dashes: tuple[float, ...]
    marker: str
    sign: str


ACCENTS: dict[Family, Accent] = {
    "deep": Accent("#0072b2", (), "o", "●"),
    "classical": Accent("#d55e00", (5.0, 1.8), "s", "■"),
    "hybrid": Accent("#009e73", (5.0, 1.6, 1.2, 1.6), "D", "◆"),
    "control": Accent("#7a7f85", (1.2, 1.6), "^", "▲"),
}

VARIABLES: dict[str, str] = {
    INK: "ink",
    MUTED: "muted",
    GRID: "grid",
    BAND: "band",
    IDEAL: "ideal",
    "#ffffff": "paper",
    **{accent.colour: family for family, accent in ACCENTS.items()},
}
"""Colour → the name of the CSS variable that replaces it on a page."""
