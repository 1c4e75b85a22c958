"""A data set as one uint8 tensor on the device, and batches of it augmented there."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Generator, Tensor

_CHUNK_PIXELS = 4_000_000  # pixels that are converted or predicted at once
_CHUNK_IMAGES = 256


@dataclass(frozen=True)
class Augmentation:
    """Random changes that keep the class of a medical image, drawn anew for every image.

    None of them crops, erases or mixes: a class may lie in the texture, in an outline, or in how
    two structures lie to each other. What enters at the border repeats the border.

    Attributes:
        flip: horizontally and vertically, each with probability 1/2.
        shift: largest shift in each direction, share of the side.
        rotation: largest angle, degrees.
        scale: largest relative change of size.
        brightness: largest change, standard deviations of the image.
        contrast: largest relative change.
    """

    flip: bool = False
    shift: float = 0.0
    rotation: float = 0.0
    scale: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0


AUGMENTATIONS = {
    "none": Augmentation(),
    "flips": Augmentation(flip=True),
    "standard": Augmentation(flip=True, shift=1 / 32),
    "strong": Augmentation(
        flip=True, shift=1 / 16, rotation=15.0, scale=0.1, brightness=0.2, contrast=0.2
    ),
}


def check_images(X: NDArray[np.uint8], channels: int | None = None) -> NDArray[np.uint8]:
    """The images `(n, h, w, c)` as an array, not copied.

    Args:
        X: the images.
        channels: that a network was trained for, None for any.

    Raises:
        ValueError: if they are not 4-dimensional uint8 with 1 to 4 channels, have other channels
            than a network was trained for, or there are none.
    """
    X = np.asarray(X)
    if X.ndim != 4 or X.dtype != np.uint8 or not 1 <= X.shape[3] <= 4:
        raise ValueError(
            f"images must be (n, h, w, c) uint8 with 1 to 4 channels, got {X.shape} {X.dtype}"
        )
    if 0 in X.shape:
        raise ValueError(f"there are no images or no pixels in {X.shape}")
    if channels not in (None, X.shape[3]):
        raise ValueError(f"the network was trained for {channels} channels, not {X.shape[3]}")
    return X


def has_mask(channels: int) -> bool:
    """Whether the last channel is a lesion mask: an even count, as in Pillow's LA and RGBA."""
    return channels % 2 == 0


