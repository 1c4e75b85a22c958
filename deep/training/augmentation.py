"""Random changes that keep the class of an image, drawn in batches on the device."""

import math
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from deep.training.batches import has_mask


@dataclass(frozen=True)
class Augmentation:
    """What is drawn anew for every image of every batch.

    None of it crops or mixes: a class may lie in the texture, in an outline, or in how two
    structures lie to each other. What enters at the border repeats the border.

    Attributes:
        flip_horizontal: left and right swapped, with probability 1/2.
        flip_vertical: top and bottom swapped, with probability 1/2.
        quarter_turn: turned by 0, 90, 180 or 270 degrees, which keeps every gray level.
        shift: largest shift in each direction, share of the side.
        rotation: largest angle, degrees.
        scale: largest relative change of size.
        brightness: largest change, standard deviations of the image.
        contrast: largest relative change.
        cutout: side of a square that is replaced by the mean of the image, share of the side
            (DeVries & Taylor 2017, arXiv:1708.04552); its centre is anywhere in the image.
    """

    flip_horizontal: bool = False
    flip_vertical: bool = False
    quarter_turn: bool = False
    shift: float = 0.0
    rotation: float = 0.0
    scale: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    cutout: float = 0.0


_BOTH_FLIPS = Augmentation(flip_horizontal=True, flip_vertical=True)

AUGMENTATIONS = {
    "none": Augmentation(),
    "flips": _BOTH_FLIPS,
    "standard": replace(_BOTH_FLIPS, shift=1 / 32),
    "photometric": replace(_BOTH_FLIPS, shift=1 / 32, brightness=0.2, contrast=0.2),
    "strong": replace(
        _BOTH_FLIPS, shift=1 / 16, rotation=15.0, scale=0.1, brightness=0.2, contrast=0.2
    ),
    "cutout": replace(_BOTH_FLIPS, shift=1 / 32, cutout=0.25),
    # upright patients: nothing is ever upside down
    "chest-x-ray": Augmentation(
        flip_horizontal=True, shift=1 / 16, rotation=7.0, scale=0.1, brightness=0.2, contrast=0.2
    ),
    # the probe is at the top, and shadows fall downwards from it
    "ultrasound": Augmentation(
        flip_horizontal=True, shift=1 / 16, scale=0.1, brightness=0.2, contrast=0.2
    ),
    # a lens on skin has no upright direction
    "dermatoscopy": replace(
        _BOTH_FLIPS, shift=1 / 16, rotation=180.0, scale=0.1, brightness=0.1, contrast=0.1
    ),
    # nor has a slide; quarter turns leave the texture of cells as sharp as it is
    "microscopy": replace(
        _BOTH_FLIPS, quarter_turn=True, shift=1 / 32, brightness=0.1, contrast=0.1
    ),
}
"""Presets by name: "standard" for any image, the last four for a modality."""


def augmentation_named(name: str) -> Augmentation:
    """One of `AUGMENTATIONS`.

    Raises:
        ValueError: if there is none of that name.
    """
    if name not in AUGMENTATIONS:
        raise ValueError(f"augment must be one of {', '.join(AUGMENTATIONS)}, not {name!r}")
    return AUGMENTATIONS[name]


def augment_batch(images: Tensor, settings: Augmentation, generator: Generator) -> Tensor:
    """Randomly changed images `(b, c, s, s)`, float32 gray levels, of uint8 ones.

    A mask follows the geometry of its image, and is not touched otherwise.
    """
    values = images.to(torch.float32, copy=True)
    grid = sampling_grid(len(values), values.shape[-1], settings, generator)
    if grid is not None:
        values = sampled(values, grid, "bilinear")
    change_light(values, settings, generator)
    return values


def change_light(values: Tensor, settings: Augmentation, generator: Generator) -> None:
    """Random brightness, contrast and hidden squares of `(b, c, s, s)` gray levels, in place.

    A mask channel stays as it is.
    """
    colours = values[:, :-1] if has_mask(values.shape[1]) else values
    b = len(values)
    if settings.brightness or settings.contrast:
        mean = colours.mean((1, 2, 3), keepdim=True)  # (b, 1, 1, 1)
        deviation = colours.std((1, 2, 3), keepdim=True)
        gain = 1 + settings.contrast * _uniform(b, generator).view(b, 1, 1, 1)
        offset = settings.brightness * _uniform(b, generator).view(b, 1, 1, 1) * deviation
        colours.mul_(gain).add_(mean * (1 - gain) + offset)  # in place: a view of values
    if settings.cutout:
        hidden = _squares(b, values.shape[-1], settings.cutout, generator)
        mean = colours.mean((2, 3), keepdim=True)  # (b, c, 1, 1)
        colours.copy_(torch.where(hidden, mean, colours))


