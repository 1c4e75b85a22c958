"""The training loop: AdamW, one cycle, a fixed number of steps, the training split only."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from deep.batches import Augmentation, augmented, batches_per_epoch, shuffled
from deep.network import Network


@dataclass(frozen=True)
class Budget:
    """How long to train.

    Attributes:
        epochs: passes over the training images, unless a bound on steps holds.
        least_steps: optimiser steps below which a network has hardly moved.
        most_steps: bound that keeps large data sets affordable.
    """

    epochs: int
    least_steps: int
    most_steps: int


BUDGETS = {
    "quick": Budget(epochs=5, least_steps=40, most_steps=300),
    "standard": Budget(epochs=30, least_steps=300, most_steps=2000),
    "full": Budget(epochs=100, least_steps=1000, most_steps=10000),
}


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Attributes:
        epochs: passes over the training images.
        batch_size: images in a batch.
        learning_rate: at the top of the cycle.
        weight_decay: of AdamW, on convolution and linear weights, not on norms and biases.
        label_smoothing: share of the target that is spread over all classes.
        augmentation: of every training batch.
        warm_up: share of the steps in which the learning rate rises.
        clip_norm: largest norm of the gradient.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    label_smoothing: float
    augmentation: Augmentation
    warm_up: float = 0.2
    clip_norm: float = 1.0


@dataclass(frozen=True)
class TrainingCurve:
    """What a training did.

    Attributes:
        losses: mean training loss of every epoch.
        steps: optimiser steps taken.
    """

    losses: tuple[float, ...]
    steps: int


class TrainingDivergedError(ArithmeticError):
    """The loss became infinite or not a number."""


def epochs_within(budget: str, n: int, batch_size: int) -> int:
    """Epochs for `n` training images, so that the number of steps is within the budget's bounds.

    >>> epochs_within("standard", 700, 32), epochs_within("standard", 4708, 32)
    (30, 13)

    Raises:
        ValueError: if `budget` is unknown.
    """
    if budget not in BUDGETS:
        raise ValueError(f"budget must be one of {', '.join(BUDGETS)}, not {budget!r}")
    limits, per_epoch = BUDGETS[budget], batches_per_epoch(n, batch_size)
    epochs = min(limits.epochs, limits.most_steps // per_epoch)
    return max(epochs, math.ceil(limits.least_steps / per_epoch), 1)


def class_weights(labels: Tensor, classes: int, power: float) -> Tensor:
    """Weight of every class `(k,)`, proportional to count^-power, mean 1 over the images."""
    weights = torch.bincount(labels, minlength=classes).clamp(min=1).float() ** -power
    return weights / weights[labels].mean()


def cycle(progress: float, warm_up: float) -> float:
    """Share of the highest learning rate at `progress` (0..1): a linear rise, then a half cosine.

    The one-cycle policy of Smith & Topin 2018, arXiv:1708.07120, without its cycle of momentum.

    >>> [round(cycle(progress, 0.2), 2) for progress in (0, 0.1, 0.2, 0.6, 1)]
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    if progress < warm_up:
        return progress / warm_up
    return 0.5 + 0.5 * math.cos(math.pi * (progress - warm_up) / (1 - warm_up))


@contextmanager
def seeded(seed: int, device: str) -> Iterator[Generator]:
    """A generator on the device; within, torch's global ones are seeded too, and restored after.

    The initialisation of weights and dropout draw from the global ones.
    """
    forked = [torch.device(device)] if device.startswith("cuda") else []
    with torch.random.fork_rng(devices=forked):
        torch.default_generator.manual_seed(seed)
        if forked:
            with torch.cuda.device(forked[0]):
                torch.cuda.manual_seed(seed)
        yield Generator(device).manual_seed(seed)


def train(
    network: Network, images: Tensor, labels: Tensor, recipe: Recipe, generator: Generator
) -> TrainingCurve:
    """Train the network in place; afterwards it is in evaluation mode and needs no gradient.

    The loss is the cross entropy with smoothed labels, each image weighted by its class as in
    `network.log_class_weights`. The learning rate goes through one cycle (`cycle`).

    Args:
        network: on the device.
        images: `(n, c, side, side)` uint8 on the device.
        labels: `(n,)` int64 on the device, 0..k-1.
        recipe: see `Recipe`.
        generator: on the device, for the order of the images and their augmentation.

    Raises:
        TrainingDivergedError: if the mean loss of an epoch is not finite.
    """
    steps = recipe.epochs * batches_per_epoch(len(images), recipe.batch_size)
    optimiser = _optimiser(network, recipe)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: cycle((step + 0.5) / steps, recipe.warm_up)
    )
    weights = network.log_class_weights.exp()
    losses = []
    network.train()
    for epoch in range(recipe.epochs):
        total = torch.zeros((), device=images.device)
        for batch in shuffled(len(images), recipe.batch_size, generator):
            views = augmented(images[batch], recipe.augmentation, generator)
            loss = _loss(network(views), labels[batch], weights, recipe.label_smoothing)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), recipe.clip_norm)
            optimiser.step()
            schedule.step()
            total += loss.detach() * (len(batch) / len(images))
        losses.append(float(total))
        if not math.isfinite(losses[-1]):
            raise TrainingDivergedError(
                f"the loss became {losses[-1]} in epoch {epoch + 1} of {recipe.epochs}: "
                f"a learning rate below {recipe.learning_rate:g} may help"
            )
    network.eval().requires_grad_(False)
    network.zero_grad(set_to_none=True)
    return TrainingCurve(tuple(losses), steps)


def _optimiser(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    decayed = [p for p in network.parameters() if p.requires_grad and p.ndim > 1]
    plain = [p for p in network.parameters() if p.requires_grad and p.ndim <= 1]
    return torch.optim.AdamW(
        [
            {"params": decayed, "weight_decay": recipe.weight_decay},
            {"params": plain, "weight_decay": 0.0},
        ],
        lr=recipe.learning_rate,
        fused=True,
    )


def _loss(logits: Tensor, labels: Tensor, weights: Tensor, smoothing: float) -> Tensor:
    """Mean over the images of class weight times cross entropy.

    `F.cross_entropy` divides by the weights in the batch instead, which lets the only image of a
    rare class outweigh a whole batch.
    """
    each = F.cross_entropy(logits, labels, label_smoothing=smoothing, reduction="none")
    return (each * weights[labels]).mean()
