"""Networks that are asked for what their last layer sees, and not trained."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deep.networks.network import Network, count_parameters
from deep.networks.planning import plan_network
from deep.networks.weights import Weights
from deep.training.acceleration import resolved_device
from deep.training.batches import (
    apply_in_blocks,
    channel_statistics,
    check_images,
    has_mask,
    resized_chunks,
)
from deep.training.loop import seeded


@dataclass(frozen=True, eq=False)
class FrozenNetworks:
    """Networks in evaluation mode that see the same images.

    Attributes:
        parts: the channels that each network sees, and the network; all take the same side.
        info: what is to be known of them, JSON-able.
    """

    parts: tuple[tuple[slice, Network], ...]
    info: dict[str, Any]

    def features(self, X: Any) -> NDArray[np.float32]:
        """Features `(n, d)` of images `(n, h, w, c)` uint8, those of all networks joined.

        Raises:
            ValueError: if the images are unsuitable or have other channels than were frozen for.
        """
        first = self.parts[0][1]
        X = check_images(X, sum(network.plan.channels for _, network in self.parts))
        found: NDArray[np.float32] = apply_in_blocks(self._embed, X, first.plan.side, first.device)
        return found

    def _embed(self, images: Tensor) -> Tensor:
        return torch.cat([network.embed(images[:, part]) for part, network in self.parts], 1)


def freeze(
    X: Any, architecture: str, input_size: int | Literal["auto"], weights: Weights, device: str
) -> FrozenNetworks:
    """A pretrained network for the colours, and another for the mask where there is one.

    Args:
        X: images `(n, h, w, c)` uint8 whose gray levels are standardised with.
        architecture: timm's name.
        input_size: side in px, "auto" as `plan_network` chooses.
        weights: of the architecture.
        device: "auto", "cpu" or "cuda".

    Raises:
        ValueError: if the architecture does not take such images.
    """
    device = resolved_device(device)
    channels = X.shape[3]
    colours = channels - has_mask(channels)
    slices = [slice(0, colours), slice(colours, None)][: 1 + has_mask(channels)]
    parts: list[tuple[slice, Network]] = []
    with seeded(0, device):  # what the weights leave open, such as an output layer, is unused
        for part in slices:
            network = plan_network(
                architecture,
                len(range(channels)[part]),
                2,
                max(X.shape[1:3]),
                input_size=input_size,
                weights=weights.file,
            )[1]
            parts.append((part, network.to(device).eval().requires_grad_(False)))
    plan = parts[0][1].plan
    mean, deviation = channel_statistics(resized_chunks(X, plan.side, device))
    for part, network in parts:
        network.mean, network.deviation = mean[:, part], deviation[:, part]
    info = {
        "architecture": plan.architecture,
        "weights": weights.name,
        "weights_source": weights.source,
        "parameters": count_parameters(parts[0][1]),
        "input_size": plan.side,
        "device": device,
    }
    return FrozenNetworks(tuple(parts), info)
