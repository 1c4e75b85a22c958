"""Which feature families a fitted method relies on: permutation importance by family.

After Breiman 2001 (Random forests, Machine Learning 45:5), with all columns of a family permuted
together (a group, as Gregorutti, Michel & Saint-Pierre 2015, Computational Statistics & Data
Analysis 90:15), since single columns of one family stand in for each other.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline

from baselines.classifiers.folds import stratified_sample
from baselines.features.handcrafted import HandcraftedFeatures

LARGEST = 1_000
"""Of more images than this a stratified sample is looked at."""

REPEATS = 3
"""Permutations per family, of which the mean is given."""


def _auc(y: NDArray[np.int64], p: NDArray[np.float64], classes: NDArray[np.int64]) -> float:
    present = [k for k, label in enumerate(classes) if 0 < (y == label).sum() < len(y)]
    if len(classes) == 2:
        present = present[-1:]
    each = [roc_auc_score(y == classes[k], p[:, k]) for k in present]
    return float(np.mean(each)) if each else float("nan")


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
    whole = _auc(y, rest.predict_proba(values), classes)
    if np.isnan(whole):
        return {}
    rng = np.random.default_rng(0)
    orders = [rng.permutation(len(y)) for _ in range(REPEATS)]
    lost = {}
    for family, columns in features.columns().items():
        each = []
        for order in orders:
            shuffled = values.copy()
            shuffled[:, columns] = values[order, columns]
            each.append(_auc(y, rest.predict_proba(shuffled), classes))
        lost[family] = whole - float(np.mean(each))
    return lost
