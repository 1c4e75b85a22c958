"""What follows the features in each classical method: scaling where it is needed, and a classifier.

Each function gives the unfitted steps of a pipeline over features ``(n, d)``. Methods put the
features before them; the soft vote chooses among them.
"""

from collections.abc import Callable
from typing import Any

Steps = list[tuple[str, Any]]


def svm() -> Steps:
    """RBF support vector machine."""
    from baselines.classifiers.scaling import ClippedScores
    from baselines.classifiers.svm import CalibratedSVC

    return [("scale", ClippedScores()), ("classifier", CalibratedSVC())]


def linear_svm() -> Steps:
    """Linear support vector machine."""
    from baselines.classifiers.linear import LinearSVM
    from baselines.classifiers.scaling import ClippedScores

    return [("scale", ClippedScores()), ("classifier", LinearSVM())]


def logistic_regression() -> Steps:
    """Logistic regression with the elastic net penalty."""
    from baselines.classifiers.linear import ElasticNet
    from baselines.classifiers.scaling import ClippedScores

    return [("scale", ClippedScores()), ("classifier", ElasticNet())]


def decision_tree() -> Steps:
    """One decision tree."""
    from baselines.classifiers.tree import SmoothedTree

    return [("classifier", SmoothedTree())]


def random_forest() -> Steps:
    """Random forest."""
    from baselines.classifiers.forest import RandomForest

    return [("classifier", RandomForest())]


def extra_trees() -> Steps:
    """Extremely randomised trees."""
    from baselines.classifiers.forest import ExtraTrees

    return [("classifier", ExtraTrees())]


def xgboost() -> Steps:
    """Gradient-boosted trees."""
    from baselines.classifiers.boosting import BoostedTrees

    return [("classifier", BoostedTrees())]


def k_nearest_neighbours() -> Steps:
    """Nearest neighbours, to which a rare value matters even less than to the linear methods."""
    from baselines.classifiers.neighbours import NearestNeighbours
    from baselines.classifiers.scaling import ClippedScores

    return [("scale", ClippedScores(limit=2.0)), ("classifier", NearestNeighbours())]


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
