"""Classifiers of pixels or regions that may not have seen every class."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Fitted = tuple[Any, NDArray[np.intp]]
"""A fitted classifier, None where there was one class alone, and the classes it tells apart."""


def fit_classes(model: Any, rows: NDArray[np.float32], labels: NDArray[Any]) -> Fitted:
    """Fit a classifier to rows ``(n, f)`` and their classes ``(n,)``; some may be absent."""
    classes, codes = np.unique(labels, return_inverse=True)
    if len(classes) == 1:
        return None, classes.astype(np.intp)
    return model.fit(rows, codes), classes.astype(np.intp)


def class_probabilities(
    fitted: Fitted, rows: NDArray[np.float32], classes: int
) -> NDArray[np.float64]:
    """Probabilities ``(n, k)``, 0 of a class that was not seen."""
    model, seen = fitted
    found = np.zeros((len(rows), classes))
    found[:, seen] = 1.0 if model is None else model.predict_proba(rows)
    return found
