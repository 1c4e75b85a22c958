"""Classical learners on what networks see. The one module here that may import `baselines`."""

from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

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
