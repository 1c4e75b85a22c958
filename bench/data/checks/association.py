"""Whether a column of the metadata goes with the class: how much, and whether by chance.

The p value is that of a permutation test, so that it holds for few cases too. Where all cases of a
patient have one value, values are dealt to patients anew and not to cases, since the cases of a
patient are not independent; where they have several, one case of each patient counts.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PERMUTATIONS = 999

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Association:
    """Of a column with the class.

    Attributes:
        cramers_v: bias-corrected (Bergsma 2013, J. Korean Stat. Soc. 42:323), 0 none, 1 all; of a
            column of numbers that of its quarters.
        p: of the permutation test.
    """

    cramers_v: float
    p: float


def association(
    column: NDArray[np.generic], labels: Codes, groups: NDArray[np.str_] | None
) -> Association:
    """How a column goes with the class.

    Args:
        column: `(n,)` numbers or categories, none of them missing.
        labels: `(n,)` classes.
        groups: `(n,)` patients, or None.
    """
    rng = np.random.default_rng(0)
    values = quarters(column) if column.dtype.kind == "f" else codes(column)
    shown = cramers_v(values, labels)
    if groups is not None:
        members = codes(groups)
        if not _one_each(members, values):
            order = rng.permutation(len(members))
            _, first = np.unique(members[order], return_index=True)
            rows = order[first]
            values, labels, members = values[rows], labels[rows], members[rows]
            members = codes(members)
    else:
        members = np.arange(len(values))
    _, first = np.unique(members, return_index=True)
    of_each = values[first]
    statistic = _dependence(values, labels)
    higher = sum(
        _dependence(rng.permutation(of_each)[members], labels) >= statistic - 1e-12
        for _ in range(PERMUTATIONS)
    )
    return Association(shown, (1 + higher) / (1 + PERMUTATIONS))


def codes(values: NDArray[np.generic]) -> Codes:
    """`(n,)` whole numbers in place of values, in the order of these."""
    found: Codes = np.unique(values, return_inverse=True)[1].astype(np.int64)
    return found


def quarters(numbers: NDArray[np.generic]) -> Codes:
    """`(n,)` in which quarter of the values each number lies; of two values, which it is."""
    values = numbers.astype(np.float64)
    if len(np.unique(values)) <= 4:
        return codes(values)
    edges = np.unique(np.quantile(values, [0.25, 0.5, 0.75]))
    return codes(np.searchsorted(edges, values, side="right"))


def table_of(a: Codes, b: Codes) -> NDArray[np.float64]:
    """How often each value of `a` goes with each of `b`."""
    table = np.zeros((a.max(initial=0) + 1, b.max(initial=0) + 1))
    np.add.at(table, (a, b), 1)
    met: NDArray[np.float64] = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    return met


def _dependence(a: Codes, b: Codes) -> float:
    """The chi-squared statistic of a table over the number of cases."""
    table = table_of(a, b)
    n = table.sum()
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    return float(((table - expected) ** 2 / expected).sum() / n)


def cramers_v(a: Codes, b: Codes) -> float:
    """Bias-corrected.

    >>> a = np.arange(100) % 2
    >>> round(cramers_v(a, a), 3), cramers_v(a, np.arange(100) // 50)
    (1.0, 0.0)
    """
    n, (r, k) = len(a), table_of(a, b).shape
    if n < 2 or min(r, k) < 2:
        return 0.0
    phi = max(0.0, _dependence(a, b) - (r - 1) * (k - 1) / (n - 1))
    rows, columns = r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)
    least = min(rows, columns) - 1
    return float(min(1.0, np.sqrt(phi / least))) if least > 0 else 0.0


def _one_each(members: Codes, values: Codes) -> bool:
    """Whether every group has one value."""
    pairs = np.unique(np.stack([members, values]), axis=1).shape[1]
    return bool(pairs == members.max(initial=-1) + 1)


def holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjusted p values (Holm 1979).

    >>> holm(np.array([0.04, 0.01])).tolist()
    [0.04, 0.02]
    """
    order = np.argsort(p_values)
    steps = (len(p_values) - np.arange(len(p_values))) * p_values[order]
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted
