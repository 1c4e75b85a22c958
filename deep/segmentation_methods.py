"""The segmentation networks that the suite offers.

torch and timm are imported by `warm_up` or `fit`, not when a method is built.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from deep.method import Method
from deep.search_spaces import SEGMENTATION

if TYPE_CHECKING:
    from deep.segmentation.segmenter import NetworkSegmenter


def _load_torch() -> None:
    from deep.segmentation import fitting  # noqa: F401


def _load_models() -> None:
    import segmentation_models_pytorch  # noqa: F401

    _load_torch()


def _segmenter(*names: str, **parameters: Any) -> NetworkSegmenter:
    from deep.segmentation.segmenter import NetworkSegmenter

    return NetworkSegmenter(*names, **parameters)


def _method(
    build: Callable[[], NetworkSegmenter], words: str, rung: str, needs: str = ""
) -> Method:
    build.__doc__ = words
    warm_up = _load_torch if rung == "scratch" else _load_models
    return Method(build, SEGMENTATION, rung, needs, warm_up)


unet_compact = _method(
    lambda: _segmenter("compact", pretrained=False),
    "U-Net of 0.4 million parameters, from scratch.",
    "scratch",
)

unet_lite0 = _method(
    lambda: _segmenter("unet", "tf_efficientnet_lite0"),
    "U-Net with an EfficientNet-Lite0 encoder of ImageNet.",
    "fine-tuned",
)

unet_resnet34 = _method(
    lambda: _segmenter("unet", "resnet34", input_size="native", patch_size=256),
    "U-Net with a ResNet-34 encoder, pretrained where its weights can be had.",
    "fine-tuned",
    "cuda",
)

fpn_efficientnet_b0 = _method(
    lambda: _segmenter("fpn", "efficientnet_b0", input_size="native", patch_size=256),
    "FPN with an EfficientNet-B0 encoder, pretrained where its weights can be had.",
    "fine-tuned",
    "cuda",
)


def smp(name: str) -> Method:
    """The method `smp:ARCH:ENCODER`: a decoder of segmentation-models-pytorch on one of timm.

    Args:
        name: `ARCH:ENCODER`, such as `unetplusplus:resnet18`.

    Raises:
        ValueError: with near names, if there is no such architecture or encoder.
    """
    from deep.segmentation.architectures import check_names

    architecture, colon, encoder = name.partition(":")
    if not colon or not encoder:
        raise ValueError(
            f"a network is written smp:ARCH:ENCODER, as smp:unet:resnet18, not {name!r}"
        )
    check_names(architecture, encoder)

    def build() -> NetworkSegmenter:
        return _segmenter(architecture, encoder, input_size="native", patch_size=256)

    return _method(
        build, f"{architecture} with the encoder {encoder}, pretrained if it can be.", "fine-tuned"
    )
