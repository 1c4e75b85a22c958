"""Optimisers, schedules of the learning rate, and the moving average of weights."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


def cycle(progress: float, warm_up: float) -> float:
    """Share of the highest learning rate at `progress` (0..1): a linear rise, then a half cosine.

    The one-cycle policy of Smith & Topin 2018, arXiv:1708.07120, without its cycle of momentum.

    >>> [round(cycle(progress, 0.2), 2) for progress in (0, 0.1, 0.2, 0.6, 1)]
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    if progress < warm_up:
        return progress / warm_up
    return 0.5 + 0.5 * math.cos(math.pi * (progress - warm_up) / (1 - warm_up))


def steps(progress: float, warm_up: float) -> float:  # noqa: ARG001 - a schedule like the others
    """A tenth of the learning rate after half of the training, a hundredth after three quarters.

    >>> [steps(progress, 0.0) for progress in (0.1, 0.6, 0.9)]
    [1.0, 0.1, 0.01]
    """
    return 1.0 if progress < 0.5 else 0.1 if progress < 0.75 else 0.01


SCHEDULES: dict[str, Callable[[float, float], float]] = {"cosine": cycle, "steps": steps}
"""Share of the highest learning rate as a function of progress (0..1) and the share of warm-up."""

OPTIMISERS = ("adamw", "sgd")


def make_optimiser(
    name: str, network: nn.Module, learning_rate: float, weight_decay: float, *, graphs: bool
) -> torch.optim.Optimizer:
    """An optimiser of the parameters that require a gradient.

    AdamW (Loshchilov & Hutter 2019; without decay it is Adam), or SGD with a momentum of 0.9 after
    Nesterov. Norms and biases do not decay.

    Args:
        name: one of `OPTIMISERS`.
        network: on its device.
        learning_rate: the highest.
        weight_decay: on convolution and linear weights.
        graphs: whether its steps will be captured in a CUDA graph.
    """
    trained = [p for p in network.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    rate: Any = torch.tensor(learning_rate, device=trained[0].device) if graphs else learning_rate
    if name == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=0.9, nesterov=True, fused=True)
    return torch.optim.AdamW(groups, lr=rate, fused=True, capturable=graphs)


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate, also where it is a tensor that a CUDA graph reads."""
    for group in optimiser.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


class WeightAverage:
    """Exponential moving average of the weights and of the statistics of batch normalisation.

    After step t, average ← d average + (1 - d) weights with d = min(decay, (1 + t) / (10 + t)), so
    that a short training does not remember its initialisation.

    Parameters
    ----------
    network : nn.Module
        Being trained.
    decay : float
        Between 0 and 1.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self._decay = decay
        self._step = 0
        state = [*network.parameters(), *network.buffers()]
        self._current = [value.data for value in state if value.is_floating_point()]
        self._average = [value.clone() for value in self._current]

    def update(self) -> None:
        """Take in the weights after a step."""
        self._step += 1
        decay = min(self._decay, (1 + self._step) / (10 + self._step))
        torch._foreach_lerp_(self._average, self._current, 1 - decay)

    def apply(self) -> None:
        """Put the average in the place of the weights."""
        torch._foreach_copy_(self._current, self._average)
