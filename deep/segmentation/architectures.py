"""Decoders of segmentation-models-pytorch on encoders of timm, by name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from torch import nn

COMPACT = "compact"
"""Our own small network, which has no encoder of timm."""

ARCHITECTURES: Mapping[str, str] = MappingProxyType(
    {
        "unet": "Unet",
        "unetplusplus": "UnetPlusPlus",
        "manet": "MAnet",
        "linknet": "Linknet",
        "fpn": "FPN",
        "pspnet": "PSPNet",
        "pan": "PAN",
        "deeplabv3": "DeepLabV3",
        "deeplabv3plus": "DeepLabV3Plus",
        "upernet": "UPerNet",
        "segformer": "Segformer",
    }
)
"""Name → class of segmentation-models-pytorch."""

_LEAN: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {"tf_efficientnet_lite0": {"decoder_channels": (64, 48, 32, 24, 16)}}
)
# fewer than the usual 256 to 16 after an encoder that is meant for CPUs; U-Net alone has them

LEAST_SIDES: Mapping[str, int] = MappingProxyType({"pan": 128})
"""Sides below which an architecture has nothing left to pool, px."""

# what the library and timm raise where an encoder does not fit
_BUILD_FAILURES = (
    AssertionError,
    AttributeError,
    IndexError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
)


def check_names(architecture: str, encoder: str) -> None:
    """Raise ValueError, with near names, unless both are known."""
    from difflib import get_close_matches

    if architecture != COMPACT and architecture not in ARCHITECTURES:
        near = get_close_matches(architecture, ARCHITECTURES, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(
            f"there is no architecture {architecture!r}{hint} It is one of "
            f"{', '.join(ARCHITECTURES)}"
        )
    if architecture != COMPACT:
        from deep.networks.network import OWN_ARCHITECTURES
        from deep.networks.planning import check_architecture

        check_architecture(encoder)
        if encoder in OWN_ARCHITECTURES:
            raise ValueError(f"{encoder} is no encoder: it reads an image as a sequence of rows")


def build_with_encoder(architecture: str, encoder: str, channels: int, classes: int) -> nn.Module:
    """A network of segmentation-models-pytorch, freshly initialised.

    Args:
        architecture: one of `ARCHITECTURES`.
        encoder: timm's name.
        channels: of the images.
        classes: outputs of each pixel; that many without the background has its second output,
            of the whole image.

    Raises:
        ValueError: if the encoder has no features that the architecture can take.
    """
    check_names(architecture, encoder)
    import segmentation_models_pytorch as smp

    build = getattr(smp, ARCHITECTURES[architecture])
    options = _LEAN.get(encoder, {}) if architecture == "unet" else {}
    try:
        model: nn.Module = build(
            f"tu-{encoder.partition('.')[0]}",
            encoder_weights=None,
            in_channels=channels,
            classes=classes,
            aux_params={"classes": classes - 1, "pooling": "max", "dropout": None},
            **options,
        )
    except _BUILD_FAILURES as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ValueError(
            f"{architecture} of segmentation-models-pytorch cannot take {encoder} as its encoder "
            f"({reason}); a convolutional network such as resnet34 or efficientnet_b0 fits"
        ) from error
    return model
