"""What follows the features in each classical method: scaling where it is needed, and a classifier.

The classifiers are scikit-learn's and XGBoost's. Each function gives the unfitted steps of a
pipeline over features ``(n, d)``. Methods put the features before them; the soft vote chooses among
them. Classes are weighted inversely to their size where ranking gains by it. A `random_state` of 0
stands where nothing is random, so that none is drawn from NumPy's global generator.
"""

from collections.abc import Callable
from typing import Any

Steps = list[tuple[str, Any]]


def svm() -> Steps:
    """RBF support vector machines, one class against the rest, calibrated by Platt scaling."""
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.svm import SVC

    from baselines.classifiers.folds import StratifiedFolds
    from baselines.classifiers.sampled import SharedKernelCV
    from baselines.classifiers.scaling import ClippedScores

    machine = OneVsRestClassifier(SVC(C=3.0, class_weight="balanced", random_state=0))
    classifier = SharedKernelCV(machine, cv=StratifiedFolds())
    return [("scale", ClippedScores()), ("classifier", classifier)]


def linear_svm(limit: float = 4.0, C: float = 7e-4) -> Steps:
    """Linear support vector machines, calibrated by Platt scaling."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.svm import LinearSVC

    from baselines.classifiers.folds import StratifiedFolds
    from baselines.classifiers.scaling import ClippedScores

    machine = LinearSVC(C=C, dual=False, class_weight="balanced", max_iter=10_000, random_state=0)
    classifier = CalibratedClassifierCV(machine, ensemble=False, cv=StratifiedFolds())
    return [("scale", ClippedScores(limit)), ("classifier", classifier)]


def logistic_regression() -> Steps:
    """Logistic regression with the elastic net penalty (Zou & Hastie 2005)."""
    from sklearn.linear_model import LogisticRegression

    from baselines.classifiers.scaling import ClippedScores

    # to fit on until nothing changes by 1e-4 takes 10 to 25 times as long and gains nothing
    classifier = LogisticRegression(
        C=0.1, l1_ratio=0.1, solver="saga", tol=0.01, max_iter=10_000, random_state=0
    )
    return [("scale", ClippedScores()), ("classifier", classifier)]


def decision_tree() -> Steps:
    """One decision tree."""
    from baselines.classifiers.tree import SmoothedTree

    return [("classifier", SmoothedTree())]


def random_forest() -> Steps:
    """Random forest (Breiman 2001)."""
    from sklearn.ensemble import RandomForestClassifier

    classifier = RandomForestClassifier(
        n_estimators=200,
        criterion="entropy",
        min_samples_leaf=3,
        class_weight="balanced",
        random_state=0,
    )
    return [("classifier", classifier)]


def extra_trees() -> Steps:
    """Extremely randomised trees (Geurts, Ernst & Wehenkel 2006)."""
    from sklearn.ensemble import ExtraTreesClassifier

    classifier = ExtraTreesClassifier(
        n_estimators=200,
        criterion="entropy",
        max_features=0.1,
        class_weight="balanced",
        random_state=0,
    )
    return [("classifier", classifier)]


def xgboost() -> Steps:
    """Gradient-boosted trees."""
    from baselines.classifiers.boosting import BoostedTrees

    return [("classifier", BoostedTrees())]


def k_nearest_neighbours() -> Steps:
    """Nearest neighbours, to which a rare value matters even less than to the linear methods."""
    from baselines.classifiers.folds import StratifiedFolds
    from baselines.classifiers.neighbours import NearestNeighbours
    from baselines.classifiers.sampled import SampledCalibratedClassifierCV
    from baselines.classifiers.scaling import ClippedScores

    classifier = SampledCalibratedClassifierCV(
        NearestNeighbours(n_neighbors=10), cv=StratifiedFolds(), largest=20_000
    )
    return [("scale", ClippedScores(limit=2.0)), ("classifier", classifier)]


CLASSIFIERS: dict[str, Callable[[], Steps]] = {
    build.__name__: build
    for build in (
        svm,
        linear_svm,
        logistic_regression,
        decision_tree,
        random_forest,
        extra_trees,
        xgboost,
        k_nearest_neighbours,
    )
}
"""The functions of this module by name."""
