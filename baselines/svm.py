"""A support vector machine with calibrated probabilities, for classes of any size."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.svm import SVC
from sklearn.utils.validation import check_is_fitted

from baselines.calibration import PlattScaling

_BLOCK = 64  # images that are classified at a time


def stratified_folds(
    y: NDArray[Any], n_folds: int
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Train and test indices of at most `n_folds` folds, no class ever missing from a train part.

    The members of every class are dealt to the folds in turn, in a fixed pseudo-random order, each
    class going on where the last one stopped. A class of two or more members is therefore present
    in the training part of every fold, also if it has fewer members than there are folds. The
    number of folds is at most the size of the largest class, so no fold is empty.

    >>> import numpy as np
    >>> [len(test) for _, test in stratified_folds(np.array([0] * 10 + [1] * 2), 5)]
    [3, 3, 2, 2, 2]
    """
    classes, counts = np.unique(y, return_counts=True)
    n_folds = min(n_folds, int(counts.max()))
    fold = np.empty(len(y), dtype=np.intp)
    order = np.random.default_rng(0).permutation(len(y))
    dealt = 0
    for label in classes:
        members = order[y[order] == label]
        fold[members] = (dealt + np.arange(len(members))) % n_folds
        dealt += len(members)
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(n_folds)]


def stratified_sample(y: NDArray[Any], size: int) -> NDArray[np.intp]:
    """Indices, in ascending order, of about `size` members of ``(n,)`` labels.

    Every class keeps the same part of its members, rounded up, in a fixed pseudo-random choice; all
    are kept if there are at most `size`.
    """
    if len(y) <= size:
        return np.arange(len(y))
    order = np.random.default_rng(0).permutation(len(y))
    kept = []
    for label in np.unique(y):
        members = order[y[order] == label]
        kept.append(members[: -(-len(members) * size // len(y))])
    return np.sort(np.concatenate(kept))


class CalibratedSVC(ClassifierMixin, BaseEstimator):
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

        A class with a single image is entered twice, since no machine can be fitted without it: its
        decision value is then not independent, and its probability too confident.

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
        self.classes_, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
        k = len(self.classes_)
        if k < 2:
            raise ValueError("at least two classes are needed, got one")
        single = np.flatnonzero(counts[codes] == 1)
        X = np.concatenate([X, X[single]])
        codes = np.concatenate([codes, codes[single]])

        self.gamma_ = _kernel_width(X) if self.gamma == "scale" else float(self.gamma)
        kernel = rbf_kernel(X, gamma=self.gamma_)
        positive = [codes == code for code in ([1] if k == 2 else range(k))]
        splits = stratified_folds(codes, self.folds)
        values = np.empty((len(X), len(positive)))
        for train, test in splits:
            known, unknown = kernel[np.ix_(train, train)], kernel[np.ix_(test, train)]
            for j, member in enumerate(positive):
                values[test, j] = self._machine(known, member[train]).decision_function(unknown)
        self.calibration_ = PlattScaling.fit(_class_scores(values), codes)

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
        values = np.empty((len(X), len(self.intercept_)))
        # blocks of one shape: a matrix product may round differently for another number of rows
        block = np.zeros((_BLOCK, X.shape[1]))
        for start in range(0, len(X), _BLOCK):
            rows = X[start : start + _BLOCK]
            block[: len(rows)] = rows
            product = rbf_kernel(block, self.support_, gamma=self.gamma_) @ self.weights_
            values[start : start + len(rows)] = product[: len(rows)]
        values += self.intercept_
        return values

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities ``(n, k)`` of features ``(n, d)``, columns in order of `classes_`."""
        return self.calibration_.probabilities(_class_scores(self.decision_function(X)))

    def predict(self, X: Any) -> NDArray[np.int64]:
        """The most probable class ``(n,)`` of features ``(n, d)``."""
        labels: NDArray[np.int64] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return labels


def _kernel_width(X: NDArray[np.float64]) -> float:
    variance = float(X.var())
    return 1.0 / (X.shape[1] * variance) if variance > 0 else 1.0


def _class_scores(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """A column per class: with one machine for two classes, that of the first is 0."""
    if values.shape[1] == 1:
        return np.hstack([np.zeros_like(values), values])
    return values
