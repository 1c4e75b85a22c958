"""The deep methods and hybrids that the suite offers, as functions that build them.

torch and timm are imported when a method is built, not when this module is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from deep.classifier import TimmClassifier


def compact_resnet() -> TimmClassifier:
    """Residual CNN of 0.37 million parameters (timm's test_resnet), trained from scratch."""
    from deep.classifier import TimmClassifier

    return TimmClassifier("test_resnet", pretrained=False)


def compact_se_cnn() -> TimmClassifier:
    """CNN of 0.2 million parameters with squeeze and excitation (test_byobnet), from scratch."""
    from deep.classifier import TimmClassifier

    return TimmClassifier("test_byobnet", pretrained=False, input_size=64)


def resnet18() -> TimmClassifier:
    """ResNet-18, fine-tuned where its ImageNet weights can be had, from scratch elsewhere."""
    from deep.classifier import TimmClassifier

    return TimmClassifier("resnet18")


resnet18.needs = "cuda"  # type: ignore[attr-defined]


def cnn_svm() -> Pipeline:
    """Frozen CNN features, of ImageNet weights or of the compact ResNet, into a linear SVM."""
    from deep.hybrids import embedding_svm

    return embedding_svm("resnet18", fallback=compact_resnet())


def timm(name: str) -> Callable[[], TimmClassifier]:
    """The function that builds the method `timm:name`, for any architecture that timm knows.

    Raises:
        ValueError: with near names, if timm has no such architecture.
    """
    from deep.network import check_architecture

    check_architecture(name)

    def build() -> TimmClassifier:
        from deep.classifier import TimmClassifier

        return TimmClassifier(name)

    build.__doc__ = f"{name} of timm, fine-tuned where its weights can be had, else from scratch."
    build.__name__ = build.__qualname__ = f"timm:{name}"
    return build
