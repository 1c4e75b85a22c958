"""Networks that are asked for what their last layer sees, and not trained."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deep.networks.fusing import fused
from deep.networks.network import (
    Network,
    NetworkPlan,
    UnsuitableInputError,
    build_network,
    colour_statistics,
    count_parameters,
    default_side,
)
from deep.networks.weights import Weights
from deep.training.acceleration import resolved_device
from deep.training.batches import apply_in_blocks, check_images, has_mask
from deep.training.loop import seeded

LEAST_SIDE = 64  # px, below which photographs are not recognised
_STEP = 32  # px, by which most networks shrink an image
_PHOTOGRAPH = 224  # px, that nearly every architecture was made for or takes


@dataclass(frozen=True, eq=False)
class FrozenNetworks:
    """Networks in evaluation mode that see the same images.

    Attributes:
        parts: the channels that each network sees, and the network; all take the same side.
        channels: of the images.
        info: what is to be known of them, JSON-able.
    """

    parts: tuple[tuple[slice, Network], ...]
    channels: int
    info: dict[str, Any]

    @property
    def side(self) -> int:
        """Of what the networks see, px."""
        return self.parts[0][1].plan.side

    def features(self, X: Any) -> NDArray[np.float32]:
        """Features `(n, d)` of images `(n, h, w, c)` uint8, those of all networks joined.

        Raises:
            ValueError: if the images are unsuitable or have other channels than were frozen for.
        """
        X = check_images(X, self.channels)
        parts = [(part, fused(network)) for part, network in self.parts]

        def embed(images: Tensor) -> Tensor:
            seen = [
                network.embed(_in_channels(images[:, part], network.plan.channels))
                for part, network in parts
            ]
            return torch.cat(seen, 1)

        device = parts[0][1].device
        found: NDArray[np.float32] = apply_in_blocks(embed, X, self.side, device)
        return found


def _in_channels(images: Tensor, channels: int) -> Tensor:
    """Images as a network of so many channels takes them: gray as colours, colours as gray."""
    if images.shape[1] == channels:
        return images
    gray = images if images.shape[1] == 1 else images.float().mean(1, keepdim=True)
    return gray.expand(-1, channels, -1, -1)


def freeze(
    image_shape: tuple[int, ...],
    weights: Weights,
    input_size: int | Literal["auto", "native"],
    device: str,
) -> FrozenNetworks:
    """A pretrained network that sees the colours, and the mask where there is one.

    Nothing of it depends on images: they are standardised as its weights were trained.

    Args:
        image_shape: `(h, w, c)`.
        weights: of the network.
        input_size: side in px, "native" for that of the weights, 224 px at most, "auto" for
            `affordable_side`.
        device: "auto", "cpu" or "cuda".

    Raises:
        ValueError: if the architecture does not take such images.
    """
    device = resolved_device(device)
    made_for = default_side(weights.architecture)
    native = min(made_for, _PHOTOGRAPH)
    sides = [int(input_size)] if input_size not in ("auto", "native") else [native, made_for]
    if input_size == "auto":
        sides = [affordable_side(max(image_shape[:2]), native, device), *sides]
    with seeded(0, device):  # what the weights leave open, such as an output layer, is unused
        network = _first_that_fits(weights, sides).to(device).eval().requires_grad_(False)
    network.mean, network.deviation = (
        values.to(device) for values in colour_statistics(weights.architecture)
    )
    channels = image_shape[2]
    colours = channels - has_mask(channels)
    slices = [slice(0, colours), slice(colours, None)][: 1 + has_mask(channels)]
    info = {
        "architecture": network.plan.architecture,
        "weights": weights.name,
        "weights_source": weights.source,
        "parameters": count_parameters(network),
        "input_size": network.plan.side,
        "device": device,
    }
    return FrozenNetworks(tuple((part, network) for part in slices), channels, info)


def affordable_side(image_side: int, native: int, device: str) -> int:
    """64 px for smaller images, twice their side for others, that of the weights at most.

    A GPU takes the latter at once. On a CPU the time grows with the square of the side, and what a
    network recognises grows with it as long as it has details to look at
    (docs/measurements/pretrained.md).

    Args:
        image_side: longer side of the images, px.
        native: side that the weights were trained with, px.
        device: "cpu" or "cuda".
    """
    if device.startswith("cuda"):
        return native
    if image_side < LEAST_SIDE:
        return min(LEAST_SIDE, native)
    return min(_STEP * math.ceil(2 * image_side / _STEP), native)


def _first_that_fits(weights: Weights, sides: list[int]) -> Network:
    channels = colour_statistics(weights.architecture)[0].shape[1]
    refusals = []
    for side in sides:
        plan = NetworkPlan(weights.architecture, channels, 2, side, "original", weights.file)
        try:
            network = build_network(plan)
        except UnsuitableInputError as error:
            refusals.append(error)
            continue
        if side == sides[-1] or not _cuts_off(network):
            return network
    raise refusals[0]


def _cuts_off(network: Network) -> bool:
    """Whether a network of patches leaves out pixels at the right and at the bottom."""
    embedding: Any = getattr(network.model, "patch_embed", None)
    patch = getattr(embedding, "patch_size", None)
    return isinstance(patch, tuple) and network.plan.side % patch[0] > 0
