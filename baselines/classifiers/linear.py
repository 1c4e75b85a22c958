"""Linear classifiers with calibrated probabilities: support vector machine and elastic net."""

import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from sklearn.utils.validation import check_is_fitted

from baselines.classifiers.blocks import in_blocks
from baselines.classifiers.calibration import CalibratedClassifier, PlattScaling, class_scores
from baselines.classifiers.folds import class_codes, doubled_singles, stratified_folds


def _mean_square(X: NDArray[np.float64]) -> float:
    """Mean squared length of the rows, 1 where all are 0."""
    return float(np.einsum("ij,ij->", X, X)) / len(X) or 1.0


class LinearSVM(CalibratedClassifier):
    """Linear support vector machines, one class against the rest, with calibrated probabilities.

    Two classes need one machine, more need one each. They minimise the squared hinge loss in the
    primal (liblinear; Fan et al. 2008), where nothing is random and any number of images fits, with
    classes weighted inversely to their size. The machines are fitted on all images; their
    `PlattScaling` on decision values of machines that did not see the image.

    Parameters
    ----------
    C : float
        Penalty of a margin violation, in units of 1 / mean squared length of the feature vectors,
        so that one value suits any number of features.
    folds : int
        Parts in which the images are left out for the calibration, at least 2.

    Attributes
    ----------
    classes_ : (k,) int64
    coef_ : (machines, d) float64
    intercept_ : (machines,) float64
    calibration_ : PlattScaling
    fit_info_ : dict
        Number of images and of calibration folds, the penalty in liblinear's units, and the slope
        of the calibration.
    """

    def __init__(self, C: float = 0.6, folds: int = 5) -> None:
        self.C = C
        self.folds = folds

    def fit(self, X: Any, y: Any) -> Self:
        """Fit the machines and their calibration to features ``(n, d)`` and labels ``(n,)``.

        A class with a single image is entered twice (`doubled_singles`).

        Raises
        ------
        ValueError
            If `y` has fewer than two classes, or `folds` is below 2.
        """
        X, y = np.asarray(X, dtype=np.float64), np.asarray(y)
        if self.folds < 2:
            raise ValueError(f"folds must be at least 2, got {self.folds}")
        self.classes_, codes = class_codes(y)
        k = len(self.classes_)
        entered = doubled_singles(codes)
        X, codes = X[entered], codes[entered]
        penalty = self.C / _mean_square(X)
        positive = [codes == code for code in ([1] if k == 2 else range(k))]

        def machine(rows: NDArray[np.float64], member: NDArray[np.bool_]) -> LinearSVC:
            # a fixed state, since one is drawn from NumPy's global generator even if not needed
            fitted = LinearSVC(
                C=penalty, dual=False, class_weight="balanced", max_iter=10_000, random_state=0
            )
            return fitted.fit(rows, member)

        splits = stratified_folds(codes, self.folds)
        values = np.empty((len(X), len(positive)))
        for train, test in splits:
            for j, member in enumerate(positive):
                values[test, j] = machine(X[train], member[train]).decision_function(X[test])
        self.calibration_ = PlattScaling.fit(class_scores(values), codes)

        machines = [machine(X, member) for member in positive]
        self.coef_ = np.vstack([each.coef_ for each in machines])
        self.intercept_ = np.concatenate([each.intercept_ for each in machines])
        self.fit_info_ = {
            "images": len(y),
            "calibration_folds": len(splits),
            "C": penalty,
            "calibration_slope": self.calibration_.slope,
        }
        return self

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Decision values ``(n, machines)`` of features ``(n, d)``."""
        check_is_fitted(self)
        coef = self.coef_.T
        values = in_blocks(lambda rows: rows @ coef, np.asarray(X, dtype=np.float64))
        values += self.intercept_
        return values

    def scores(self, X: Any) -> NDArray[np.float64]:
        """Decision values as scores ``(n, k)`` of features ``(n, d)``."""
        return class_scores(self.decision_function(X))


class ElasticNet(CalibratedClassifier):
    """Multinomial logistic regression with the elastic net penalty (Zou & Hastie 2005).

    Fitted by SAGA (Defazio et al. 2014) in float32 with classes weighted inversely to their size.
    The weights are taken back afterwards: the probabilities that the weighted model gives are
    those at equal class frequencies, and the calibration multiplies them by the frequencies of the
    training images.

    Parameters
    ----------
    C : float
        Inverse strength of the penalty.
    l1_ratio : float
        Part of the L1 norm in the penalty, 0 to 1; the rest is half the squared L2 norm.
    tol : float
        The passes over the images end when no coefficient changes by more than this part of the
        largest. Fitting on from 1e-2 to 1e-4 takes 10 to 25 times as long.
    max_iter : int
        Largest number of passes.
    random_state : int
        Seed of the order in which SAGA visits the images.

    Attributes
    ----------
    classes_ : (k,) int64
    coef_ : (1 or k, d) float64
    intercept_ : (1 or k,) float64
    calibration_ : PlattScaling
        Slope 1, bias the logarithm of the class frequencies.
    fit_info_ : dict
        Passes over the images, whether they sufficed, and the part of the features with a
        coefficient that is not 0.
    """

    def __init__(
        self,
        C: float = 0.1,
        l1_ratio: float = 0.1,
        tol: float = 0.01,
        max_iter: int = 1000,
        random_state: int = 0,
    ) -> None:
        self.C = C
        self.l1_ratio = l1_ratio
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Fit the coefficients to features ``(n, d)``, best on one scale, and labels ``(n,)``.

        Raises
        ------
        ValueError
            If `y` has fewer than two classes.
        """
        self.classes_, codes = class_codes(y)
        model = LogisticRegression(
            C=self.C,
            l1_ratio=self.l1_ratio,
            solver="saga",
            class_weight="balanced",
            tol=self.tol,
            max_iter=self.max_iter,
            random_state=self.random_state,
        )
        if model.get_params().get("penalty") == "l2":  # scikit-learn before 1.8
            model.set_params(penalty="elasticnet")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # told by fit_info_
            model.fit(np.asarray(X, dtype=np.float32), codes)
        self.coef_ = model.coef_.astype(np.float64)
        self.intercept_ = np.asarray(model.intercept_, dtype=np.float64)
        self.calibration_ = PlattScaling(1.0, np.log(np.bincount(codes) / len(codes)))
        passes = int(np.max(model.n_iter_))
        self.fit_info_ = {
            "passes": passes,
            "converged": passes < self.max_iter,
            "features_used": float(self.coef_.any(axis=0).mean()),
        }
        return self

    def scores(self, X: Any) -> NDArray[np.float64]:
        """Log odds of each class ``(n, k)``, up to a constant per image, at equal frequencies."""
        check_is_fitted(self)
        coef = self.coef_.T
        values = in_blocks(lambda rows: rows @ coef, np.asarray(X, dtype=np.float64))
        return class_scores(values + self.intercept_)
