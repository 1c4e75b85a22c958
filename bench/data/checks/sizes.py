"""How large the images are in their files, and whether they are enlarged."""

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset
from bench.protocol.cards import LONGER, SHORTER, CheckFinding
from bench.protocol.preprocessing import Resize

_NAMED = 3
"""So many different sizes are named one by one."""


def sizes(data: Dataset, resize: Resize = "letterbox") -> CheckFinding:
    """Sides of the images, as they are in their files.

    Args:
        data: the data set.
        resize: how its images reached their size.
    """
    h, w, c = data.image_shape
    kind = {1: "gray", 2: "gray with masks", 3: "RGB", 4: "RGB with masks"}[c]
    if data.files is None:
        return CheckFinding("sizes", "Sizes", "fine", f"All are {h}×{w} px, {kind}.")
    width, height = data.files.width, data.files.height
    formats, n = np.unique(data.files.formats, return_counts=True)
    names = " and ".join(f"{f.upper()} ({m:,})" for f, m in zip(formats, n, strict=True))
    shapes = np.unique(np.stack([width, height]), axis=1)
    values = {
        "least side": float(min(width.min(), height.min())),
        "largest side": float(max(width.max(), height.max())),
        SHORTER: float(np.median(np.minimum(width, height))),
        LONGER: float(np.median(np.maximum(width, height))),
        "different": float(shapes.shape[1]),
    }
    text = f"{_in_words(shapes)}, {names}, read as {h}×{w} px {kind}."
    scales = np.stack([h / height, w / width])
    scale = scales.min(axis=0) if resize == "letterbox" else scales.max(axis=0)
    larger = int(np.sum(scale > 1))
    if shapes.shape[1] == 1:  # then nothing about an image tells its class
        enlarged = " All are enlarged." if larger else ""
        return CheckFinding("sizes", "Sizes", "fine", f"{text}{enlarged}", values=values)
    if larger:
        return CheckFinding(
            "sizes",
            "Sizes",
            "note",
            f"{text} {larger:,} of them {'is' if larger == 1 else 'are'} enlarged.",
            "Take a smaller --size: enlarging adds nothing, and blur may tell classes apart.",
            values=values,
        )
    return CheckFinding("sizes", "Sizes", "fine", text, values=values)


def _in_words(shapes: NDArray[np.int32]) -> str:
    """What sizes there are.

    Args:
        shapes: `(2, n)` different widths and heights, in order.
    """
    n = shapes.shape[1]
    named = [f"{width}×{height}" for width, height in shapes[:, :_NAMED].T.tolist()]
    if n == 1:
        return f"All are {named[0]} px"
    if n <= _NAMED:
        return f"{n} different ones: {', '.join(named[:-1])} and {named[-1]} px"
    wide, high = (_range(sides) for sides in shapes)
    return f"{n:,} different ones, {wide} px wide and {high} px high"


def _range(sides: NDArray[np.int32]) -> str:
    least, most = int(sides.min()), int(sides.max())
    return f"{least}" if least == most else f"{least} to {most}"
