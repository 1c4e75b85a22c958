"""Which feature families a fitted method relies on: permutation importance by family.

After Breiman 2001 (Random forests, Machine Learning 45:5), with all columns of a family permuted
together (a group, as Gregorutti, Michel & Saint-Pierre 2015, Computational Statistics & Data
Analysis 90:15), since single columns of one family stand in for each other.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.pipeline import Pipeline

from baselines.classifiers.folds import stratified_sample
from baselines.features.handcrafted import HandcraftedFeatures

LARGEST = 1_000
"""Of more images than this a stratified sample is looked at."""

REPEATS = 3
"""Permutations per family, of which the mean is given."""

_MOST_VALUES = 2_000_000  # in a table of shuffled features; 16 MB


def _auc(y: NDArray[Any], p: NDArray[np.float64], classes: NDArray[Any]) -> NDArray[np.float64]:
    """AUC ``(r,)`` of each of `r` tables of probabilities ``(r, n, k)``, NaN for a single class."""
    found = classes == y[:, None]  # (n, k)
    positives = found.sum(axis=0)
    present = np.flatnonzero((positives > 0) & (positives < len(y)))
    if not len(present):
        return np.full(len(p), np.nan)
    if len(classes) == 2:
        present = present[-1:]
    m = positives[present]
    ranks = rankdata(p[:, :, present], axis=1)
    above = np.where(found[:, present], ranks, 0).sum(axis=1) - m * (m + 1) / 2  # Mann-Whitney's U
    mean: NDArray[np.float64] = (above / (m * (len(y) - m))).mean(axis=1)
    return mean


def family_importance(model: Pipeline, X: Any, y: Any) -> dict[str, float]:
    """Family → how much AUC is lost where its features are shuffled among the images.

    A family that others can stand in for loses little, even if the method uses it. More than two
    classes: the mean of the one-against-rest AUCs.

    Parameters
    ----------
    model : Pipeline
        Fitted; its first step is a `HandcraftedFeatures`.
    X : (n, h, w, c) uint8
        Images that the model was not fitted on.
    y : (n,)
        Their labels.

    Returns
    -------
    dict
        Empty where `y` has a single class. Negative values are chance.

    Raises
    ------
    TypeError
        If the first step is something else.
    """
    features = model[0]
    if not isinstance(features, HandcraftedFeatures):
        raise TypeError(f"the first step is {type(features).__name__}, not HandcraftedFeatures")
    y = np.asarray(y)
    kept = stratified_sample(y, LARGEST)
    y = y[kept]
    values = features.transform(X[kept])
    rest, classes = model[1:], model.classes_
    (whole,) = _auc(y, rest.predict_proba(values)[None], classes)
    if np.isnan(whole):
        return {}
    families = features.columns()
    tables = _shuffled(values, list(families.values()))
    each = [_auc(y, _probabilities(rest, shuffled), classes) for shuffled in tables]
    lost = whole - np.concatenate(each).reshape(len(families), REPEATS).mean(axis=1)
    return dict(zip(families, lost.tolist(), strict=True))


def _shuffled(values: NDArray[np.float64], families: list[slice]) -> Iterator[NDArray[np.float64]]:
    """Features ``(r, n, d)`` with the columns of a family shuffled, `REPEATS` times each.

    Many at once, since a forest spends more on being asked than on answering.
    """
    rng = np.random.default_rng(0)
    orders = [rng.permutation(len(values)) for _ in range(REPEATS)]
    wanted = [(columns, order) for columns in families for order in orders]
    at_once = max(1, _MOST_VALUES // values.size)
    for start in range(0, len(wanted), at_once):
        part = wanted[start : start + at_once]
        tables = np.tile(values, (len(part), 1, 1))
        for table, (columns, order) in zip(tables, part, strict=True):
            table[:, columns] = values[order, columns]
        yield tables


def _probabilities(model: Pipeline, tables: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities ``(r, n, k)`` of features ``(r, n, d)``."""
    r, n, d = tables.shape
    p: NDArray[np.float64] = model.predict_proba(tables.reshape(r * n, d))
    return p.reshape(r, n, -1)
