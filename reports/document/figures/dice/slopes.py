"""The best two models on every test case: a line from the Dice of one to that of the other."""

from collections.abc import Sequence

import numpy as np

from reports.document.figures.drawing import MEDIUM, drawing
from reports.document.figures.palette import ACCENTS, INK, MUTED
from reports.evidence import SIDES
from reports.evidence.segmentation import SegmentedCase
from reports.formatting import count

MOST = 150
"""Lines that are drawn: of more cases every so-manieth, in the order of their difference."""

_BOX = 0.09  # half width of a box, of the distance between the two


def drawn(cases: Sequence[SegmentedCase]) -> list[SegmentedCase]:
    """The cases that are drawn, from the one on which classical is furthest ahead."""
    ordered = sorted(cases, key=lambda case: (case.deep - case.classical, case.case_id))
    if len(ordered) <= MOST:
        return ordered
    return [ordered[i] for i in np.linspace(0, len(ordered) - 1, MOST).round().astype(int)]


def thinned(cases: Sequence[SegmentedCase]) -> str:
    """A sentence for the caption where not all cases are drawn, with a space before it; else ""."""
    if len(cases) <= MOST:
        return ""
    return (
        f" Of the {count(len(cases))} cases {MOST} are drawn, evenly in the order of their "
        "difference; the boxes are of all."
    )


def dice_slopes(name: str, deep: str, classical: str, cases: Sequence[SegmentedCase]) -> str:
    """Classical on the left, deep on the right, each with its box; colour says who is ahead.

    Args:
        name: of the figure.
        deep, classical: names of the best two.
        cases: at least one.

    Returns:
        The SVG.
    """
    with drawing(name, MEDIUM, 3.2) as plot:
        axes = plot.axes(0.5, 0.4, MEDIUM - 0.6, 2.7)
        for case in drawn(cases):
            gain = case.deep - case.classical
            accent = ACCENTS["deep" if gain > 0 else "classical"]
            axes.plot(
                [0.0, 1.0],
                [case.classical, case.deep],
                color=MUTED if gain == 0 else accent.colour,
                linestyle="-" if gain >= 0 else (0, (4, 1.5)),
                linewidth=0.5,
                alpha=0.55,
            )
        for place, side in ((1.0 + 2 * _BOX, SIDES[0]), (-2 * _BOX, SIDES[1])):
            values = [getattr(case, side) for case in cases]
            low, q25, median, q75, high = np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95))
            colour = ACCENTS[side].colour
            axes.plot([place, place], [low, high], color=colour, linewidth=0.9)
            axes.bar(place, q75 - q25, bottom=q25, width=1.6 * _BOX, color=colour, alpha=0.28)
            ends = [place - 0.8 * _BOX, place + 0.8 * _BOX]
            axes.plot(ends, [median, median], color=INK, linewidth=1.3)
        axes.set_xlim(-0.45, 1.45)
        axes.set_ylim(-0.02, 1.02)
        axes.set_xticks([0.0, 1.0], [f"classical: {classical}", f"deep: {deep}"])
        axes.tick_params(axis="x", length=0)
        axes.grid(True, axis="y")
        axes.set_ylabel("Dice of a test case")
    return plot.svg
