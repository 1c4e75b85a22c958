"""What a fitted method relies on and where it looks, as its hooks say, in the form that is stored.

See `MethodSpec.importance` and `MethodSpec.explain`.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.data.dataset import Split
from bench.protocol.errors import ContractError
from bench.protocol.predictions import Activations

MOST = 512
"""Test cases that a method is asked about."""

LARGEST = 32
"""Side of a stored map; larger ones are averaged down to it."""


Hook = Callable[[Any, Any, Any], Any]


def importance(hook: Hook, estimator: Any, val: Split) -> tuple[dict[str, float], str]:
    """Part of the description of an image → AUC lost on the validation cases without it.

    Returns:
        what is finite, and which parts are not, in words.

    Raises:
        Exception: what the hook raises.
    """
    told = hook(estimator, val.images, val.labels).items()
    found = {str(name): float(lost) for name, lost in told}
    odd = [name for name, lost in found.items() if not math.isfinite(lost)]
    finite = {name: lost for name, lost in found.items() if name not in odd}
    return finite, f"not finite for {', '.join(odd)}" if odd else ""


def activation_maps(
    hook: Hook,
    estimator: Any,
    test: Split,
    rows: NDArray[np.intp],
    probabilities: NDArray[np.float64],
    positive: int | None,
) -> Activations:
    """The maps of some test cases: of the positive of two classes, else of the class named.

    Args:
        hook: see `MethodSpec.explain`.
        estimator: fitted.
        test: the test part.
        rows: cases that the report has a picture of; `worth_seeing` of them are asked about.
        probabilities: `(n, k)` of all cases.
        positive: the positive of two classes, None for more.

    Raises:
        ContractError: if the maps have another form or are not finite.
        Exception: what the hook raises.
    """
    rows = worth_seeing(rows, test.labels, probabilities)
    named = probabilities[rows].argmax(axis=1).astype(np.int64)
    targets = named if positive is None else np.full(len(rows), positive, np.int64)
    maps = np.asarray(hook(estimator, test.images[rows], targets), dtype=np.float64)
    return Activations(test.case_ids[rows], targets, _quantised(maps, len(rows)))


def worth_seeing(
    rows: NDArray[np.intp], labels: NDArray[np.int64], probabilities: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Of these rows the `MOST` that a reader may ask about, ascending.

    Half are those whose class got the least probability, the other half the least certain of the
    rest, by the difference between the two most probable classes.
    """
    if len(rows) <= MOST:
        return rows
    given = probabilities[rows, labels[rows]]
    wrong = np.argsort(given, kind="stable")[: MOST // 2]
    highest = np.sort(probabilities[rows], axis=1)[:, -2:]
    certain = highest[:, -1] - highest[:, 0]
    certain[wrong] = np.inf
    unsure = np.argsort(certain, kind="stable")[: MOST - len(wrong)]
    return np.sort(rows[np.concatenate([wrong, unsure])])


def _quantised(maps: NDArray[np.float64], n: int) -> NDArray[np.uint8]:
    """`(n, gh, gw)` uint8, 255 at the maximum of each map.

    Raises:
        ContractError: if the maps have another form or are not finite.
    """
    if maps.ndim != 3 or len(maps) != n or 0 in maps.shape or not np.isfinite(maps).all():
        odd = "" if np.isfinite(maps).all() else ", not all finite"
        raise ContractError(f"explain gave maps of shape {maps.shape} for {n} images{odd}")
    height, width = maps.shape[1:]
    if max(height, width) > LARGEST:
        size = min(width, LARGEST), min(height, LARGEST)
        pictures = (Image.fromarray(one.astype(np.float32)) for one in maps)
        maps = np.array([picture.resize(size, Image.Resampling.BOX) for picture in pictures])
    maps = maps.clip(min=0)
    highest = maps.max(axis=(1, 2), keepdims=True)
    scaled: NDArray[np.uint8] = np.rint(255 * maps / np.where(highest > 0, highest, 1)).astype(
        np.uint8
    )
    return scaled
