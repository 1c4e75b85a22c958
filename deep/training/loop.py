"""The training loop: a schedule fixed beforehand, and the training split only."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from deep.networks.network import Network, NetworkPlan
from deep.training.acceleration import PRECISIONS, GraphedStep, Step, compiled, fast_algorithms
from deep.training.augmentation import augment_batch
from deep.training.batches import ImageStore, batched, batches_per_epoch, epoch_order
from deep.training.optimisation import SCHEDULES, WeightAverage, make_optimiser, set_rate
from deep.training.progress import EpochReport, Progress
from deep.training.recipe import Recipe

_VALUES_AT_ONCE = 2**24  # augmented together on a GPU: 64 MiB, some seven times while it is done


@dataclass(frozen=True)
class TrainingCurve:
    """What a training did.

    Attributes:
        losses: mean training loss of every epoch.
        steps: optimiser steps taken.
        images_per_second: trained on, augmentation included.
    """

    losses: tuple[float, ...]
    steps: int
    images_per_second: float


class TrainingDivergedError(ArithmeticError):
    """The loss became infinite or not a number."""


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
    network: Network,
    store: ImageStore,
    labels: Tensor,
    recipe: Recipe,
    generator: Generator,
    progress: Progress | None = None,
) -> TrainingCurve:
    """Train the network in place; afterwards it is in evaluation mode and needs no gradient.

    The loss is the cross entropy with smoothed labels. What of the network requires no gradient
    stays as it is.

    Args:
        network: on the device.
        store: the `n` images.
        labels: `(n,)` int64 on the device, 0..k-1.
        recipe: see `Recipe`.
        generator: on the device, for the order of the images and their augmentation.
        progress: hears of an epoch's end, though not of every one where they are short.

    Raises:
        TrainingDivergedError: if the mean loss of an epoch is not finite.
    """
    n, device, progress = len(store), labels.device, progress or Progress()
    steps = recipe.epochs * batches_per_epoch(n, recipe.batch_size)
    graphs = recipe.acceleration == "graphs"
    optimiser = make_optimiser(
        recipe.optimiser, network, recipe.learning_rate, recipe.weight_decay, graphs=graphs
    )
    step = training_step(network, optimiser, recipe)
    step = GraphedStep(step) if graphs else step
    average = WeightAverage(network.model, recipe.average_decay) if recipe.average_decay else None
    by_sampling = recipe.balance_by == "sampling"
    draw = network.log_class_weights.exp()[labels] if by_sampling else None
    losses: list[Tensor] = []
    done, start = 0, time.perf_counter()
    network.train()
    with (
        fast_algorithms(device.type),
        compiled(network.model, recipe.acceleration == "compile"),
    ):
        for epoch in range(1, recipe.epochs + 1):
            total = torch.zeros((), device=device)
            groups = _groups(
                batched(epoch_order(n, generator, draw), recipe.batch_size), network.plan
            )
            loaded = store.each(torch.cat(group) for group in groups)
            for group, images in zip(groups, loaded, strict=True):
                views = augment_batch(images, recipe.augmentation, generator)
                for batch, part in zip(group, torch.split(views, [*map(len, group)]), strict=True):
                    rise = SCHEDULES[recipe.schedule]((done + 0.5) / steps, recipe.warm_up)
                    set_rate(optimiser, recipe.learning_rate * rise)
                    total += step(part, labels[batch]) * (len(batch) / n)
                    done += 1
                    if average:
                        average.update()
            losses.append(total)
            # on a GPU the loss is asked for rarely, since that waits for all that is under way
            if device.type == "cpu" or progress.due or epoch == recipe.epochs:
                loss = _finite(losses, recipe)
                speed = epoch * n / (time.perf_counter() - start)
                if progress.due or epoch == recipe.epochs:
                    progress.write(EpochReport(epoch, recipe.epochs, loss, speed))
    if average:
        average.apply()
    network.eval().requires_grad_(False)
    network.zero_grad(set_to_none=True)
    return TrainingCurve(tuple(torch.stack(losses).tolist()), steps, speed)


def training_step(network: Network, optimiser: torch.optim.Optimizer, recipe: Recipe) -> Step:
    """Forward, backward and optimiser step on one batch, without any transfer to the host."""
    trained = [p for p in network.parameters() if p.requires_grad]
    weights = network.log_class_weights.exp()
    if recipe.balance_by == "sampling":
        weights = torch.ones_like(weights)
    device, dtype = weights.device.type, PRECISIONS[recipe.precision]
    scaler = torch.amp.GradScaler(device, enabled=recipe.precision == "float16")

    def step(images: Tensor, labels: Tensor) -> Tensor:
        with torch.autocast(device, dtype, enabled=dtype != torch.float32):
            logits = network(images)
        loss = weighted_loss(logits.float(), labels, weights, recipe.label_smoothing)
        optimiser.zero_grad()
        scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        if recipe.clip_norm is not None:
            scaler.unscale_(optimiser)
            nn.utils.clip_grad_norm_(trained, recipe.clip_norm)
        scaler.step(optimiser)
        scaler.update()
        return loss.detach()

    return step


def _groups(batches: tuple[Tensor, ...], plan: NetworkPlan) -> list[tuple[Tensor, ...]]:
    """Batches that are augmented together: several on a GPU, where launching work is what costs."""
    values = _VALUES_AT_ONCE if batches[0].device.type == "cuda" else 0
    size = max(1, values // (len(batches[0]) * plan.channels * plan.side**2))
    return [batches[start : start + size] for start in range(0, len(batches), size)]


def _finite(losses: list[Tensor], recipe: Recipe) -> float:
    """The last loss, if all are finite."""
    values = torch.stack(losses).tolist()
    for epoch, loss in enumerate(values, start=1):
        if not math.isfinite(loss):
            raise TrainingDivergedError(
                f"the loss became {loss} in epoch {epoch} of {recipe.epochs}: "
                f"a learning rate below {recipe.learning_rate:g} may help"
            )
    return float(values[-1])


def weighted_loss(logits: Tensor, labels: Tensor, weights: Tensor, smoothing: float) -> Tensor:
    """Mean over the images of class weight times cross entropy.

    `F.cross_entropy` divides by the weights in the batch instead, which lets the only image of a
    rare class outweigh a whole batch.
    """
    each = F.cross_entropy(logits, labels, label_smoothing=smoothing, reduction="none")
    return (each * weights[labels]).mean()
