"""The types that a bundle may hold: a fixed list, and those that installed packages register.

A package that has estimators of its own registers them under the entry-point group `bench.stored`;
what a bundle itself asks for is never trusted. Reading the list imports nothing.
"""

from functools import cache
from importlib import metadata
from typing import Any

GROUP = "bench.stored"
"""Entry points: any name = "module:Class" of a class, or of a function, that may be stored."""

PLAIN = frozenset(
    {f"builtins.{name}" for name in ("dict", "list", "tuple", "set", "str", "int", "float", "bool")}
    | {f"numpy.{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)}
    | {"numpy.float32", "numpy.float64", "numpy.bool", "numpy.bool_", "numpy.ndarray"}
    | {"numpy.str_"}
)
"""Values without behaviour."""

_SKLEARN = {
    "calibration": "CalibratedClassifierCV _CalibratedClassifier _SigmoidCalibration",
    "decomposition._pca": "PCA",
    "discriminant_analysis": "LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis",
    "dummy": "DummyClassifier",
    "ensemble._forest": "RandomForestClassifier ExtraTreesClassifier",
    "feature_selection._univariate_selection": "SelectKBest SelectPercentile f_classif",
    "feature_selection._variance_threshold": "VarianceThreshold",
    "impute._base": "SimpleImputer",
    "linear_model._logistic": "LogisticRegression",
    "linear_model._ridge": "RidgeClassifier",
    "multiclass": "OneVsRestClassifier",
    "naive_bayes": "GaussianNB",
    "neighbors._classification": "KNeighborsClassifier",
    "neural_network._multilayer_perceptron": "MLPClassifier",
    "pipeline": "Pipeline FeatureUnion",
    "preprocessing._data": (
        "StandardScaler MinMaxScaler MaxAbsScaler RobustScaler Normalizer PowerTransformer "
        "QuantileTransformer PolynomialFeatures"
    ),
    "preprocessing._label": "LabelBinarizer LabelEncoder",
    "svm._classes": "SVC LinearSVC",
    "tree._classes": "DecisionTreeClassifier ExtraTreeClassifier",
    "tree._tree": "Tree",
}

SKLEARN = frozenset(
    f"sklearn.{module}.{name}" for module, names in _SKLEARN.items() for name in names.split()
)
"""scikit-learn's estimators that may be stored, and what they are made of."""


@cache
def registered() -> dict[str, metadata.EntryPoint]:
    """Qualified name → entry point of the types that installed packages register."""
    return {point.value.replace(":", "."): point for point in metadata.entry_points(group=GROUP)}


def trusted() -> frozenset[str]:
    """Qualified names of all types that a bundle may hold."""
    return PLAIN | SKLEARN | frozenset(registered())


def name_of(kind: Any) -> str:
    """The qualified name of a class or function."""
    return f"{kind.__module__}.{kind.__qualname__}"
