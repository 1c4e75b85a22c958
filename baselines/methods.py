"""The classical methods: handcrafted features, or learned patches, into a classifier.

Each is a `Method` that builds an unfitted pipeline over images ``(n, h, w, c) uint8``. The default
settings were chosen by cross-validation inside the training splits of BreastMNIST, BUSI and
PneumoniaMNIST. Choosing among the features by analysis of variance lowered the AUC of the machines,
so all are used. `search_space` names what is worth tuning on other images, with a hundred
configurations or more, as networks have (but for the soft vote). Everything is imported when a
method is built, so that naming the methods costs nothing.
"""

from functools import partial
from typing import TYPE_CHECKING, Any

from baselines.method import Method, Space

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def _pipeline(classifier: str) -> "Pipeline":
    """Handcrafted features before the classifier of that name."""
    from sklearn.pipeline import Pipeline

    from baselines.classifiers.pipelines import CLASSIFIERS
    from baselines.features.handcrafted import HandcraftedFeatures

    return Pipeline([("features", HandcraftedFeatures()), *CLASSIFIERS[classifier]()])


def _vote() -> "Pipeline":
    from sklearn.pipeline import Pipeline

    from baselines.classifiers.vote import SoftVote
    from baselines.features.handcrafted import HandcraftedFeatures

    return Pipeline([("features", HandcraftedFeatures()), ("classifier", SoftVote())])


def _patches() -> "Pipeline":
    from sklearn.pipeline import Pipeline

    from baselines.classifiers.pipelines import linear_svm
    from baselines.features.patches import PatchDictionary

    return Pipeline([("patches", PatchDictionary()), *linear_svm(limit=2.0, C=3e-3)])


def _anomalies(scale: bool, detector: str) -> "Pipeline":
    """Handcrafted features before a detector of what is unlike one class."""
    from sklearn.ensemble import IsolationForest
    from sklearn.pipeline import Pipeline

    from baselines.classifiers.one_class import (
        AnomalyClassifier,
        PCAResidual,
        SeededOneClassSVM,
    )
    from baselines.classifiers.scaling import ClippedScores
    from baselines.features.handcrafted import HandcraftedFeatures

    detectors: dict[str, Any] = {
        "isolation forest": lambda: IsolationForest(random_state=0),
        "one-class SVM": lambda: SeededOneClassSVM(nu=0.1),
        "PCA residual": PCAResidual,
    }
    steps: list[tuple[str, Any]] = [("features", HandcraftedFeatures())]
    if scale:
        steps.append(("scale", ClippedScores(limit=8.0)))
    return Pipeline([*steps, ("classifier", AnomalyClassifier(detectors[detector]()))])


def _compile_feature_kernels() -> None:
    from baselines.features.handcrafted import compile_kernels

    compile_kernels()


def _family_importance(model: "Pipeline", X: Any, y: Any) -> dict[str, float]:
    from baselines.importance import family_importance

    return family_importance(model, X, y)


_on_features = partial(Method, importance=_family_importance, warm_up=_compile_feature_kernels)

_LEAVES: Space = {
    "classifier__min_samples_leaf": [1, 2, 3, 4, 5, 6, 7, 8, 10, 15],
    "classifier__max_features": ["sqrt", "log2", 0.02, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4],
}

svm = _on_features(
    partial(_pipeline, "svm"),
    "Handcrafted features into an RBF support vector machine, calibrated by Platt scaling.",
    {
        "classifier__estimator__estimator__C": [0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0],
        "classifier__estimator__estimator__gamma": [
            "scale", 1e-4, 2e-4, 3e-4, 7e-4, 1.5e-3, 3e-3, 6e-3,
        ],
        "scale__limit": [2.0, 3.0, 4.0, 6.0],
    },
    deterministic=True,
)  # fmt: skip

linear_svm = _on_features(
    partial(_pipeline, "linear_svm"),
    "Handcrafted features into a linear support vector machine, calibrated by Platt scaling.",
    {
        "classifier__estimator__C": [
            1e-6, 3e-6, 7e-6, 1e-5, 3e-5, 7e-5, 1e-4, 2e-4, 4e-4, 7e-4, 1e-3, 2e-3, 7e-3,
        ],
        "scale__limit": [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0],
    },
    deterministic=True,
)  # fmt: skip