def chunk_length(side: int) -> int:
    """How many images of `side` px are converted or predicted at once."""
    return max(1, min(_CHUNK_IMAGES, _CHUNK_PIXELS // side**2))


def resized_chunks(X: NDArray[np.uint8], side: int, device: str) -> Iterator[Tensor]:
    """The images in order, as `(b, c, side, side)` uint8 on the device, a few at a time.

    Bilinear, with an antialiasing filter where the image shrinks. A mask becomes 0 or 255 before.
    """
    length = chunk_length(max(side, *X.shape[1:3]))
    for start in range(0, len(X), length):
        # a copy, since torch refuses to wrap read-only memory
        chunk = torch.from_numpy(np.array(X[start : start + length])).to(device)
        chunk = chunk.permute(0, 3, 1, 2)  # (b, c, h, w)
        if has_mask(chunk.shape[1]):
            chunk[:, -1] = (chunk[:, -1] > 0).to(torch.uint8) * 255
        if chunk.shape[2:] != (side, side):
            values = F.interpolate(
                chunk.float(), (side, side), mode="bilinear", antialias=True, align_corners=False
            )
            chunk = values.round_().clamp_(0, 255).to(torch.uint8)
        yield chunk.contiguous()


def load(X: NDArray[np.uint8], side: int, device: str) -> Tensor:
    """All images `(n, c, side, side)` uint8 on the device."""
    return torch.cat(list(resized_chunks(X, side, device)))


def applied(
    function: Callable[[Tensor], Tensor], X: NDArray[np.uint8], side: int, device: str
) -> NDArray[Any]:
    """`function` of all images, a few at a time and without gradients, rows in order."""
    with torch.no_grad():
        parts = [function(chunk).cpu().numpy() for chunk in resized_chunks(X, side, device)]
    return np.concatenate(parts)


def channel_statistics(chunks: Iterable[Tensor]) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of every channel, `(1, c, 1, 1)` float32, in gray levels.

    A mask is 0 or 255 in every data set, so it is mapped to -1..1 whatever its area. A deviation
    below one gray level counts as one.

    Args:
        chunks: uint8 images `(b, c, h, w)`, at least one.
    """
    histograms = [
        torch.stack([torch.bincount(pixels.flatten(), minlength=256) for pixels in chunk.unbind(1)])
        for chunk in chunks
    ]
    counts = torch.stack(histograms).sum(0).double()  # (c, 256)
    levels = torch.arange(256, dtype=torch.float64, device=counts.device)
    share = counts / counts.sum(1, keepdim=True)  # (c, 256)
    mean = (share * levels).sum(1)
    deviation = (share * (levels - mean[:, None]) ** 2).sum(1).sqrt().clamp(min=1.0)
    if has_mask(len(counts)):
        mean[-1] = deviation[-1] = 127.5
    return mean.float().view(1, -1, 1, 1), deviation.float().view(1, -1, 1, 1)


def shuffled(n: int, size: int, generator: Generator) -> tuple[Tensor, ...]:
    """Indices of one epoch in random batches of about `size`, none of a single image.

    The batches are equally large but for one image, so that none is left over that batch
    normalisation cannot be computed on.
    """
    order = torch.randperm(n, generator=generator, device=generator.device)
    return torch.tensor_split(order, batches_per_epoch(n, size))


def batches_per_epoch(n: int, size: int) -> int:
    """How many batches `shuffled` makes of `n` images."""
    return max(1, min(math.ceil(n / size), n // 2))


def augmented(images: Tensor, settings: Augmentation, generator: Generator) -> Tensor:
    """Randomly changed images `(b, c, s, s)`, float32 gray levels, of uint8 ones.

    A mask follows the geometry of its image, and is not touched otherwise.
    """
    values = _moved(images.float(), settings, generator)
    if settings.brightness or settings.contrast:
        colours = values[:, :-1] if has_mask(values.shape[1]) else values
        b = len(values)
        mean = colours.mean((1, 2, 3), keepdim=True)  # (b, 1, 1, 1)
        deviation = colours.std((1, 2, 3), keepdim=True)
        gain = 1 + settings.contrast * _uniform(b, generator).view(b, 1, 1, 1)
        offset = settings.brightness * _uniform(b, generator).view(b, 1, 1, 1) * deviation
        colours.mul_(gain).add_(mean * (1 - gain) + offset)  # in place: a view of values
    return values


def _moved(values: Tensor, settings: Augmentation, generator: Generator) -> Tensor:
    """Flip, rotation, scale and shift in one resampling."""
    if settings == Augmentation(
        brightness=settings.brightness, contrast=settings.contrast
    ):  # nothing moves
        return values
    b, side, device = len(values), values.shape[-1], values.device
    angle = _uniform(b, generator) * math.radians(settings.rotation)
    zoom = 1 + _uniform(b, generator) * settings.scale
    shift = torch.stack([_uniform(b, generator), _uniform(b, generator)]) * 2 * settings.shift
    if not settings.rotation and not settings.scale:
        shift = (shift * side / 2).round() * 2 / side  # whole pixels: texture is not smoothed
    flip = torch.ones(2, b, device=device)
    if settings.flip:
        flip = torch.randint(0, 2, (2, b), generator=generator, device=device) * 2.0 - 1
    cos, sin = torch.cos(angle) * zoom, torch.sin(angle) * zoom

    # where in the old image (-1..1) each pixel of the new one comes from
    axis = (torch.arange(side, device=device) * 2 + 1) / side - 1
    column, row = axis.view(1, 1, side), axis.view(1, side, 1)
    x = (cos * flip[0]).view(b, 1, 1) * column - (sin * flip[1]).view(b, 1, 1) * row
    y = (sin * flip[0]).view(b, 1, 1) * column + (cos * flip[1]).view(b, 1, 1) * row
    grid = torch.stack([x + shift[0].view(b, 1, 1), y + shift[1].view(b, 1, 1)], -1)
    return F.grid_sample(values, grid, mode="bilinear", padding_mode="border", align_corners=False)


def _uniform(n: int, generator: Generator) -> Tensor:
    """`n` numbers between -1 and 1."""
    return torch.rand(n, generator=generator, device=generator.device) * 2 - 1
