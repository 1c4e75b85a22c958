"""Classical learners on what networks see. The one module here that may import `baselines`."""

from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import StandardScaler

from baselines.classifiers.boosting import BoostedTrees
from baselines.classifiers.one_class import AnomalyClassifier, NeighbourDistance
from baselines.classifiers.scaling import ClippedScores
from baselines.features.handcrafted import HandcraftedFeatures, compile_kernels
from deep.embedding import TimmEmbedding
from deep.linear import CalibratedLinearSVC


def embedding_svm(embedding: TimmEmbedding) -> Pipeline:
    """Frozen features of a network, standardised, into a linear support vector machine."""
    return Pipeline(
        [("embedding", embedding), ("scale", StandardScaler()), ("svm", CalibratedLinearSVC())]
    )


def embedding_trees(embedding: TimmEmbedding) -> Pipeline:
    """Frozen features of a network into gradient-boosted trees."""
    return Pipeline([("embedding", embedding), ("trees", BoostedTrees())])


def embedding_distance(embedding: TimmEmbedding) -> Pipeline:
    """The cosine distance of frozen features from the nearest of the one class that was seen."""
    classifier = AnomalyClassifier(NeighbourDistance(metric="cosine"))
    return Pipeline([("embedding", embedding), ("classifier", classifier)])


def fusion_svm(embedding: TimmEmbedding) -> Pipeline:
    """Handcrafted features beside frozen ones of a network, into a linear machine."""
    union = FeatureUnion([("handcrafted", HandcraftedFeatures()), ("embedding", embedding)])
    return Pipeline(
        [("features", union), ("scale", ClippedScores()), ("svm", CalibratedLinearSVC())]
    )


def compile_feature_kernels() -> None:
    """Make ready what handcrafted features need, so that it is not timed as theirs."""
    compile_kernels()
