"""The deep methods and hybrids that the suite offers.

torch and timm are imported by `warm_up` or `fit`, not when a method is built. Methods that take
more than a few seconds per fit on one CPU core, beyond the compact ones, ask for a GPU.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from deep import search_spaces
from deep.method import Method

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

    from deep.classifier import TimmClassifier


def _load_torch() -> None:
    from deep import frozen_networks  # noqa: F401
    from deep.training import fitting  # noqa: F401


def _load_torch_and_kernels() -> None:
    from deep.hybrids import compile_feature_kernels

    compile_feature_kernels()
    _load_torch()


def _where_it_looks(model: TimmClassifier, images: Any, targets: Any) -> Any:
    from deep.grad_cam import grad_cam

    return grad_cam(model, images, targets)


def _method(
    search_space: search_spaces.Space,
    *,
    needs: str = "",
    warm_up: Callable[[], None] = _load_torch,
    explain: Callable[[Any, Any, Any], Any] | None = None,
    obstacle: Callable[[], str] | None = None,
) -> Callable[[Callable[[], BaseEstimator]], Method]:
    """A decorator that makes a method of a function."""
    return lambda build: Method(build, search_space, needs, warm_up, explain, obstacle)


def _network(architecture: str, **parameters: Any) -> TimmClassifier:
    from deep.classifier import TimmClassifier

    return TimmClassifier(architecture, **parameters)


def _fine_tuned(architecture: str, name: str, needs: str = "cuda") -> Method:
    def build() -> TimmClassifier:
        return _network(architecture)

    build.__doc__ = f"{name}, fine-tuned where its weights can be had, from scratch elsewhere."
    return Method(build, search_spaces.FINE_TUNED, needs, _load_torch, _where_it_looks)


def _compact_resnet() -> TimmClassifier:
    """Residual CNN of 0.37 million parameters (timm's test_resnet), trained from scratch."""
    return _network("test_resnet", pretrained=False)


compact_resnet = _method(search_spaces.FROM_SCRATCH, explain=_where_it_looks)(_compact_resnet)


@_method(search_spaces.WITHOUT_AUGMENTATION, needs="cuda")
def compact_resnet_no_augmentation() -> TimmClassifier:
    """The compact ResNet trained on the images as they are: what does augmentation bring?"""
    return _network("test_resnet", pretrained=False, augment="none")


@_method(search_spaces.FROM_SCRATCH, explain=_where_it_looks)
def compact_se_cnn() -> TimmClassifier:
    """CNN of 0.2 million parameters with squeeze and excitation (test_byobnet), from scratch."""
    return _network("test_byobnet", pretrained=False, input_size=64)


@_method(search_spaces.FROM_SCRATCH)
def row_gru() -> TimmClassifier:
    """Bidirectional GRU that reads an image as a sequence of rows, trained from scratch."""
    return _network("row_gru", pretrained=False, batch_size=64, learning_rate=3e-3)


resnet18 = _fine_tuned("resnet18", "ResNet-18")
resnet50 = _fine_tuned("resnet50", "ResNet-50")
efficientnet_b0 = _fine_tuned("efficientnet_b0", "EfficientNet-B0")
mobilenetv3_small = _fine_tuned("mobilenetv3_small_100", "MobileNetV3-Small")
convnext_atto = _fine_tuned("convnext_atto", "ConvNeXt-Atto")
convnext_tiny = _fine_tuned("convnext_tiny", "ConvNeXt-Tiny")
vit_tiny = _fine_tuned("vit_tiny_patch16_224", "ViT-Tiny")


def _no_weights_to_probe() -> str:
    from deep.networks.weights import find_weights

    if find_weights("resnet18"):
        return ""
    return "no pretrained weights of resnet18 are in the hub's cache, and none can be downloaded"


@_method(
    search_spaces.LINEAR_PROBE,
    needs="cuda",
    explain=_where_it_looks,
    obstacle=_no_weights_to_probe,
)
def linear_probe() -> TimmClassifier:
    """A linear layer trained on what ResNet-18 with its ImageNet weights sees."""
    return _network("resnet18", pretrained=True, linear_probe=True)


@_method(search_spaces.nested(search_spaces.FROM_SCRATCH, "estimator"), needs="cuda")
def deep_ensemble() -> BaseEstimator:
    """Five compact ResNets from different seeds, their probabilities averaged."""
    from deep.ensemble import DeepEnsemble

    return DeepEnsemble(_compact_resnet(), members=5)


@_method(search_spaces.EMBEDDING_SVM)
def cnn_svm() -> BaseEstimator:
    """Frozen CNN features, of ImageNet weights or of the compact ResNet, into a linear SVM."""
    from deep.hybrids import embedding_svm

    return embedding_svm("resnet18", fallback=_compact_resnet())


@_method(search_spaces.EMBEDDING_TREES, needs="cuda")
def cnn_xgboost() -> BaseEstimator:
    """Frozen CNN features, of ImageNet weights or of the compact ResNet, into XGBoost."""
    from deep.hybrids import embedding_trees

    return embedding_trees("resnet18", fallback=_compact_resnet())


@_method(search_spaces.FUSION_SVM, needs="cuda", warm_up=_load_torch_and_kernels)
def fusion_svm() -> BaseEstimator:
    """Handcrafted features beside frozen CNN features, into a linear SVM."""
    from deep.hybrids import fusion_svm

    return fusion_svm("resnet18", fallback=_compact_resnet())


def timm(name: str) -> Method:
    """The method `timm:name`, for any architecture that timm knows.

    Raises:
        ValueError: with near names, if timm has no such architecture.
    """
    from deep.networks.planning import check_architecture

    check_architecture(name)
    return _fine_tuned(name, f"{name} of timm", needs="")