def mirrored_views(images: Tensor, settings: Augmentation) -> list[Tensor]:
    """The images `(b, c, s, s)` and those mirror images of them that training draws too."""
    return [images.flip(axes) if axes else images for axes in mirror_axes(settings)]


def mirror_axes(settings: Augmentation) -> list[list[int]]:
    """The axes of `(b, c, h, w)` along which each of `mirrored_views` is flipped, first none."""
    axes: list[list[int]] = [[]]
    if settings.flip_horizontal:
        axes += [[*axis, 3] for axis in axes]
    if settings.flip_vertical:
        axes += [[*axis, 2] for axis in axes]
    return axes


def sampling_grid(b: int, side: int, settings: Augmentation, generator: Generator) -> Tensor | None:
    """Where each pixel of `b` moved images comes from: flip, turn, rotation, scale and shift.

    Returns:
        `(b, side, side, 2)` as `torch.nn.functional.grid_sample` reads it, on the generator's
        device; None where the settings move nothing.
    """
    if replace(settings, brightness=0.0, contrast=0.0, cutout=0.0) == Augmentation():
        return None
    device = generator.device
    angle = _uniform(b, generator) * math.radians(settings.rotation)
    zoom = 1 + _uniform(b, generator) * settings.scale
    shift = torch.stack([_uniform(b, generator), _uniform(b, generator)]) * 2 * settings.shift
    if not settings.rotation and not settings.scale:
        shift = (shift * side / 2).round() * 2 / side  # whole pixels: texture is not smoothed
    flip = torch.ones(2, b, device=device)
    if settings.flip_horizontal or settings.flip_vertical:
        drawn = torch.randint(0, 2, (2, b), generator=generator, device=device) * 2.0 - 1
        if settings.flip_horizontal:
            flip[0] = drawn[0]
        if settings.flip_vertical:
            flip[1] = drawn[1]
    cos, sin = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    if settings.quarter_turn:
        quarters = torch.randint(0, 4, (b,), generator=generator, device=device)
        c = torch.tensor([1.0, 0.0, -1.0, 0.0], device=device)[quarters]
        s = torch.tensor([0.0, 1.0, 0.0, -1.0], device=device)[quarters]
        cos, sin = cos * c - sin * s, sin * c + cos * s

    axis = (torch.arange(side, device=device) * 2 + 1) / side - 1
    column, row = axis.view(1, 1, side), axis.view(1, side, 1)
    x = (cos * flip[0]).view(b, 1, 1) * column - (sin * flip[1]).view(b, 1, 1) * row
    y = (sin * flip[0]).view(b, 1, 1) * column + (cos * flip[1]).view(b, 1, 1) * row
    return torch.stack([x + shift[0].view(b, 1, 1), y + shift[1].view(b, 1, 1)], -1)


def sampled(values: Tensor, grid: Tensor, mode: str) -> Tensor:
    """Images `(b, c, s, s)` at the places of a grid, the border repeated outside.

    Args:
        values: float.
        grid: of `sampling_grid`.
        mode: "bilinear", or "nearest" for classes of pixels.
    """
    return F.grid_sample(values, grid, mode=mode, padding_mode="border", align_corners=False)


def _squares(b: int, side: int, share: float, generator: Generator) -> Tensor:
    """`(b, 1, side, side)` bool: one square in each image, cut off where it leaves the image."""
    centre = (_uniform(2 * b, generator).view(2, b, 1) + 1) * side / 2
    distance = (torch.arange(side, device=centre.device) + 0.5 - centre).abs()  # (2, b, side)
    inside = distance < share * side / 2
    return (inside[0].unsqueeze(2) & inside[1].unsqueeze(1)).unsqueeze(1)


def _uniform(n: int, generator: Generator) -> Tensor:
    """`n` numbers between -1 and 1."""
    return torch.rand(n, generator=generator, device=generator.device) * 2 - 1
