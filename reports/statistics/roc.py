"""ROC paths for display: exact, averaged over seeds and classes, thinned. Never for inference."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.statistics.curves import Curves, curves

FloatArray = NDArray[np.float64]

VERTICES = 300


class Path(NamedTuple):
    """A curve from (0, 0) to (1, 1).

    Attributes:
        fpr, tpr: `(v,)` false positive rates and sensitivities.
        thresholds: `(v,)` a case at or above is called positive; at (0, 0) the smallest number that
            no score reaches. None where the curve is a mean over classes.
    """

    fpr: FloatArray
    tpr: FloatArray
    thresholds: FloatArray | None = None


def roc_path(is_positive: NDArray[np.bool_], score: FloatArray) -> Path:
    """The empirical curve; cases with the same score share a slanted step.

    Args:
        is_positive: `(n,)` truth, both classes present.
        score: `(n,)`.

    Raises:
        ValueError: if a class is absent or a score is not finite.
    """
    return path_of(curves(is_positive, score))


def path_of(found: Curves) -> Path:
    """The first of some curves as a path, without the vertices that add nothing to it."""
    beyond = np.nextafter(found.thresholds[0], np.inf)
    return _corners(Path(found.fpr[0], found.tpr[0], np.append(beyond, found.thresholds)))


def vertical_mean(paths: list[Path]) -> Path:
    """Mean sensitivity at every false positive rate where any of the curves has a vertex.

    Its area is the mean of the areas. Upright steps stay upright: a rate at which a curve jumps
    has two vertices, before and after. Thresholds are the means of those at which each curve has
    that rate.

    Args:
        paths: at least one.
    """
    if len(paths) == 1:
        return paths[0]
    grid = np.unique(np.concatenate([path.fpr for path in paths]))
    tpr = np.mean([_limits(path.fpr, path.tpr, grid) for path in paths], axis=0)
    known = [(path.fpr, path.thresholds) for path in paths if path.thresholds is not None]
    thresholds = None
    if len(known) == len(paths):
        each = [_limits(fpr, own, grid) for fpr, own in known]
        thresholds = np.mean(each, axis=0).ravel()
    return Path(np.repeat(grid, 2), tpr.ravel(), thresholds)


def thinned(path: Path, vertices: int = VERTICES) -> Path:
    """The same curve with at most about so many vertices, evenly along it.

    Steps along the curve are measured as |Δfpr| + |Δtpr|, so no point of the full curve is further
    than 2 / vertices from the thinned one.
    """
    if len(path.fpr) <= vertices:
        return path
    along = path.fpr + path.tpr
    keep = np.unique(np.searchsorted(along, np.linspace(0, along[-1], vertices)))
    keep = np.unique(np.concatenate([[0], np.minimum(keep, len(along) - 1), [len(along) - 1]]))
    return _kept(path, keep)


def _kept(path: Path, keep: NDArray[np.intp] | NDArray[np.bool_]) -> Path:
    thresholds = None if path.thresholds is None else path.thresholds[keep]
    return Path(path.fpr[keep], path.tpr[keep], thresholds)


def _corners(path: Path) -> Path:
    """Without the vertices that lie on a level or upright stretch."""
    fpr, tpr, _ = path
    if len(fpr) < 3:
        return path
    level = (tpr[1:-1] == tpr[:-2]) & (tpr[1:-1] == tpr[2:])
    upright = (fpr[1:-1] == fpr[:-2]) & (fpr[1:-1] == fpr[2:])
    return _kept(path, np.concatenate([[True], ~(level | upright), [True]]))


def _limits(fpr: FloatArray, values: FloatArray, grid: FloatArray) -> FloatArray:
    """`(g, 2)` what belongs to a curve just before and just after each rate of the grid."""
    after = np.searchsorted(fpr, grid, side="right") - 1
    before = np.searchsorted(fpr, grid, side="left")
    on = fpr[before] == grid
    left = np.maximum(before - 1, 0)
    width = np.where(on, 1.0, fpr[before] - fpr[left])
    between = values[left] + (values[before] - values[left]) * (grid - fpr[left]) / width
    return np.stack(
        [np.where(on, values[before], between), np.where(on, values[after], between)], axis=1
    )
