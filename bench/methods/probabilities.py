"""What `predict_proba` returns, checked, with one column per class of the data set."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.protocol.errors import ContractError

_SUM_TOLERANCE = 1e-4  # what float32 rounding of a softmax over many classes can reach


def check_probabilities(probabilities: Any, n: int, classes: Any, k: int) -> NDArray[np.float64]:
    """The probabilities as `(n, k)` float64, one column per class of the data set.

    Args:
        probabilities: what `predict_proba` returned for n images.
        n: number of images.
        classes: the estimator's `classes_`, None where it has none.
        k: number of classes of the data set; one that is not in `classes` gets probability 0.

    Raises:
        ContractError: if they are not finite, not in [0, 1] or do not sum to 1.
    """
    if classes is None:
        raise ContractError("the fitted estimator has no classes_")
    columns = np.asarray(classes)
    if not np.isin(columns, np.arange(k)).all():
        raise ContractError(f"classes_ is {columns.tolist()}, not a part of 0..{k - 1}")
    try:
        p = np.asarray(probabilities, dtype=np.float64)
    except (TypeError, ValueError):
        raise ContractError("predict_proba returned something that is not an array") from None
    if p.shape != (n, len(columns)):
        raise ContractError(
            f"predict_proba returned shape {p.shape} for {n} images and {len(columns)} classes"
        )
    bad = ~np.isfinite(p).all(axis=1)
    if bad.any():
        raise ContractError(f"predict_proba returned NaN or infinity for {bad.sum()} of {n} images")
    sums = p.sum(axis=1)
    if np.abs(sums - 1).max() > _SUM_TOLERANCE or p.min() < 0:
        worst = float(sums[np.abs(sums - 1).argmax()])
        raise ContractError(
            f"predict_proba returned rows that are no probabilities: the worst sum is {worst:.6g}, "
            f"the smallest value {p.min():.6g}"
        )
    full = np.zeros((n, k))
    full[:, columns.astype(int)] = p
    return full
