"""A U-Net of 0.4 million parameters, for images that one CPU core is to learn."""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

WIDTHS = (8, 16, 32, 64, 104)
"""Channels of the levels, each of half the resolution of the one before."""

STRIDE = 2 ** (len(WIDTHS) - 1)
"""What the sides of an image must be multiples of, px."""


class CompactUNet(nn.Module):
    """Encoder and decoder of five levels with skip connections.

    The U-Net of Ronneberger et al. 2015 (arXiv:1505.04597) with an eighth of its channels, batch
    normalisation, and the enlargement of maps by repetition. Most of the arithmetic of a U-Net lies
    at the full resolution, most of its parameters at the lowest, so that few channels above cost
    little of what it can learn.

    Parameters
    ----------
    channels : int
        Of the images.
    classes : int
        Number of outputs of each pixel.
    """

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.down = nn.ModuleList(
            _block(before, width) for before, width in pairwise((channels, *WIDTHS))
        )
        self.up = nn.ModuleList(
            _block(below + here, here) for here, below in reversed(list(pairwise(WIDTHS)))
        )
        self.head = nn.Conv2d(WIDTHS[0], classes, 1)
        self.presence = nn.Linear(2 * WIDTHS[-1], classes - 1)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of images `(b, c, h, w)`, whose sides are multiples of `STRIDE`.

        Returns:
            `(b, k, h, w)` of each pixel's class, and `(b, k - 1)` of whether an image shows a class
            but the background, by means and maxima of the deepest maps.
        """
        values, skips = images, []
        for level, block in enumerate(self.down):
            values = block(F.max_pool2d(values, 2) if level else values)
            skips.append(values)
        skips.pop()
        shown: Tensor = self.presence(torch.cat([values.mean((2, 3)), values.amax((2, 3))], dim=1))
        for block in self.up:
            values = F.interpolate(values, scale_factor=2.0, mode="nearest")
            values = block(torch.cat([values, skips.pop()], dim=1))
        return self.head(values), shown


def _block(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        *_convolution(before, after),
        *_convolution(after, after),
    )


def _convolution(before: int, after: int) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(before, after, 3, padding=1, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )
