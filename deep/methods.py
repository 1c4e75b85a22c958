"""The deep methods and hybrids that the suite offers, as functions that build them.

torch and timm are imported by `warm_up` or `fit`, not when a method is built. Methods that take
more than a few seconds per fit on one CPU core, beyond the compact ones, ask for a GPU.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from deep import spaces

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from deep.classifier import TimmClassifier
    from deep.ensemble import DeepEnsemble


def compact_resnet() -> TimmClassifier:
    """Residual CNN of 0.37 million parameters (timm's test_resnet), trained from scratch."""
    return _network("test_resnet", pretrained=False)


def compact_resnet_no_augmentation() -> TimmClassifier:
    """The compact ResNet trained on the images as they are: what does augmentation bring?"""
    return _network("test_resnet", pretrained=False, augment="none")


def compact_se_cnn() -> TimmClassifier:
    """CNN of 0.2 million parameters with squeeze and excitation (test_byobnet), from scratch."""
    return _network("test_byobnet", pretrained=False, input_size=64)


def row_gru() -> TimmClassifier:
    """Bidirectional GRU that reads an image as a sequence of rows, trained from scratch."""
    return _network("row_gru", pretrained=False, batch_size=64, learning_rate=3e-3)


def resnet18() -> TimmClassifier:
    """ResNet-18, fine-tuned where its ImageNet weights can be had, from scratch elsewhere."""
    return _network("resnet18")


def resnet50() -> TimmClassifier:
    """ResNet-50, fine-tuned where its ImageNet weights can be had, from scratch elsewhere."""
    return _network("resnet50")


def efficientnet_b0() -> TimmClassifier:
    """EfficientNet-B0, fine-tuned where its weights can be had, from scratch elsewhere."""
    return _network("efficientnet_b0")


def mobilenetv3_small() -> TimmClassifier:
    """MobileNetV3-Small, fine-tuned where its weights can be had, from scratch elsewhere."""
    return _network("mobilenetv3_small_100")


def convnext_atto() -> TimmClassifier:
    """ConvNeXt-Atto, fine-tuned where its weights can be had, from scratch elsewhere."""
    return _network("convnext_atto")


def convnext_tiny() -> TimmClassifier:
    """ConvNeXt-Tiny, fine-tuned where its weights can be had, from scratch elsewhere."""
    return _network("convnext_tiny")


def vit_tiny() -> TimmClassifier:
    """ViT-Tiny, fine-tuned where its weights can be had, from scratch elsewhere."""
    return _network("vit_tiny_patch16_224")


def linear_probe() -> TimmClassifier:
    """A linear layer trained on what ResNet-18 with its ImageNet weights sees."""
    return _network("resnet18", pretrained=True, linear_probe=True)


def _no_weights_to_probe() -> str:
    from deep.networks.weights import find_weights

    if find_weights("resnet18"):
        return ""
    return "no pretrained weights of resnet18 are in the hub's cache, and none can be downloaded"


linear_probe.obstacle = _no_weights_to_probe  # type: ignore[attr-defined]


def deep_ensemble() -> DeepEnsemble:
    """Five compact ResNets from different seeds, their probabilities averaged."""
    from deep.ensemble import DeepEnsemble

    return DeepEnsemble(compact_resnet(), members=5)


def cnn_svm() -> Pipeline:
    """Frozen CNN features, of ImageNet weights or of the compact ResNet, into a linear SVM."""
    from deep.hybrids import embedding_svm

    return embedding_svm("resnet18", fallback=compact_resnet())


def cnn_xgboost() -> Pipeline:
    """Frozen CNN features, of ImageNet weights or of the compact ResNet, into XGBoost."""
    from deep.hybrids import embedding_trees

    return embedding_trees("resnet18", fallback=compact_resnet())


def fusion_svm() -> Pipeline:
    """Handcrafted features beside frozen CNN features, into a linear SVM."""
    from deep.hybrids import fusion_svm

    return fusion_svm("resnet18", fallback=compact_resnet())


_FINE_TUNED: tuple[Callable[[], TimmClassifier], ...] = (
    resnet18,
    resnet50,
    efficientnet_b0,
    mobilenetv3_small,
    convnext_atto,
    convnext_tiny,
    vit_tiny,
)
_BUILDS_FOR_A_GPU: tuple[Callable[[], object], ...] = (
    compact_resnet_no_augmentation,
    *_FINE_TUNED,
    linear_probe,
    deep_ensemble,
    cnn_xgboost,
    fusion_svm,
)
for _build in _BUILDS_FOR_A_GPU:
    _build.needs = "cuda"  # type: ignore[attr-defined]


def _load_torch() -> None:
    import deep.freezing
    import deep.training.fitting  # noqa: F401


def _load_torch_and_kernels() -> None:
    from deep.hybrids import compile_feature_kernels

    compile_feature_kernels()
    _load_torch()


def _where_it_looks(model: TimmClassifier, images: Any, targets: Any) -> Any:
    from deep.activation import grad_cam

    return grad_cam(model, images, targets)


_SINGLE_NETWORKS: tuple[Callable[[], object], ...] = (
    compact_resnet,
    compact_se_cnn,
    *_FINE_TUNED,
    linear_probe,
)
for _build in _SINGLE_NETWORKS:
    _build.explain = _where_it_looks  # type: ignore[attr-defined]

for _build in (*_SINGLE_NETWORKS, row_gru, *_BUILDS_FOR_A_GPU, cnn_svm):
    _build.warm_up = _load_torch  # type: ignore[attr-defined]
fusion_svm.warm_up = _load_torch_and_kernels  # type: ignore[attr-defined]


compact_resnet_no_augmentation.search_space = spaces.WITHOUT_AUGMENTATION  # type: ignore[attr-defined]
for _build in (compact_resnet, compact_se_cnn, row_gru):
    _build.search_space = spaces.FROM_SCRATCH  # type: ignore[attr-defined]
for _build in _FINE_TUNED:
    _build.search_space = spaces.FINE_TUNED  # type: ignore[attr-defined]
linear_probe.search_space = spaces.LINEAR_PROBE  # type: ignore[attr-defined]
deep_ensemble.search_space = spaces.nested(spaces.FROM_SCRATCH, "estimator")  # type: ignore[attr-defined]
cnn_svm.search_space = spaces.EMBEDDING_SVM  # type: ignore[attr-defined]
cnn_xgboost.search_space = spaces.EMBEDDING_TREES  # type: ignore[attr-defined]
fusion_svm.search_space = spaces.FUSION_SVM  # type: ignore[attr-defined]


def timm(name: str) -> Callable[[], TimmClassifier]:
    """The function that builds the method `timm:name`, for any architecture that timm knows.

    Raises:
        ValueError: with near names, if timm has no such architecture.
    """
    from deep.networks.planning import check_architecture

    check_architecture(name)

    def build() -> TimmClassifier:
        return _network(name)

    build.__doc__ = f"{name} of timm, fine-tuned where its weights can be had, else from scratch."
    build.__name__ = build.__qualname__ = f"timm:{name}"
    build.explain = _where_it_looks  # type: ignore[attr-defined]
    build.warm_up = _load_torch  # type: ignore[attr-defined]
    build.search_space = spaces.FINE_TUNED  # type: ignore[attr-defined]
    return build


def _network(architecture: str, **parameters: Any) -> TimmClassifier:
    from deep.classifier import TimmClassifier

    return TimmClassifier(architecture, **parameters)
