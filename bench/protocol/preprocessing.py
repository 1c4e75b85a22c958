"""The names of what a study may have done to images before any method sees them."""

from collections.abc import Iterable
from typing import Literal, get_args

from bench.protocol.errors import StudyError, did_you_mean

Resize = Literal["letterbox", "squash", "crop"]
"""letterbox: scaled to fit, the rest black; squash: each side scaled on its own; crop: scaled to
cover, what juts out cut off evenly. The first and the last keep the aspect ratio."""

RESIZES: tuple[Resize, ...] = get_args(Resize)

STEPS = ("crop-to-mask", "gray", "denoise", "clahe")
"""Every step, in the order in which they are taken."""


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """The named steps, once each, in the order in which they are taken.

    Raises:
        StudyError: if a name is not that of a step.

    >>> in_order(["clahe", "gray"])
    ('gray', 'clahe')
    """
    wanted = set(names)
    for name in sorted(wanted, key=str):
        if name not in STEPS:
            raise StudyError(f"unknown preprocessing {name!r}. {did_you_mean(str(name), STEPS)}")
    return tuple(step for step in STEPS if step in wanted)
