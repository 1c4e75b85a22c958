"""What a trained network says of images of any size."""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from deep.segmentation.network import SegmentationNetwork
from deep.segmentation.patches import resized_images
from deep.training.acceleration import exact_convolutions
from deep.training.augmentation import (
    Augmentation,
    augmentation_named,
    mirror_axes,
    mirrored_views,
)

_PIXELS_AT_ONCE = 2**19  # 8 images of 256 px
TILE = 512
"""Side of the tiles that larger images are looked at in, px."""

_OVERLAP = 64  # px that tiles share with their neighbours
_GRID = 32  # px; the largest stride of an encoder


def mirrors_of(augment: str, *, average: bool) -> Augmentation:
    """Whose mirror images predictions are means over.

    Args:
        augment: of training.
        average: whether there is more than the image as it is.
    """
    return augmentation_named(augment if average else "none")


def probability_chunks(
    network: SegmentationNetwork,
    X: NDArray[np.uint8],
    shape: tuple[int, int],
    mirrors: Augmentation,
) -> Iterator[NDArray[np.float32]]:
    """Probabilities `(b, h, w, k)` of a few images after the other, at their own size.

    Args:
        network: in evaluation mode.
        X: images `(n, h, w, c)` uint8.
        shape: at which the network sees them.
        mirrors: whose mirror images are averaged over.
    """
    size = (X.shape[1], X.shape[2])
    length = max(1, _PIXELS_AT_ONCE // max(shape[0] * shape[1], size[0] * size[1]))
    for start in range(0, len(X), length):
        with torch.no_grad(), exact_convolutions():
            images = resized_images(X[start : start + length], shape).to(network.device)
            found = _mean_of_views(network, images, mirrors)
            if found.shape[2:] != size:
                found = F.interpolate(found, size, mode="bilinear", align_corners=False)
        yield found.permute(0, 2, 3, 1).cpu().numpy()


def _mean_of_views(network: SegmentationNetwork, images: Tensor, mirrors: Augmentation) -> Tensor:
    """`(b, k, h, w)`: every mirror image's probabilities, mirrored back."""
    looks = zip(mirrored_views(images, mirrors), mirror_axes(mirrors), strict=True)
    views = [_tiled(network, view).flip(axes) for view, axes in looks]
    return torch.stack(views).mean(0)


def _tiled(network: SegmentationNetwork, images: Tensor) -> Tensor:
    """`(b, k, h, w)`, large images in tiles whose borders are blended."""
    height, width = images.shape[2:]
    if max(height, width) <= TILE:
        return network.probabilities(images)
    total = torch.zeros((len(images), network.plan.classes, height, width), device=images.device)
    weights = torch.zeros((1, 1, height, width), device=images.device)
    for rows in _spans(height):
        for columns in _spans(width):
            part = (slice(None), slice(None), rows, columns)
            tile = images[part]
            ramp = _ramp(tile.shape[2], images).view(-1, 1) * _ramp(tile.shape[3], images)
            total[part] += network.probabilities(tile) * ramp
            weights[part] += ramp
    return total / weights


def _spans(length: int) -> list[slice]:
    """The tiles along a side: evenly spread, with the overlap at least.

    They begin at multiples of what every network's maps are smaller by, so that a tile is pooled as
    the whole image would be; the last one is longer by what is left.
    """
    if length <= TILE:
        return [slice(0, length)]
    count = -(-(length - _OVERLAP) // (TILE - _OVERLAP))
    starts = [round(i * (length - TILE) / (count - 1)) // _GRID * _GRID for i in range(count)]
    ends = [*(start + TILE for start in starts[:-1]), length]
    return [slice(start, end) for start, end in zip(starts, ends, strict=True)]


def _ramp(length: int, like: Tensor) -> Tensor:
    """Weights along a tile's side, small at its ends."""
    distance = torch.arange(1, length + 1, device=like.device, dtype=torch.float32)
    return torch.minimum(distance, distance.flip(0)).clamp(max=_OVERLAP) / _OVERLAP
