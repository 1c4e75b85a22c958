"""Several tests at once: adjusted p values, in the order given, as R's `p.adjust`.

Family-wise error: Bonferroni, Holm 1979 (Scandinavian Journal of Statistics 6:65), Hochberg 1988
(Biometrika 75:800). False discovery rate: Benjamini & Hochberg 1995 (JRSS B 57:289), and Benjamini
& Yekutieli 2001 (Annals of Statistics 29:1165), which holds under any dependence.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from statsmodels.stats.multitest import multipletests


def bonferroni(p_values: Sequence[float]) -> tuple[float, ...]:
    """Bonferroni's adjusted p values."""
    return _adjusted(p_values, "bonferroni")


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm's step-down adjusted p values.

    Own code, since that of statsmodels takes 20 ms, and a sensitivity analysis corrects often.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    >>> holm([])
    ()
    """
    return tuple(step_down(np.array([_checked(p_values)]))[0].tolist())


def step_down(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Holm's adjusted p values of many families of tests at once.

    Args:
        p: `(families, tests)`; NaN where a family lacks a test.

    >>> step_down(np.array([[0.01, 0.04, 0.03], [0.01, np.nan, 0.03]])).round(3)
    array([[0.03, 0.06, 0.06],
           [0.02,  nan, 0.03]])
    """
    order = np.argsort(p, axis=1)  # NaN last
    ordered = np.take_along_axis(p, order, axis=1)
    left = (~np.isnan(p)).sum(axis=1, keepdims=True) - np.arange(p.shape[1])
    stepped = np.minimum(1.0, np.maximum.accumulate(ordered * np.maximum(left, 1), axis=1))
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, stepped, axis=1)
    return adjusted


def hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Hochberg's step-up adjusted p values; valid for tests that are not negatively dependent."""
    return _adjusted(p_values, "simes-hochberg")


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Benjamini and Hochberg's p values, adjusted for the false discovery rate."""
    return _adjusted(p_values, "fdr_bh")


def benjamini_yekutieli(p_values: Sequence[float]) -> tuple[float, ...]:
    """Benjamini and Yekutieli's p values, adjusted for the false discovery rate."""
    return _adjusted(p_values, "fdr_by")


def _adjusted(p_values: Sequence[float], method: str) -> tuple[float, ...]:
    each = _checked(p_values)
    if not each:
        return ()
    return tuple(float(p) for p in multipletests(each, method=method)[1])


def _checked(p_values: Sequence[float]) -> list[float]:
    each = [float(p) for p in p_values]
    if not all(0 <= p <= 1 for p in each):
        raise ValueError(f"p values lie between 0 and 1: {each}")
    return each
