"""Where a fitted method looks, as its `build.explain` says, in the form that is stored.

`explain(estimator, images, targets)` is given test images `(n, h, w, c)` uint8 and the class
`(n,)` int64 that each is to be explained for, and returns a map per image, `(n, gh, gw)`, whose
values are 0 where nothing speaks for that class and higher where more does.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.data.dataset import Split
from bench.protocol.predictions import Activations

MOST = 512
"""Test cases that a method is asked about."""

LARGEST = 32
"""Side of a stored map; larger ones are averaged down to it."""


def activation_maps(
    build: Any,
    estimator: Any,
    test: Split,
    probabilities: NDArray[np.float64],
    positive: int | None,
    pictured: tuple[str, ...],
) -> Activations | None:
    """The maps of some test cases: of the positive of two classes, else of the class named.

    Args:
        build: of the method.
        estimator: what it built, fitted.
        test: the test part.
        probabilities: `(n, k)` of its cases.
        positive: the positive of two classes, None for more.
        pictured: ids of the cases that the report has a picture of.

    Returns:
        None where the method says nothing, or nothing that can be used: it is not failed for that.
    """
    explain = getattr(build, "explain", None)
    if explain is None or not pictured:
        return None
    try:
        rows = worth_seeing(
            np.flatnonzero(np.isin(test.case_ids, pictured)), test.labels, probabilities
        )
        named = probabilities[rows].argmax(axis=1).astype(np.int64)
        targets = named if positive is None else np.full(len(rows), positive, np.int64)
        maps = np.asarray(explain(estimator, test.images[rows], targets), dtype=np.float64)
        return Activations(test.case_ids[rows], targets, _quantised(maps, len(rows)))
    except Exception:
        return None


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
        ValueError: if the maps have another form or are not finite.
    """
    if maps.ndim != 3 or len(maps) != n or 0 in maps.shape or not np.isfinite(maps).all():
        raise ValueError(f"maps of shape {maps.shape} for {n} images")
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
