"""The training of a segmentation network, by a schedule that is fixed beforehand."""

import math
import time

import torch
from torch import Generator, Tensor, nn

from deep.segmentation.augmentation import augment_pairs
from deep.segmentation.losses import presence_loss, segmentation_loss
from deep.segmentation.network import SegmentationNetwork
from deep.segmentation.patches import PatchStore
from deep.training.acceleration import PRECISIONS, Step, fast_algorithms
from deep.training.batches import batched, epoch_order
from deep.training.loop import TrainingCurve, TrainingDivergedError
from deep.training.optimisation import SCHEDULES, WeightAverage, make_optimiser, set_rate
from deep.training.progress import EpochReport, Progress
from deep.training.recipe import Recipe


def train_segmenter(
    network: SegmentationNetwork,
    store: PatchStore,
    recipe: Recipe,
    patches: int,
    dice_share: float,
    presence_weight: float,
    generator: Generator,
    progress: Progress,
) -> TrainingCurve:
    """Train the network in place; afterwards it is in evaluation mode and needs no gradient.

    Args:
        network: on the device.
        store: the `n` images.
        recipe: see `Recipe`; of its fields label smoothing, balance and acceleration are not used.
        patches: of each image in every epoch.
        dice_share: of `deep.segmentation.losses.segmentation_loss`.
        presence_weight: of the presence loss that is added, 0 to leave it out.
        generator: on the device, for the order of images, patches and augmentation.
        progress: hears of an epoch's end.

    Raises:
        TrainingDivergedError: if the mean loss of an epoch is not finite.
    """
    n, device = len(store) * patches, torch.device(network.device)
    optimiser = make_optimiser(
        recipe.optimiser, network, recipe.learning_rate, recipe.weight_decay, graphs=False
    )
    step = _training_step(network, optimiser, recipe, dice_share, presence_weight)
    average = WeightAverage(network.model, recipe.average_decay) if recipe.average_decay else None
    losses: list[float] = []
    done, start, speed = 0, time.perf_counter(), 0.0
    network.train()
    with fast_algorithms(device.type):
        for epoch in range(1, recipe.epochs + 1):
            total = torch.zeros((), device=device)
            batches = batched(epoch_order(n, generator) % len(store), recipe.batch_size)
            steps = recipe.epochs * len(batches)
            for rows in batches:
                images, targets = store.pairs(rows, generator)
                values, classes = augment_pairs(images, targets, recipe.augmentation, generator)
                rise = SCHEDULES[recipe.schedule]((done + 0.5) / steps, recipe.warm_up)
                set_rate(optimiser, recipe.learning_rate * rise)
                total += step(values, classes) * (len(rows) / n)
                done += 1
                if average:
                    average.update()
            losses.append(_finite(total, epoch, recipe))
            speed = epoch * n / (time.perf_counter() - start)
            if progress.due or epoch == recipe.epochs:
                progress.write(EpochReport(epoch, recipe.epochs, losses[-1], speed))
    if average:
        average.apply()
    network.eval().requires_grad_(False)
    network.zero_grad(set_to_none=True)
    return TrainingCurve(tuple(losses), done, speed)


def _training_step(
    network: SegmentationNetwork,
    optimiser: torch.optim.Optimizer,
    recipe: Recipe,
    dice_share: float,
    presence_weight: float,
) -> Step:
    """Forward, backward and optimiser step on one batch."""
    device, dtype = torch.device(network.device).type, PRECISIONS[recipe.precision]
    scaler = torch.amp.GradScaler(device, enabled=recipe.precision == "float16")

    def step(images: Tensor, targets: Tensor) -> Tensor:
        with torch.autocast(device, dtype, enabled=dtype != torch.float32):
            logits, shown = network(images)
        loss = segmentation_loss(logits.float(), targets, dice_share)
        if presence_weight:
            loss = loss + presence_weight * presence_loss(shown.float(), targets)
        optimiser.zero_grad()
        scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        if recipe.clip_norm is not None:
            scaler.unscale_(optimiser)
            nn.utils.clip_grad_norm_(network.parameters(), recipe.clip_norm)
        scaler.step(optimiser)
        scaler.update()
        return loss.detach()

    return step


def _finite(total: Tensor, epoch: int, recipe: Recipe) -> float:
    loss = float(total)
    if not math.isfinite(loss):
        raise TrainingDivergedError(
            f"the loss became {loss} in epoch {epoch} of {recipe.epochs}: "
            f"a learning rate below {recipe.learning_rate:g} may help"
        )
    return loss
