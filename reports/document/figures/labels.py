"""Where the names of points go so that they cover neither each other nor a point."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Label:
    """A place for a name.

    Attributes:
        x, y: offset from its point, in points of length.
        align: "left" where the text begins there, "right" where it ends there, or "center".
    """

    x: float
    y: float
    align: Literal["left", "right", "center"]


Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""


def place(
    points: Sequence[tuple[float, float]],
    widths: Sequence[float],
    height: float,
    room: Box,
    radius: float = 4.0,
    obstacles: Sequence[Box] = (),
) -> tuple[Label | None, ...]:
    """A place for the label of every point, greedily, in the order given.

    Args:
        points: positions.
        widths: of each label.
        height: of a label.
        room: left, bottom, right and top of where labels may lie.
        radius: of a point.
        obstacles: what else must not be covered.

    Returns:
        One label per point, None where no free place is left. All lengths are in one unit.

    >>> place([(10, 10)], [20], 8, (0, 0, 100, 100))[0].align
    'left'
    """
    taken: list[Box] = [(x - radius, y - radius, x + radius, y + radius) for x, y in points]
    taken += obstacles
    places: list[Label | None] = []
    for (x, y), width in zip(points, widths, strict=True):
        own = (x - radius, y - radius, x + radius, y + radius)
        found = None
        for label in _options(height, radius):
            left = x + label.x - {"left": 0.0, "center": width / 2, "right": width}[label.align]
            bottom = y + label.y - height / 2
            box = (left, bottom, left + width, bottom + height)
            inside = (
                room[0] <= box[0] and room[1] <= box[1] and box[2] <= room[2] and box[3] <= room[3]
            )
            if inside and not any(_overlap(box, other) for other in taken if other != own):
                found = label
                taken.append(box)
                break
        places.append(found)
    return tuple(places)


def _options(height: float, radius: float) -> tuple[Label, ...]:
    side = radius + 2
    up = radius + height / 2 + 1
    return (
        Label(side, 0, "left"),
        Label(-side, 0, "right"),
        Label(0, up, "center"),
        Label(0, -up, "center"),
        Label(side, up * 0.8, "left"),
        Label(side, -up * 0.8, "left"),
        Label(-side, up * 0.8, "right"),
        Label(-side, -up * 0.8, "right"),
    )


def _inside(box: Box, room: Box) -> bool:
    return room[0] <= box[0] and room[1] <= box[1] and box[2] <= room[2] and box[3] <= room[3]


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
