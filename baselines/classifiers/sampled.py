"""Calibration for classifiers whose time grows with the square of the number of images."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.metrics.pairwise import rbf_kernel

from baselines.classifiers.folds import stratified_sample

PAIRS = 2**24
"""Entries of the kernel that are computed at a time in predictions."""


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
        self._fit_kept(X[kept], y[kept])
        self.fit_info_ = {"images": len(kept), "left_out": len(y) - len(kept)}
        return self

    def _fit_kept(self, X: NDArray[np.float64], y: NDArray[Any]) -> None:
        super().fit(X, y)


class SharedKernelCV(SampledCalibratedClassifierCV):
    """The same of machines with an RBF kernel, which is computed once for all of their fits.

    A machine is fitted for every class, and again without each fold; left to itself `SVC` computes
    the kernel of the same images every time. Here each gets its part of one matrix. With
    ``gamma="scale"`` the width is that of all images in the folds, too.

    Parameters
    ----------
    estimator : OneVsRestClassifier of SVC
    cv : splitter
        How the images are held out.
    largest : int
        Of more training images than this a `stratified_sample` is fitted, and nothing else.
    largest_kernel : int
        Of more images than this every machine computes its own kernel, as in scikit-learn, since
        the matrix takes 8 bytes a pair.

    Attributes
    ----------
    images_ : (n, d) float64 or None
        What was fitted, where the kernel was kept; the machines then take rows of the kernel.
    gamma_ : float
        Width of that kernel, 1 / (d · variance) with ``gamma="scale"``.
    """

    def __init__(
        self,
        estimator: Any = None,
        cv: Any = None,
        largest: int = 10_000,
        largest_kernel: int = 6_000,
    ) -> None:
        super().__init__(estimator, cv=cv, largest=largest)
        self.largest_kernel = largest_kernel

    def _fit_kept(self, X: NDArray[np.float64], y: NDArray[Any]) -> None:
        self.images_: NDArray[np.float64] | None = None
        machine = self.estimator.estimator
        if machine.kernel != "rbf" or len(X) > self.largest_kernel:
            super()._fit_kept(X, y)
            return
        variance = float(X.var())
        scale = 1.0 / (X.shape[1] * variance) if variance > 0 else 1.0
        self.gamma_ = {"scale": scale, "auto": 1.0 / X.shape[1]}.get(machine.gamma, machine.gamma)
        precomputed = clone(self.estimator).set_params(estimator__kernel="precomputed")
        calibrated = CalibratedClassifierCV(precomputed, cv=self.cv, ensemble=False)
        calibrated.fit(rbf_kernel(X, gamma=self.gamma_), y)
        self.images_ = X
        self.classes_ = calibrated.classes_
        self.calibrated_classifiers_ = calibrated.calibrated_classifiers_
        self.n_features_in_ = X.shape[1]

    def _by_parts(self, X: Any, ask: Any) -> NDArray[np.float64]:
        """What `ask` says of features, or of their rows of the kernel."""
        if self.images_ is None:
            return np.asarray(ask(X))
        X = np.asarray(X)
        step = max(1, PAIRS // len(self.images_))
        parts = (X[start : start + step] for start in range(0, len(X), step))
        return np.concatenate([ask(rbf_kernel(x, self.images_, gamma=self.gamma_)) for x in parts])

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Decision values ``(n,)`` or ``(n, k)`` of features ``(n, d)``, before calibration."""
        (whole,) = self.calibrated_classifiers_
        return self._by_parts(X, whole.estimator.decision_function)

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities ``(n, k)`` of features ``(n, d)``, columns in order of `classes_`."""
        return self._by_parts(X, super().predict_proba)
