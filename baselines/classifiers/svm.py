"""A support vector machine with calibrated probabilities, for classes of any size."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.svm import SVC
from sklearn.utils.validation import check_is_fitted

from baselines.classifiers.blocks import in_blocks
from baselines.classifiers.calibration import CalibratedClassifier, PlattScaling, class_scores
from baselines.classifiers.folds import (
    class_codes,
    doubled_singles,
    stratified_folds,
    stratified_sample,
)


class CalibratedSVC(CalibratedClassifier):
    """RBF support vector machines, one class against the rest, with calibrated probabilities.

    Two classes need one machine, more need one each. The machines are fitted on all images; their
    `PlattScaling` on decision values of machines that did not see the image. Classes are weighted
    inversely to their size. Nothing is random: the folds are fixed by the order of the images. All
    machines share one kernel matrix, which takes 8 n² bytes for n images, and half as much again
    while they are fitted.

    Parameters
    ----------
    C : float
        Penalty of a margin violation.
    gamma : "scale" or float
        Inverse squared width of the kernel; "scale" is 1 / (features x variance of the features).
    folds : int
        Parts in which the images are left out for the calibration, at least 2.
    largest : int
        Of more training images than this a `stratified_sample` is fitted.

    Attributes
    ----------
    classes_ : (k,) int64
    support_ : (m, d) float64
        Features of the images that are a support vector of any machine.
    weights_ : (m, machines) float64
        Dual coefficient of each of them in each machine.
    intercept_ : (machines,) float64
    gamma_ : float
    calibration_ : PlattScaling
    fit_info_ : dict
        Numbers of images, support vectors and calibration folds, kernel width gamma and slope of
        the calibration.
    """

    def __init__(
        self,
        C: float = 3.0,
        gamma: str | float = "scale",
        folds: int = 5,
        largest: int = 10_000,
    ) -> None:
        self.C = C
        self.gamma = gamma
        self.folds = folds
        self.largest = largest

    def _machine(self, kernel: NDArray[np.float64], positive: NDArray[np.bool_]) -> SVC:
        # a fixed state, since SVC draws one from NumPy's global generator even where it needs none
        machine = SVC(
            C=self.C,
            kernel="precomputed",
            class_weight="balanced",
            cache_size=500,
            random_state=0,
        )
        return machine.fit(kernel, positive)

    def fit(self, X: Any, y: Any) -> Self:
        """Fit the machines and their calibration to features ``(n, d)`` and labels ``(n,)``.

        A class with a single image is entered twice (`doubled_singles`), since no machine can be
        fitted without it.

        Raises
        ------
        ValueError
            If `y` has fewer than two classes, `folds` is below 2, or `gamma` is neither a number
            nor "scale".
        """
        X, y = np.asarray(X, dtype=np.float64), np.asarray(y)
        if self.folds < 2:
            raise ValueError(f"folds must be at least 2, got {self.folds}")
        if isinstance(self.gamma, str) and self.gamma != "scale":
            raise ValueError(f'gamma must be a number or "scale", got {self.gamma!r}')
        sample = stratified_sample(y, self.largest)
        X, y = X[sample], y[sample]
        self.classes_, codes = class_codes(y)
        k = len(self.classes_)
        entered = doubled_singles(codes)
        X, codes = X[entered], codes[entered]

        self.gamma_ = _kernel_width(X) if self.gamma == "scale" else float(self.gamma)
        kernel = rbf_kernel(X, gamma=self.gamma_)
        positive = [codes == code for code in ([1] if k == 2 else range(k))]
        splits = stratified_folds(codes, self.folds)
        values = np.empty((len(X), len(positive)))
        for train, test in splits:
            known, unknown = kernel[np.ix_(train, train)], kernel[np.ix_(test, train)]
            for j, member in enumerate(positive):
                values[test, j] = self._machine(known, member[train]).decision_function(unknown)
        self.calibration_ = PlattScaling.fit(class_scores(values), codes)

        machines = [self._machine(kernel, member) for member in positive]
        weights = np.zeros((len(X), len(machines)))
        for j, machine in enumerate(machines):
            weights[machine.support_, j] = machine.dual_coef_[0]
        used = weights.any(axis=1)
        self.support_ = X[used]
        self.weights_ = weights[used]
        self.intercept_ = np.array([machine.intercept_[0] for machine in machines])
        self.fit_info_ = {
            "images": len(sample),
            "support_vectors": int(used.sum()),
            "calibration_folds": len(splits),
            "gamma": self.gamma_,
            "calibration_slope": self.calibration_.slope,
        }
        return self

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Decision values ``(n, machines)`` of features ``(n, d)``."""
        check_is_fitted(self)
        X = np.asarray(X, dtype=np.float64)
        gamma, support, weights = self.gamma_, self.support_, self.weights_
        values = in_blocks(lambda rows: rbf_kernel(rows, support, gamma=gamma) @ weights, X)
        values += self.intercept_
        return values

    def scores(self, X: Any) -> NDArray[np.float64]:
        """Decision values as scores ``(n, k)`` of features ``(n, d)``."""
        return class_scores(self.decision_function(X))


def _kernel_width(X: NDArray[np.float64]) -> float:
    variance = float(X.var())
    return 1.0 / (X.shape[1] * variance) if variance > 0 else 1.0
