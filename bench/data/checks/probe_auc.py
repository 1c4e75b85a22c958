"""How well a simple classifier tells cases apart by a table, cross-validated.

Patients are kept together. The AUC has the interval of DeLong et al. (1988, Biometrics 44:837);
with more than two classes the one-against-rest AUCs and their errors are averaged, which takes them
as if they were one, on the safe side.
"""

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bench.data.cache.numbers import key_of, remembered

_FOLDS = 5
_LEAST = 40  # cases
_LEVEL = 0.95

Table = NDArray[np.float64]
Kind = Literal["ridge", "tree", "forest"]


@dataclass(frozen=True)
class Auc:
    """An area under the ROC curve with its interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"AUC {self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"

    @property
    def values(self) -> dict[str, float]:
        """For a finding."""
        return {"auc": self.value, "low": self.low, "high": self.high}


def probe(
    table: Table,
    labels: NDArray[np.int64],
    groups: NDArray[np.str_] | None,
    kind: Kind = "ridge",
) -> Auc | None:
    """How well a simple classifier tells classes apart by a table; None with too few cases.

    Args:
        table: `(n, d)` features.
        labels: `(n,)` classes.
        groups: `(n,)` patients, which stay together, or None.
        kind: "ridge" for many features that add up, "tree" for one, "forest" for a few.
    """
    names, counted = np.unique(labels, return_counts=True)
    enough = np.isin(labels, names[counted >= 2 * _FOLDS])
    table, labels = table[enough], labels[enough]
    groups = None if groups is None else groups[enough]
    classes = np.unique(labels)
    if len(labels) < _LEAST or len(classes) < 2:
        return None
    if groups is not None and min(len(np.unique(groups[labels == k])) for k in classes) < _FOLDS:
        return None
    key = key_of(_program(), kind, table, labels, groups)
    value, error = remembered("probe", key, lambda: _auc(table, labels, groups, classes, kind))
    reach = NormalDist().inv_cdf((1 + _LEVEL) / 2) * error
    return Auc(value, max(value - reach, 0.0), min(value + reach, 1.0))


def averaged_over(found: Sequence[tuple[Auc, int]]) -> Auc | None:
    """The mean of AUCs of different cases, each with its number of cases; None of none.

    Their errors are independent.
    """
    if not found:
        return None
    total = sum(n for _, n in found)
    value = sum(n * auc.value for auc, n in found) / total
    reach = sum((n * (auc.value - auc.low)) ** 2 for auc, n in found) ** 0.5 / total
    return Auc(value, max(value - reach, 0.0), min(value + reach, 1.0))


def _auc(
    table: Table,
    labels: NDArray[np.int64],
    groups: NDArray[np.str_] | None,
    classes: NDArray[np.int64],
    kind: Kind,
) -> tuple[float, float]:
    """Of the classes one against the rest, the mean AUC and the mean standard error."""
    scores = _out_of_fold(table, labels, groups, classes, kind)
    found = [auc_with_error(scores[:, i], labels == k) for i, k in enumerate(classes)]
    if len(classes) == 2:
        found = found[1:]
    return float(np.mean([auc for auc, _ in found])), float(np.mean([error for _, error in found]))


@cache
def _program() -> str:
    """What computes the AUC of a table: this file and the versions of the libraries it calls."""
    versions = " ".join(version(name) for name in ("numpy", "scikit-learn", "scipy"))
    return f"{hashlib.sha256(Path(__file__).read_bytes()).hexdigest()} {versions}"


def _out_of_fold(
    table: Table,
    labels: NDArray[np.int64],
    groups: NDArray[np.str_] | None,
    classes: NDArray[np.int64],
    kind: Kind,
) -> Table:
    """`(n, k)` a score of each class, by a classifier that has not seen the case."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import RidgeClassifier
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    splitter = StratifiedKFold if groups is None else StratifiedGroupKFold
    folds = splitter(_FOLDS, shuffle=True, random_state=0)
    scores = np.zeros((len(labels), len(classes)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes that groups keep out of a fold
        for train, test in folds.split(table, labels, groups):
            # ranks within the fold, since scores of different fits cannot be pooled as they are
            if kind == "ridge":
                model = make_pipeline(StandardScaler(), RidgeClassifier(alpha=100.0))
                raw = model.fit(table[train], labels[train]).decision_function(table[test])
                raw = np.stack([-raw, raw], axis=1) if raw.ndim == 1 else raw
            else:
                model = DecisionTreeClassifier(min_samples_leaf=10, random_state=0)
                if kind == "forest":
                    model = RandomForestClassifier(30, min_samples_leaf=10, random_state=0)
                raw = model.fit(table[train], labels[train]).predict_proba(table[test])
            columns = np.searchsorted(classes, model.classes_)
            scores[np.ix_(test, columns)] = _ranked(raw)
    return scores


def _ranked(raw: Table) -> Table:
    """Mid-ranks of each column, from 0 to 1."""
    from scipy.stats import rankdata

    ranks: Table = (rankdata(raw, axis=0) - 0.5) / len(raw)
    return ranks


def auc_with_error(scores: Table, positive: NDArray[np.bool_]) -> tuple[float, float]:
    """The AUC and its standard error."""
    from scipy.stats import rankdata

    high, low = scores[positive], scores[~positive]
    ranks = rankdata(np.concatenate([high, low]))
    m, n = len(high), len(low)
    above = (ranks[:m] - rankdata(high)) / n  # share of the negatives below each positive
    below = 1 - (ranks[m:] - rankdata(low)) / m
    variance = above.var(ddof=1) / m + below.var(ddof=1) / n
    return float(above.mean()), float(np.sqrt(variance))
