"""The classical methods: handcrafted features into a classifier.

Each function builds an unfitted pipeline over images ``(n, h, w, c) uint8``. The default settings
were chosen by cross-validation inside the training splits, and on the validation splits, of
BreastMNIST and PneumoniaMNIST at 28 px; `search_space` names what is worth tuning on other images.
Everything is imported when a method is built, so that naming the methods costs nothing.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def svm() -> "Pipeline":
    """Handcrafted features into an RBF support vector machine, calibrated by Platt scaling."""
    from sklearn.pipeline import Pipeline

    from baselines.features import HandcraftedFeatures
    from baselines.scaling import ClippedScores
    from baselines.svm import CalibratedSVC

    return Pipeline(
        [
            ("features", HandcraftedFeatures()),
            ("scale", ClippedScores()),
            ("classifier", CalibratedSVC()),
        ]
    )


svm.search_space = {  # type: ignore[attr-defined]
    "classifier__C": [0.3, 1.0, 3.0, 10.0, 30.0],
    "classifier__gamma": ["scale", 0.0003, 0.0007, 0.0015, 0.003, 0.006],
}


def decision_tree() -> "Pipeline":
    """Handcrafted features into one decision tree with at least 5 % of the images in each leaf."""
    from sklearn.pipeline import Pipeline
    from sklearn.tree import DecisionTreeClassifier

    from baselines.features import HandcraftedFeatures

    classifier = DecisionTreeClassifier(min_samples_leaf=0.05, class_weight="balanced")
    return Pipeline([("features", HandcraftedFeatures()), ("classifier", classifier)])


decision_tree.search_space = {  # type: ignore[attr-defined]
    "classifier__min_samples_leaf": [0.005, 0.01, 0.02, 0.03, 0.05, 0.1],
    "classifier__max_depth": [None, 2, 3, 4, 6],
    "classifier__criterion": ["gini", "entropy"],
}


def random_forest() -> "Pipeline":
    """Handcrafted features into a random forest of 200 trees."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import Pipeline

    from baselines.features import HandcraftedFeatures

    classifier = RandomForestClassifier(
        n_estimators=200, min_samples_leaf=2, class_weight="balanced_subsample"
    )
    return Pipeline([("features", HandcraftedFeatures()), ("classifier", classifier)])


random_forest.search_space = {  # type: ignore[attr-defined]
    "classifier__min_samples_leaf": [1, 2, 3, 5, 10],
    "classifier__max_features": ["sqrt", 0.05, 0.1, 0.2],
}


def xgboost() -> "Pipeline":
    """Handcrafted features into 300 rounds of gradient-boosted trees (XGBoost)."""
    from sklearn.pipeline import Pipeline

    from baselines.boosting import BoostedTrees
    from baselines.features import HandcraftedFeatures

    return Pipeline([("features", HandcraftedFeatures()), ("classifier", BoostedTrees())])


xgboost.search_space = {  # type: ignore[attr-defined]
    "classifier__n_estimators": [100, 200, 300, 500],
    "classifier__learning_rate": [0.02, 0.05, 0.1],
    "classifier__max_depth": [2, 3, 4, 6],
    "classifier__min_child_weight": [1.0, 3.0, 10.0],
    "classifier__reg_lambda": [0.3, 1.0, 3.0, 10.0],
    "classifier__colsample_bytree": [0.1, 0.3, 0.6],
}


def _warm_up() -> None:
    from baselines.features import compile_kernels

    compile_kernels()


for _build in (svm, decision_tree, random_forest, xgboost):
    _build.warm_up = _warm_up  # type: ignore[attr-defined]
