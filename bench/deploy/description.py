"""Images → probabilities and, of the same pass, what the method sees of them; and plain statistics.

A pipeline is asked step by step, so that its features are computed once; a network that offers
`predict_and_describe` says what its last layer sees. Every other method is described by pixels.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Images = NDArray[np.uint8]

PLAIN = ("brightness", "contrast", "border")
"""Names of `plain_statistics`."""

_BORDER = 16  # the border is one part in so many of a side wide
_GRID = 8  # zones along each side where pixels describe an image


@dataclass(frozen=True, eq=False)
class Described:
    """What a method says of images.

    Attributes:
        raw: `(n, k')` probabilities as `predict_proba` gives them, bit for bit.
        features: `(n, d)`.
        families: name → columns of the features, {} where they have no names.
    """

    raw: FloatArray
    features: FloatArray
    families: dict[str, slice]


def describe(estimator: Any, images: Images) -> Described:
    """What a fitted estimator says of images `(n, h, w, c)`."""
    if hasattr(estimator, "predict_and_describe"):
        raw, seen = estimator.predict_and_describe(images)
        return Described(raw, np.asarray(seen, dtype=np.float64), {})
    steps = getattr(estimator, "steps", [])
    if len(steps) > 1 and hasattr(steps[0][1], "transform"):
        from sklearn.pipeline import Pipeline

        features = steps[0][1].transform(images)
        raw = Pipeline(steps[1:]).predict_proba(features)
        return Described(raw, np.asarray(features, dtype=np.float64), _families(steps[0][1]))
    return Described(estimator.predict_proba(images), _zones(images), {})


def _families(step: Any) -> dict[str, slice]:
    """Columns by family, of the first of several steps side by side."""
    for _, part in getattr(step, "transformer_list", [("", step)])[:1]:
        if hasattr(part, "columns"):
            return dict(part.columns())
    return {}


def _zones(images: Images) -> FloatArray:
    """Mean gray levels of a grid, `(n, zones)`."""
    gray = gray_levels(images)
    rows = np.array_split(np.arange(gray.shape[1]), _GRID)
    cols = np.array_split(np.arange(gray.shape[2]), _GRID)
    found = [gray[:, r][:, :, c].mean(axis=(1, 2)) for r in rows for c in cols]
    return np.stack(found, axis=1)


def gray_levels(images: Images) -> FloatArray:
    """Mean of the colours, `(n, h, w)`; a mask is no colour."""
    channels = images.shape[3]
    colours = images[..., : channels - (channels % 2 == 0)]
    return np.asarray(colours.mean(axis=3), dtype=np.float64)


def plain_statistics(images: Images) -> dict[str, FloatArray]:
    """What is watched of the images themselves, each `(n,)`: gray levels 0 to 255.

    Keys: "brightness" (mean), "contrast" (standard deviation), "border" (mean of the outer
    sixteenth of each side).
    """
    gray = gray_levels(images)
    h, w = gray.shape[1:]
    inside = np.zeros((h, w), dtype=bool)
    top, left = max(1, h // _BORDER), max(1, w // _BORDER)
    inside[top : h - top, left : w - left] = True
    return {
        "brightness": gray.mean(axis=(1, 2)),
        "contrast": gray.std(axis=(1, 2)),
        "border": gray[:, ~inside].mean(axis=1),
    }


def family_statistics(
    described: Described, mean: FloatArray, scale: FloatArray
) -> dict[str, FloatArray]:
    """Of each family the mean of |feature − mean| / scale, `(n,)`, each at most 12."""
    scores = np.clip(np.abs((described.features - mean) / scale), 0, 12)
    return {name: scores[:, own].mean(axis=1) for name, own in described.families.items()}


def left_out_statistics(
    described: Described, groups: NDArray[np.str_] | None
) -> dict[str, FloatArray]:
    """`family_statistics` of images that mean and scale are taken of.

    Each image is compared with the others, without those of its patient, as a new one will be: what
    had a part in a mean lies nearer to it.

    Args:
        described: the n images.
        groups: `(n,)` their patients; None where they are not known, and each stands alone.
    """
    n = len(described.features)
    owners = np.arange(n) if groups is None else np.unique(groups, return_inverse=True)[1]
    centre = described.features.mean(axis=0)
    values = described.features - centre
    size = np.bincount(owners)[:, None]
    total, squares = (_sums(v, owners, len(size)) for v in (values, values**2))
    others = np.maximum(n - size, 1)  # a patient who is alone has none
    mean = (total.sum(axis=0) - total) / others
    variance = (squares.sum(axis=0) - squares) / others - mean**2
    scale = np.sqrt(np.maximum(variance, 0))
    scale = np.where(scale > 1e-9 * (1 + np.abs(centre)), scale, 1.0)
    scores = np.clip(np.abs((values - mean[owners]) / scale[owners]), 0, 12)
    return {name: scores[:, own].mean(axis=1) for name, own in described.families.items()}


def _sums(values: FloatArray, owners: NDArray[np.int64], number: int) -> FloatArray:
    """`(number, d)` sums over the rows of each owner."""
    sums = np.zeros((number, values.shape[1]))
    np.add.at(sums, owners, values)
    return sums
