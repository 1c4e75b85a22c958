"""Stems that keep the resolution of small images, family by family."""

import math
from dataclasses import dataclass
from typing import Any

from timm.layers.patch_embed import PatchEmbed
from timm.models.beit import Beit
from timm.models.convnext import ConvNeXt
from timm.models.densenet import DenseNet
from timm.models.eva import Eva
from timm.models.resnet import ResNet
from timm.models.swin_transformer import SwinTransformer
from timm.models.swin_transformer_v2 import SwinTransformerV2
from timm.models.vision_transformer import VisionTransformer
from torch import nn

FAMILIES = "ResNets, DenseNets, plain vision transformers, Swin and ConvNeXt"
"""That have a small-image stem, in words."""

_PYRAMIDS = (SwinTransformer, SwinTransformerV2, ConvNeXt)
_PYRAMID_PATCH, _PYRAMID_STRIDE = 2, 16  # px; a quarter of what they have for photographs
_PLAIN = (VisionTransformer, Beit, Eva)
_GRID, _LARGEST_GRID = 8, 16  # tokens per side: 64, as many as a small image has detail for


@dataclass(frozen=True)
class SmallImageStem:
    """What a family needs to look at small images closely.

    Attributes:
        side: least side that it can take and that is not below that of the images, px.
        patch: px per token, None for networks that are not made of patches.
    """

    side: int
    patch: int | None


def small_image_stem(model: nn.Module, side: int) -> SmallImageStem | None:
    """The stem of a model's family for images of `side` px, None where there is none.

    ResNets and DenseNets begin with stride 1 and without pooling, as He et al. 2016 (arXiv:
    1512.03385) and the published MedMNIST baselines do for 28 to 32 px. Swin and ConvNeXt begin
    with patches of 2 px in the place of 4. A plain vision transformer gets an 8 x 8 grid of tokens.
    """
    if isinstance(model, ResNet | DenseNet):
        return SmallImageStem(side, None)
    if isinstance(model, _PYRAMIDS):
        return SmallImageStem(_PYRAMID_STRIDE * math.ceil(side / _PYRAMID_STRIDE), _PYRAMID_PATCH)
    # a hybrid's patches are made of what a CNN sees
    if isinstance(model, _PLAIN) and type(model.patch_embed) is PatchEmbed:
        side = _GRID * math.ceil(side / _GRID)
        return SmallImageStem(side, side // _GRID)
    return None


def patch_within(side: int, stem: SmallImageStem) -> int | None:
    """The patch of a stem for images of exactly `side` px; None where the stem has none."""
    if stem.patch in (None, _PYRAMID_PATCH) or stem.side == side:
        return stem.patch
    divisors = [p for p in range(1, side // _GRID + 1) if side % p == 0]
    fitting = [p for p in divisors if side // p <= _LARGEST_GRID]
    return max(fitting, default=max(1, side // _GRID))


def keep_resolution(model: nn.Module) -> None:
    """Stride 1 in the first convolution, 3x3 if it was larger, and no pooling after it; in place.

    Nothing changes in families whose stem is made of patches.
    """
    changed: Any = model
    if isinstance(model, ResNet):
        if isinstance(changed.conv1, nn.Sequential):  # a stem of three convolutions
            stem: Any = changed.conv1
            stem[0] = _same_size(stem[0])
        else:
            changed.conv1 = _same_size(changed.conv1)
        changed.maxpool = nn.Identity()
    elif isinstance(model, DenseNet):
        features: Any = model.features
        features.conv0 = _same_size(features.conv0)
        features.pool0 = nn.Identity()


def _same_size(old: nn.Conv2d) -> nn.Conv2d:
    new = nn.Conv2d(old.in_channels, old.out_channels, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(new.weight, mode="fan_out", nonlinearity="relu")
    return new
