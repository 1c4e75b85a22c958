"""Groups that images fall into by themselves, and what they are: classes, parts, sites?

k-means (Lloyd 1982), with the number of clusters of the largest mean silhouette (Rousseeuw 1987),
and HDBSCAN (Campello, Moulavi & Sander 2013), which takes what is dense for a cluster and leaves
the rest out, both on the main components of standardised features. How a clustering agrees with
what is known is the adjusted Rand index (Hubert & Arabie 1985): 0 is chance, 1 the same.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.data.checks.association import codes, table_of
from bench.data.checks.probes import Sample
from bench.data.dataset import Dataset
from bench.protocol.cards import CheckFinding
from bench.protocol.metadata import is_missing, is_number

SHORTCUT = 0.1
"""From this lower limit on a clustering by anything but the class is pointed out."""

_COMPONENTS = 20
_CLIP = 4.0  # standard deviations
_CLUSTERS = range(2, 9)
_LEAST = 40  # cases
_SMALLEST = 10  # cases of a cluster that is dense
_DRAWS = 500
_MOST_VALUES = 30  # of a column that is compared

Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Clusters:
    """Two clusterings of some cases.

    Attributes:
        rows: of the pooled cases.
        components: `(n, d)` main components of the features, the first two for a picture.
        explained: share of the variance of each.
        k_means: `(n,)` cluster of each case.
        dense: `(n,)` the same by density, −1 in none.
        known: what they are compared with: name → `(n,)` values as text, "" where missing.
        groups: `(n,)` patients, or None.
    """

    rows: NDArray[np.intp]
    components: NDArray[np.float64]
    explained: NDArray[np.float64]
    k_means: Codes
    dense: Codes
    known: Mapping[str, NDArray[np.str_]]
    groups: NDArray[np.str_] | None


def clusters(data: Dataset, sample: Sample, features: NDArray[np.float64]) -> Clusters | None:
    """The clusterings of a sample of cases; None with too few that differ.

    Args:
        data: the data set.
        sample: of its cases.
        features: `(n, d)` of these.
    """
    if len(np.unique(features, axis=0)) < _LEAST:
        return None
    components, explained = _components(features)
    k_means, dense = _k_means(components), _by_density(components)
    known = known_of(data, sample.rows)
    return Clusters(sample.rows, components, explained, k_means, dense, known, sample.groups)


def known_of(data: Dataset, rows: NDArray[np.intp]) -> dict[str, NDArray[np.str_]]:
    """Class, part, and each column of categories with several values, of some pooled cases."""
    labels = np.concatenate([part.labels for _, part in data.parts()])[rows]
    part = np.concatenate([np.repeat(name, len(one)) for name, one in data.parts()])[rows]
    known = {"class": np.array(data.class_names)[labels], "part": part}
    for name in sorted(data.train.metadata):
        column = np.concatenate([one.metadata[name] for _, one in data.parts()])[rows]
        values = np.unique(column[~is_missing(column)])
        if not is_number(column) and 1 < len(values) <= _MOST_VALUES:
            taken = name in known or name == "k-means"
            known[f"column {name}" if taken else name] = column.astype(np.str_)
    return known


def finding(found: Clusters | None, kind: str) -> CheckFinding:
    """What the clusterings agree with.

    Args:
        found: the clusterings, None where there are too few cases that differ.
        kind: of features, in a word.
    """
    check, title = f"clusters-{kind}", f"Clusters of {kind} features"
    if found is None:
        return CheckFinding(check, title, "fine", "Too few images that differ.")
    ways = {"k-means": found.k_means, "HDBSCAN": found.dense}
    lines: list[str] = []
    values: dict[str, float] = {}
    flagged: list[str] = []
    for name, known in found.known.items():
        told = []
        for way, assigned in ways.items():
            rows = np.flatnonzero((assigned >= 0) & (known != ""))
            groups = None if found.groups is None else found.groups[rows]
            index = agreement(assigned[rows], codes(known[rows]), groups)
            if index is None:
                continue
            value, low, high = index
            told.append(f"{way} {value:.2f} [{low:.2f}, {high:.2f}]")
            values |= {f"{name}/{way}": value, f"{name}/{way} low": low, f"{name}/{way} high": high}
            if name != "class" and low >= SHORTCUT and name not in flagged:
                flagged.append(name)
        lines.append(f"{name}: adjusted Rand index {', '.join(told) or 'cannot be told'}")
    k, dense = len(np.unique(found.k_means)), len(np.unique(found.dense[found.dense >= 0]))
    alone = float((found.dense < 0).mean())
    values |= {"clusters/k-means": k, "clusters/HDBSCAN": dense, "left alone": alone}
    text = (
        f"k-means finds {k} clusters in {len(found.rows):,} images; HDBSCAN {dense}, and leaves "
        f"{100 * alone:.0f} % of the images out."
    )
    if not flagged:
        return CheckFinding(check, title, "fine", text, "", tuple(lines), values)
    return CheckFinding(
        check,
        title,
        "note",
        f"{text} They agree with {' and '.join(flagged)}, which is not the class.",
        "What images cluster by is what a method sees first: a cluster that is a scanner or a site "
        "is a possible shortcut. Look at the picture, and at “Shortcuts by metadata”.",
        tuple(lines),
        values,
    )


def agreement(
    assigned: Codes, known: Codes, groups: NDArray[np.str_] | None
) -> tuple[float, float, float] | None:
    """The adjusted Rand index with its 95 % bootstrap interval, patients drawn; None of one value.

    Args:
        assigned: `(n,)` clusters.
        known: `(n,)` what they are compared with.
        groups: `(n,)` patients, or None.
    """
    if len(np.unique(known)) < 2 or len(np.unique(assigned)) < 2:
        return None
    rng = np.random.default_rng(0)
    members = np.arange(len(known)) if groups is None else codes(groups)
    n = int(members.max()) + 1
    assigned, known = codes(assigned), codes(known)
    shape = (int(assigned.max()) + 1, int(known.max()) + 1)
    cell = assigned * shape[1] + known
    drawn = []
    for _ in range(_DRAWS):
        weight = np.bincount(rng.integers(0, n, n), minlength=n)[members]
        table = np.bincount(cell, weight, shape[0] * shape[1]).reshape(shape)
        drawn.append(rand_index(table.astype(np.float64)))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return rand_index(table_of(assigned, known)), float(low), float(high)


def rand_index(table: NDArray[np.float64]) -> float:
    """The adjusted Rand index of a contingency table.

    >>> rand_index(np.array([[5.0, 0.0], [0.0, 5.0]])), rand_index(np.full((2, 2), 50.0)) < 0.01
    (1.0, True)
    """

    def pairs(counts: NDArray[np.float64]) -> float:
        return float((counts * (counts - 1)).sum() / 2)

    n = float(table.sum())
    both, rows, columns = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    chance = rows * columns / max(n * (n - 1) / 2, 1)
    most = (rows + columns) / 2
    return 1.0 if most == chance else (both - chance) / (most - chance)


def _components(features: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Main components of standardised features, and the share of the variance of each."""
    from sklearn.decomposition import PCA

    spread = features.std(axis=0)
    table = (features - features.mean(axis=0)) / np.where(spread > 1e-12, spread, np.inf)
    table = np.clip(table, -_CLIP, _CLIP)
    pca = PCA(min(_COMPONENTS, *table.shape), svd_solver="randomized", random_state=0)
    components: NDArray[np.float64] = pca.fit_transform(table)
    return components, np.asarray(pca.explained_variance_ratio_)


def _k_means(components: NDArray[np.float64]) -> Codes:
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    found = [KMeans(k, n_init=5, random_state=0).fit_predict(components) for k in _CLUSTERS]
    best = max(found, key=lambda assigned: float(silhouette_score(components, assigned)))
    return codes(best)


def _by_density(components: NDArray[np.float64]) -> Codes:
    from sklearn.cluster import HDBSCAN

    smallest = max(_SMALLEST, len(components) // 50)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        found = HDBSCAN(min_cluster_size=smallest, copy=True).fit_predict(components[:, :5])
    return np.asarray(found, np.int64)