logistic_regression = _on_features(
    partial(_pipeline, "logistic_regression"),
    "Handcrafted features into logistic regression with the elastic net penalty.",
    {
        "classifier__C": [0.003, 0.01, 0.02, 0.03, 0.06, 0.1, 0.2, 0.3, 0.6, 1.0],
        "classifier__l1_ratio": [0.0, 0.05, 0.1, 0.2, 0.3, 0.6, 0.9],
        "scale__limit": [2.0, 3.0, 4.0, 6.0],
    },
)

decision_tree = _on_features(
    partial(_pipeline, "decision_tree"),
    "Handcrafted features into one decision tree with at least 2 % of the images in each leaf.",
    {
        "classifier__min_samples_leaf": [0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1],
        "classifier__max_depth": [None, 2, 3, 4, 5, 6, 8],
        "classifier__criterion": ["gini", "entropy"],
    },
)

random_forest = _on_features(
    partial(_pipeline, "random_forest"),
    "Handcrafted features into a random forest of 200 trees.",
    _LEAVES,
)

extra_trees = _on_features(
    partial(_pipeline, "extra_trees"),
    "Handcrafted features into 200 extremely randomised trees.",
    _LEAVES,
)

xgboost = _on_features(
    partial(_pipeline, "xgboost"),
    "Handcrafted features into gradient-boosted trees (XGBoost) with early stopping.",
    {
        "classifier__learning_rate": [0.01, 0.03, 0.1],
        "classifier__max_depth": [2, 3, 4, 6],
        "classifier__min_child_weight": [1.0, 3.0, 10.0],
        "classifier__reg_lambda": [0.3, 1.0, 3.0, 10.0],
        "classifier__colsample_bytree": [0.1, 0.3, 0.6],
    },
)

k_nearest_neighbours = _on_features(
    partial(_pipeline, "k_nearest_neighbours"),
    "Handcrafted features into the 10 nearest neighbours, calibrated by Platt scaling.",
    {
        "classifier__estimator__n_neighbors": [3, 5, 7, 10, 12, 15, 20, 25, 30, 40, 50, 60, 75],
        "scale__limit": [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0],
    },
    deterministic=True,
)

soft_vote = _on_features(
    _vote,
    "The mean of the three best classifiers of handcrafted features, chosen in training folds.",
    {"classifier__members": [1, 2, 3, 4, 5, 6, 7, 8]},
)

patch_svm = Method(
    _patches,
    "A dictionary of whitened patches, learned without labels, into a linear SVM.",
    {
        "patches__words": [128, 256, 400],
        "patches__patch": [4, 5, 6, 8],
        "patches__grid": [1, 2, 3],
        "classifier__estimator__C": [3e-4, 1e-3, 3e-3, 1e-2],
    },
    rung="pixels",
)

_of_one_class = partial(Method, warm_up=_compile_feature_kernels, one_class="only")

isolation_forest = _of_one_class(
    partial(_anomalies, False, "isolation forest"),
    "Trained on one class: handcrafted features into an isolation forest of 100 trees.",
    {
        "classifier__detector__max_samples": ["auto", 0.1, 0.2, 0.4, 0.7, 1.0],
        "classifier__detector__max_features": [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0],
    },
)

one_class_svm = _of_one_class(
    partial(_anomalies, True, "one-class SVM"),
    "Trained on one class: handcrafted features into a one-class support vector machine.",
    {
        "classifier__detector__nu": [0.01, 0.02, 0.05, 0.1, 0.2, 0.5],
        "classifier__detector__gamma": ["scale", 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3],
        "scale__limit": [2.0, 3.0, 4.0, 6.0, 8.0],
    },
)

pca_residual = _of_one_class(
    partial(_anomalies, True, "PCA residual"),
    "Trained on one class: what its main axes leave unexplained of handcrafted features.",
    {
        "classifier__detector__explained": [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99],
        "scale__limit": [2.0, 3.0, 4.0, 6.0, 8.0],
    },
    deterministic=True,
)
