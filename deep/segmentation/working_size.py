"""The size at which a network sees images: as small as what is to be found allows."""

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from deep.training.recipe import check_choice

LEAST_SIDE = 128
"""Longer side below which images are not scaled down, px."""

WANTED_WIDTH = 16.0
"""How wide the structures of the narrowest class should be left, px."""

_SAMPLE = 64  # images whose classes are measured


def working_shape(
    targets: NDArray[np.uint8], wanted: int | Literal["auto", "native"]
) -> tuple[int, int]:
    """Height and width of images as a network sees them.

    "auto" scales down until the narrowest class is `WANTED_WIDTH` px wide, but not below
    `LEAST_SIDE`: a lesion is found at 128 px, a vessel of 3 px only where nothing is scaled.

    Args:
        targets: `(n, h, w)` classes of pixels of the training images.
        wanted: "auto", "native" for images as they are, or the longer side in px.

    Raises:
        ValueError: if it is none of these.
    """
    height, width = targets.shape[1:]
    longer = max(height, width)
    if isinstance(wanted, str):
        check_choice("input_size", wanted, ("auto", "native"))
        side = longer if wanted == "native" else _automatic_side(targets)
    elif wanted < 8:
        raise ValueError(f"input_size must be at least 8 px, not {wanted}")
    else:
        side = wanted
    return max(1, round(height * side / longer)), max(1, round(width * side / longer))


def _automatic_side(targets: NDArray[np.uint8]) -> int:
    longer = int(max(targets.shape[1:]))
    narrowest = class_width(targets)
    if narrowest is None or longer <= LEAST_SIDE:
        return longer
    side = math.ceil(longer * WANTED_WIDTH / narrowest / 32) * 32
    return min(longer, max(LEAST_SIDE, side))


def class_width(targets: NDArray[np.uint8]) -> float | None:
    """Mean width of the structures of the narrowest class but the background, px.

    Four times the mean distance of a class's pixels from its border, which is the width of a band
    and two thirds of a disc's diameter.

    Args:
        targets: `(n, h, w)`, of which at most 64 are measured.

    Returns:
        None where all is background.
    """
    from scipy import ndimage

    rows = np.unique(np.linspace(0, len(targets) - 1, _SAMPLE).astype(np.intp))
    sample = targets[rows]
    widths = []
    for label in range(1, int(sample.max(initial=0)) + 1):
        distances = [
            ndimage.distance_transform_edt(inside)[inside]
            for inside in np.pad(sample == label, ((0, 0), (1, 1), (1, 1)))
            if inside.any()
        ]
        if distances:
            # a pixel at the border is half a pixel inside
            widths.append(4 * float(np.mean(np.concatenate(distances) - 0.5)))
    return max(1.0, min(widths)) if widths else None
