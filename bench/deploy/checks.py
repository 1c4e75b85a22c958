"""How what was frozen does on the test part, before and after the fit on train and validation.

Threshold, calibration and sets come from a fit on train alone; the bundle's fit has seen more. What
that changes is shown on images that neither has seen.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.deploy.operating import Operating

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def checks(
    frozen: Operating, labels: IntArray, first: FloatArray, shipped: FloatArray
) -> dict[str, Any]:
    """Numbers on the test part, JSON-able.

    Args:
        frozen: threshold, calibration and sets.
        labels: `(n,)`.
        first: `(n, k)` probabilities of the fit on train alone.
        shipped: `(n, k)` of the bundle's.
    """
    return {
        "cases": len(labels),
        "train": _numbers(frozen, labels, first),
        "bundle": _numbers(frozen, labels, shipped),
        "largest_change": float(np.abs(first - shipped).max(initial=0.0)),
        "decided_otherwise": int((frozen.decisions(first) != frozen.decisions(shipped)).sum()),
    }


def _numbers(frozen: Operating, labels: IntArray, p: FloatArray) -> dict[str, Any]:
    decided, sets = frozen.decisions(p), frozen.sets(p)
    inside = sets[np.arange(len(labels)), labels]
    k = p.shape[1]
    own = [labels == c for c in range(k)]
    return {
        "accuracy": float((decided == labels).mean()),
        "recall": [_share(decided[rows] == c) for c, rows in enumerate(own)],
        "set_coverage": [_share(inside[rows]) for rows in own],
        "set_size": float(sets.sum(axis=1).mean()),
        "auc": None if frozen.positive is None else _auc(labels, p, frozen.positive),
    }


def _share(which: NDArray[np.bool_]) -> float | None:
    return float(which.mean()) if len(which) else None


def _auc(labels: IntArray, p: FloatArray, positive: int) -> float | None:
    from sklearn.metrics import roc_auc_score

    found = labels == positive
    return float(roc_auc_score(found, p[:, positive])) if 0 < found.sum() < len(found) else None
