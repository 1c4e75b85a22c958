"""The classical methods: handcrafted features, or learned patches, into a classifier.

Each function builds an unfitted pipeline over images ``(n, h, w, c) uint8``. The default settings
were chosen by cross-validation inside the training splits of BreastMNIST and PneumoniaMNIST at
28 px. Choosing among the features by analysis of variance lowered the AUC of the machines, so all
are used. `search_space` names what is worth tuning on other images, with a hundred configurations
or more, as networks have (but for the soft vote). Everything is imported when a method is built, so
that naming the methods costs nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def _on_features(name: str) -> "Pipeline":
    """Handcrafted features before the classifier of that name."""
    from sklearn.pipeline import Pipeline

    from baselines.classifiers.pipelines import CLASSIFIERS
    from baselines.features.handcrafted import HandcraftedFeatures

    return Pipeline([("features", HandcraftedFeatures()), *CLASSIFIERS[name]()])


def svm() -> "Pipeline":
    """Handcrafted features into an RBF support vector machine, calibrated by Platt scaling."""
    return _on_features("svm")


svm.search_space = {  # type: ignore[attr-defined]
    "classifier__C": [0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0],
    "classifier__gamma": ["scale", 1e-4, 2e-4, 3e-4, 7e-4, 1.5e-3, 3e-3, 6e-3],
    "scale__limit": [2.0, 3.0, 4.0, 6.0],
}


def linear_svm() -> "Pipeline":
    """Handcrafted features into a linear support vector machine, calibrated by Platt scaling."""
    return _on_features("linear_svm")


linear_svm.search_space = {  # type: ignore[attr-defined]
    "classifier__C": [0.001, 0.003, 0.006, 0.01, 0.03, 0.06, 0.1, 0.2, 0.4, 0.6, 1.0, 2.0, 6.0],
    "scale__limit": [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0],
}


def logistic_regression() -> "Pipeline":
    """Handcrafted features into logistic regression with the elastic net penalty."""
    return _on_features("logistic_regression")


logistic_regression.search_space = {  # type: ignore[attr-defined]
    "classifier__C": [0.003, 0.01, 0.02, 0.03, 0.06, 0.1, 0.2, 0.3, 0.6, 1.0],
    "classifier__l1_ratio": [0.0, 0.05, 0.1, 0.2, 0.3, 0.6, 0.9],
    "scale__limit": [2.0, 3.0, 4.0, 6.0],
}


def decision_tree() -> "Pipeline":
    """Handcrafted features into one decision tree with at least 2 % of the images in each leaf."""
    return _on_features("decision_tree")


decision_tree.search_space = {  # type: ignore[attr-defined]
    "classifier__min_samples_leaf": [0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1],
    "classifier__max_depth": [None, 2, 3, 4, 5, 6, 8],
    "classifier__criterion": ["gini", "entropy"],
}


def random_forest() -> "Pipeline":
    """Handcrafted features into a random forest of 200 trees, calibrated out of bag."""
    return _on_features("random_forest")


random_forest.search_space = {  # type: ignore[attr-defined]
    "classifier__min_samples_leaf": [1, 2, 3, 4, 5, 6, 7, 8, 10, 15],
    "classifier__max_features": ["sqrt", "log2", 0.02, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4],
}


def extra_trees() -> "Pipeline":
    """Handcrafted features into 200 extremely randomised trees, calibrated out of fold."""
    return _on_features("extra_trees")


extra_trees.search_space = {  # type: ignore[attr-defined]
    "classifier__min_samples_leaf": [1, 2, 3, 4, 5, 6, 7, 8, 10, 15],
    "classifier__max_features": ["sqrt", "log2", 0.02, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4],
}


def xgboost() -> "Pipeline":
    """Handcrafted features into gradient-boosted trees (XGBoost) with early stopping."""
    return _on_features("xgboost")


xgboost.search_space = {  # type: ignore[attr-defined]
    "classifier__learning_rate": [0.01, 0.03, 0.1],
    "classifier__max_depth": [2, 3, 4, 6],
    "classifier__min_child_weight": [1.0, 3.0, 10.0],
    "classifier__reg_lambda": [0.3, 1.0, 3.0, 10.0],
    "classifier__colsample_bytree": [0.1, 0.3, 0.6],
}


def k_nearest_neighbours() -> "Pipeline":
    """Handcrafted features into the 10 nearest neighbours, calibrated by leaving one out."""
    return _on_features("k_nearest_neighbours")


k_nearest_neighbours.search_space = {  # type: ignore[attr-defined]
    "classifier__n_neighbors": [3, 5, 7, 10, 12, 15, 20, 25, 30, 40, 50, 60, 75],
    "scale__limit": [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0],
}


def patch_svm() -> "Pipeline":
    """A dictionary of whitened patches, learned without labels, into a linear SVM."""
    from sklearn.pipeline import Pipeline

    from baselines.classifiers.linear import LinearSVM
    from baselines.classifiers.scaling import ClippedScores
    from baselines.patches import PatchDictionary

    return Pipeline(
        [
            ("patches", PatchDictionary()),
            ("scale", ClippedScores(limit=2.0)),
            ("classifier", LinearSVM(C=3.0)),
        ]
    )


patch_svm.search_space = {  # type: ignore[attr-defined]
    "patches__words": [128, 256, 400],
    "patches__patch": [4, 5, 6, 8],
    "patches__grid": [1, 2, 3],
    "classifier__C": [0.3, 1.0, 3.0, 10.0],
}


def soft_vote() -> "Pipeline":
    """The mean of the three best classifiers of handcrafted features, chosen in training folds."""
    from sklearn.pipeline import Pipeline

    from baselines.classifiers.vote import SoftVote
    from baselines.features.handcrafted import HandcraftedFeatures

    return Pipeline([("features", HandcraftedFeatures()), ("classifier", SoftVote())])


soft_vote.search_space = {  # type: ignore[attr-defined]
    "classifier__members": [1, 2, 3, 4, 5, 6, 7, 8],
}


def _compile_feature_kernels() -> None:
    from baselines.features.handcrafted import compile_kernels

    compile_kernels()


def _family_importance(model: "Pipeline", X: Any, y: Any) -> dict[str, float]:
    from baselines.importance import family_importance

    return family_importance(model, X, y)


for _build in (  # not of the patch dictionary, which has neither kernels nor families
    svm,
    linear_svm,
    logistic_regression,
    decision_tree,
    random_forest,
    extra_trees,
    xgboost,
    k_nearest_neighbours,
    soft_vote,
):
    _build.warm_up = _compile_feature_kernels  # type: ignore[attr-defined]
    _build.importance = _family_importance  # type: ignore[attr-defined]
