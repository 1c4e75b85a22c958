"""ROC paths for display: exact, averaged over seeds and classes, thinned. Never for inference."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

VERTICES = 300


class Path(NamedTuple):
    """A curve from (0, 0) to (1, 1): `(v,)` false positive rates and sensitivities."""

    fpr: FloatArray
    tpr: FloatArray


class Band(NamedTuple):
    """A mean curve with the lowest and highest sensitivity of its members, all `(v,)`."""

    fpr: FloatArray
    tpr: FloatArray
    low: FloatArray
    high: FloatArray


def roc_path(is_positive: NDArray[np.bool_], score: FloatArray) -> Path:
    """The empirical curve; cases with the same score share a slanted step.

    Args:
        is_positive: `(n,)` truth, both classes present.
        score: `(n,)`.
    """
    order = np.argsort(-score, kind="stable")
    last = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    tp = np.cumsum(is_positive[order])[last]
    fp = last + 1 - tp
    return _corners(
        Path(np.append(0.0, fp / fp[-1]), np.append(0.0, tp / tp[-1])),
    )


def vertical_mean(paths: list[Path]) -> Band:
    """Mean sensitivity at every false positive rate where any of the curves has a vertex.

    Its area is the mean of the areas. Upright steps stay upright: a rate at which a curve jumps
    has two vertices, before and after.

    Args:
        paths: at least one.
    """
    if len(paths) == 1:
        return Band(*paths[0], paths[0].tpr, paths[0].tpr)
    grid = np.unique(np.concatenate([path.fpr for path in paths]))
    both = np.stack([_limits(path, grid) for path in paths])  # (p, g, 2)
    each = both.reshape(len(paths), -1)
    return Band(np.repeat(grid, 2), each.mean(axis=0), each.min(axis=0), each.max(axis=0))


def thinned(band: Band, vertices: int = VERTICES) -> Band:
    """The same curve with at most about so many vertices, evenly along it.

    Steps along the curve are measured as |Δfpr| + |Δtpr|, so no point of the full curve is further
    than 2 / vertices from the thinned one.
    """
    if len(band.fpr) <= vertices:
        return band
    along = band.fpr + band.tpr
    keep = np.unique(np.searchsorted(along, np.linspace(0, along[-1], vertices)))
    keep = np.unique(np.concatenate([[0], np.minimum(keep, len(along) - 1), [len(along) - 1]]))
    return Band(*(values[keep] for values in band))


def _corners(path: Path) -> Path:
    """Without the vertices that lie on a straight, level or upright stretch."""
    fpr, tpr = path
    if len(fpr) < 3:
        return path
    level = (tpr[1:-1] == tpr[:-2]) & (tpr[1:-1] == tpr[2:])
    upright = (fpr[1:-1] == fpr[:-2]) & (fpr[1:-1] == fpr[2:])
    keep = np.concatenate([[True], ~(level | upright), [True]])
    return Path(fpr[keep], tpr[keep])


def _limits(path: Path, grid: FloatArray) -> FloatArray:
    """`(g, 2)` sensitivity just before and just after each rate of the grid."""
    fpr, tpr = path
    after = np.searchsorted(fpr, grid, side="right") - 1
    before = np.searchsorted(fpr, grid, side="left")
    on = fpr[before] == grid
    left = np.maximum(before - 1, 0)
    width = np.where(on, 1.0, fpr[before] - fpr[left])
    between = tpr[left] + (tpr[before] - tpr[left]) * (grid - fpr[left]) / width
    return np.stack([np.where(on, tpr[before], between), np.where(on, tpr[after], between)], axis=1)
