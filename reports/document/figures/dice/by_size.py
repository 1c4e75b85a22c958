"""Dice of the best two models against the size of what is to be found."""

from collections.abc import Sequence

import numpy as np

from reports.document.figures.drawing import PAGE, drawing
from reports.document.figures.palette import ACCENTS
from reports.evidence import SIDES
from reports.evidence.segmentation import SegmentedCase, SizeGroup
from reports.formatting import percent

MOST = 300
"""Cases that are drawn: of more every so-manieth, in the order of size."""


def dice_by_size(
    name: str, cases: Sequence[SegmentedCase], groups: Sequence[SizeGroup]
) -> str | None:
    """A mark for each case and side, logarithmic in size; lines are means of size groups.

    Returns:
        The SVG, or None where nothing is to be found in any case.
    """
    some = sorted((case for case in cases if case.area > 0), key=lambda c: (c.area, c.case_id))
    if not some:
        return None
    shown = some
    if len(some) > MOST:
        shown = [some[i] for i in np.linspace(0, len(some) - 1, MOST).round().astype(int)]
    with drawing(name, PAGE, 2.8) as plot:
        axes = plot.axes(0.5, 0.45, PAGE - 0.6, 2.2)
        axes.set_xscale("log")
        for side in SIDES:
            accent = ACCENTS[side]
            axes.plot(
                [case.area for case in shown],
                [getattr(case, side) for case in shown],
                marker=accent.marker,
                markersize=2.6,
                markeredgewidth=0,
                color=accent.colour,
                alpha=0.5,
                linestyle="none",
            )
            for group in groups:
                axes.plot(
                    [group.low, max(group.high, group.low * 1.02)],
                    [getattr(group, side)] * 2,
                    color=accent.colour,
                    linewidth=1.8,
                    dashes=accent.dashes or (1, 0),
                )
        axes.set_xlim(some[0].area / 1.2, min(1.2, some[-1].area * 1.2))
        axes.set_ylim(-0.02, 1.02)
        axes.set_xticks(_ticks(some[0].area / 1.2, some[-1].area * 1.2))
        axes.xaxis.set_major_formatter(lambda value, _: percent(value))
        axes.minorticks_off()
        axes.grid(True, axis="y")
        axes.set_xlabel("Share of the image that is to be found")
        axes.set_ylabel("Dice of a test case")
    return plot.svg


def _ticks(first: float, last: float) -> list[float]:
    """Round shares between two others; the ends where there is no round one."""
    round_ones = [m * 10.0**e for e in range(-6, 1) for m in (1, 2, 5)]
    inside = [share for share in round_ones if first <= share <= last]
    return inside or [first, last]
