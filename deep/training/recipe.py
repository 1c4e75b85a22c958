"""How to train, and for how long."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from deep.training.augmentation import Augmentation
from deep.training.batches import batches_per_epoch


@dataclass(frozen=True)
class Budget:
    """How long to train.

    Attributes:
        epochs: passes over the training images, unless a bound on steps holds;
            `EPOCH_FACTOR_FROM_SCRATCH` times as many for a network that is not compact and starts
            from scratch.
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

EPOCH_FACTOR_FROM_SCRATCH = 3
"""ResNet-18 from scratch on BreastMNIST gains 0.04 AUC from it; compact networks have learned what
they can (docs/measurements/deep.md)."""


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Attributes:
        epochs: passes over the training images.
        batch_size: images in a batch.
        learning_rate: the highest.
        weight_decay: on convolution and linear weights, not on norms and biases.
        label_smoothing: share of the target that is spread over all classes.
        augmentation: of every training batch.
        balance_by: how `network.log_class_weights` come in: each image's loss is weighted ("loss"),
            or images are drawn with these weights, with replacement ("sampling").
        optimiser: one of `deep.training.optimisation.OPTIMISERS`.
        schedule: one of `deep.training.optimisation.SCHEDULES`.
        warm_up: share of the steps in which the learning rate rises.
        clip_norm: largest norm of the gradient, None for any.
        average_decay: of `deep.training.optimisation.WeightAverage`, 0 for the weights of the last
            step.
        precision: one of `deep.training.acceleration.PRECISIONS`, of the convolutions and matrix
            products.
        acceleration: one of `deep.training.acceleration.ACCELERATIONS`.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    label_smoothing: float
    augmentation: Augmentation
    balance_by: str = "loss"
    optimiser: str = "adamw"
    schedule: str = "cosine"
    warm_up: float = 0.2
    clip_norm: float | None = 1.0
    average_decay: float = 0.0
    precision: str = "float32"
    acceleration: str = "none"


BALANCINGS = ("loss", "sampling")

Scheme = Literal["scratch", "scratch, no batch normalisation", "fine-tuning", "linear probe"]

LEARNING_RATES: dict[Scheme, dict[str, float]] = {
    "scratch": {"adamw": 3e-3, "sgd": 0.05},
    "scratch, no batch normalisation": {"adamw": 1e-3, "sgd": 0.02},
    "fine-tuning": {"adamw": 5e-4, "sgd": 0.01},
    "linear probe": {"adamw": 1e-2, "sgd": 0.5},
}
"""The highest learning rate where none is given, by what is trained and by the optimiser."""

WEIGHT_DECAYS = {"adamw": 0.05, "sgd": 5e-4}


def scheme_of(network: nn.Module) -> Scheme:
    """How a network without pretrained weights is trained."""
    kinds = (nn.BatchNorm1d, nn.BatchNorm2d)
    normalised = any(isinstance(module, kinds) for module in network.modules())
    return "scratch" if normalised else "scratch, no batch normalisation"


def check_choice(parameter: str, value: str, choices: Iterable[str]) -> None:
    """Raise ValueError unless a parameter has one of the values that it may have."""
    choices = list(choices)
    if value not in choices:
        raise ValueError(f"{parameter} must be one of {', '.join(choices)}, not {value!r}")


def epochs_within(budget: str, n: int, batch_size: int, factor: int = 1) -> int:
    """Epochs for `n` training images, so that the number of steps is within the budget's bounds.

    >>> epochs_within("standard", 700, 32), epochs_within("standard", 4708, 32)
    (30, 13)
    >>> epochs_within("standard", 700, 32, EPOCH_FACTOR_FROM_SCRATCH)
    90

    Raises:
        ValueError: if `budget` is unknown.
    """
    check_choice("budget", budget, BUDGETS)
    limits, per_epoch = BUDGETS[budget], batches_per_epoch(n, batch_size)
    epochs = min(factor * limits.epochs, limits.most_steps // per_epoch)
    return max(epochs, math.ceil(limits.least_steps / per_epoch), 1)


def class_weights(labels: Tensor, classes: int, power: float) -> Tensor:
    """Weight of every class `(k,)`, proportional to count^-power, mean 1 over the images."""
    weights = torch.bincount(labels, minlength=classes).clamp(min=1).float() ** -power
    return weights / weights[labels].mean()
