"""Calibration for classifiers whose time grows with the square of the number of images."""

from typing import Any, Self

import numpy as np
from sklearn.calibration import CalibratedClassifierCV

from baselines.classifiers.folds import stratified_sample


class SampledCalibratedClassifierCV(CalibratedClassifierCV):
    """scikit-learn's `CalibratedClassifierCV(ensemble=False)`, on a sample of very many images.

    The classifier is fitted to all images; its sigmoid (Platt 1999) to decision values of images
    that were held out.

    Parameters
    ----------
    estimator : classifier
    cv : splitter
        How the images are held out.
    largest : int
        Of more training images than this a `stratified_sample` is fitted, and nothing else.

    Attributes
    ----------
    fit_info_ : dict
        Numbers of images that were fitted and that were left out of the sample.
    """

    def __init__(self, estimator: Any = None, cv: Any = None, largest: int = 10_000) -> None:
        super().__init__(estimator, cv=cv, ensemble=False)
        self.largest = largest

    def fit(self, X: Any, y: Any) -> Self:
        """Fit to features ``(n, d)`` and labels ``(n,)``."""
        X, y = np.asarray(X), np.asarray(y)
        kept = stratified_sample(y, self.largest)
        super().fit(X[kept], y[kept])
        self.fit_info_ = {"images": len(kept), "left_out": len(y) - len(kept)}
        return self
