"""Classical learners on what networks see. The one module here that may import `baselines`."""

from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import StandardScaler

from baselines.classifiers.boosting import BoostedTrees
from baselines.classifiers.scaling import ClippedScores
from baselines.features.handcrafted import HandcraftedFeatures, compile_kernels
from deep.classifier import TimmClassifier
from deep.embedding import TimmEmbedding
from deep.linear import CalibratedLinearSVC


def embedding_svm(architecture: str, fallback: TimmClassifier) -> Pipeline:
    """Frozen features of a network, standardised, into a linear support vector machine.

    Args:
        architecture: timm's name of the pretrained network.
        fallback: what is trained and frozen where its weights cannot be had.
    """
    return Pipeline(
        [
            ("embedding", TimmEmbedding(architecture, fallback=fallback)),
            ("scale", StandardScaler()),
            ("svm", CalibratedLinearSVC()),
        ]
    )


def embedding_trees(architecture: str, fallback: TimmClassifier) -> Pipeline:
    """Frozen features of a network into gradient-boosted trees; see `embedding_svm`."""
    embedding = TimmEmbedding(architecture, fallback=fallback)
    return Pipeline([("embedding", embedding), ("trees", BoostedTrees())])


def fusion_svm(architecture: str, fallback: TimmClassifier) -> Pipeline:
    """Handcrafted features beside frozen ones of a network; see `embedding_svm`."""
    union = FeatureUnion(
        [
            ("handcrafted", HandcraftedFeatures()),
            ("embedding", TimmEmbedding(architecture, fallback=fallback)),
        ]
    )
    return Pipeline(
        [("features", union), ("scale", ClippedScores()), ("svm", CalibratedLinearSVC())]
    )


def compile_feature_kernels() -> None:
    """Make ready what handcrafted features need, so that it is not timed as theirs."""
    compile_kernels()
