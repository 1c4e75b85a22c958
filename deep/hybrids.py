"""Classical learners on what networks see. The one module here that may import `baselines`."""

from typing import Any

from sklearn.base import BaseEstimator
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import StandardScaler

from baselines.classifiers.boosting import BoostedTrees
from baselines.classifiers.scaling import ClippedScores
from baselines.features.handcrafted import HandcraftedFeatures, compile_kernels
from deep.classifier import TimmClassifier
from deep.embedding import TimmEmbedding
from deep.linear import CalibratedLinearSVC


class SideBySide(FeatureUnion):
    """Features of several transformers in one row, with what each has to say of its `fit`.

    Attributes
    ----------
    fit_info_ : dict
        Name of the transformer → its `fit_info_`.
    cached_seconds_ : float
        Sum of those of the transformers.
    """

    @property
    def fit_info_(self) -> dict[str, Any]:
        """What each transformer decided."""
        return {
            name: part.fit_info_
            for name, part in self.transformer_list
            if hasattr(part, "fit_info_")
        }

    @property
    def cached_seconds_(self) -> float:
        """What others had spent on what was found in the cache."""
        return sum(getattr(part, "cached_seconds_", 0.0) for _, part in self.transformer_list)


def embedding_svm(architecture: str, fallback: TimmClassifier) -> Pipeline:
    """Frozen features of a network, standardised, into a linear support vector machine.

    Args:
        architecture: timm's name of the pretrained network.
        fallback: what is trained and frozen where its weights cannot be had.
    """
    return _pipeline(
        TimmEmbedding(architecture, fallback=fallback), StandardScaler(), CalibratedLinearSVC()
    )


def embedding_trees(architecture: str, fallback: TimmClassifier) -> Pipeline:
    """Frozen features of a network into gradient-boosted trees; see `embedding_svm`."""
    return _pipeline(TimmEmbedding(architecture, fallback=fallback), None, BoostedTrees())


def fusion_svm(architecture: str, fallback: TimmClassifier) -> Pipeline:
    """Handcrafted features beside frozen ones of a network; see `embedding_svm`."""
    union = SideBySide(
        [
            ("handcrafted", HandcraftedFeatures()),
            ("embedding", TimmEmbedding(architecture, fallback=fallback)),
        ]
    )
    return _pipeline(union, ClippedScores(), CalibratedLinearSVC())


def compile_feature_kernels() -> None:
    """Make ready what handcrafted features need, so that it is not timed as theirs."""
    compile_kernels()


def _pipeline(
    features: BaseEstimator, scale: BaseEstimator | None, classifier: BaseEstimator
) -> Pipeline:
    name = "features" if isinstance(features, SideBySide) else "embedding"
    learner = "svm" if isinstance(classifier, CalibratedLinearSVC) else "trees"
    steps = [(name, features), ("scale", scale), (learner, classifier)]
    return Pipeline([(step, part) for step, part in steps if part is not None])
