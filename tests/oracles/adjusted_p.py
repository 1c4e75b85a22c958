"""Adjusted p values other than Holm's, in the order given, as R's `p.adjust`.

Bonferroni, Hochberg 1988 (Biometrika 75:800), Benjamini & Hochberg 1995 (JRSS B 57:289), Benjamini
& Yekutieli 2001 (Annals of Statistics 29:1165).
"""

from collections.abc import Sequence

from statsmodels.stats.multitest import multipletests


def bonferroni(p_values: Sequence[float]) -> tuple[float, ...]:
    """Bonferroni's adjusted p values."""
    return _adjusted(p_values, "bonferroni")


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
    each = [float(p) for p in p_values]
    if not each:
        return ()
    return tuple(float(p) for p in multipletests(each, method=method)[1])
