"""One training of a segmentation network, from its settings to a rule for its pixels."""

import gc
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from torch import nn

from deep.networks.network import count_parameters
from deep.networks.weights import Weights, obtain_weights
from deep.segmentation.architectures import COMPACT, check_names
from deep.segmentation.cleaning import Cleaning, chosen_cleaning
from deep.segmentation.loop import train_segmenter
from deep.segmentation.network import SegmentationNetwork, SegmenterPlan, build_segmenter
from deep.segmentation.patches import PatchStore
from deep.segmentation.prediction import mirrors_of, probability_chunks
from deep.segmentation.settings import SegmentationSettings
from deep.segmentation.working_size import working_shape
from deep.training.acceleration import (
    PeakDeviceMemory,
    is_out_of_memory,
    resolved_device,
    resolved_precision,
    synchronise,
)
from deep.training.augmentation import augmentation_named
from deep.training.batches import channel_statistics, check_images, chunk_length
from deep.training.loop import TrainingCurve, seeded
from deep.training.progress import Progress
from deep.training.recipe import Budget, Recipe, check_choice

SEGMENTATION_BUDGETS = {
    "quick": Budget(epochs=6, least_steps=60, most_steps=300),
    "standard": Budget(epochs=40, least_steps=400, most_steps=650),
    "full": Budget(epochs=120, least_steps=2000, most_steps=10000),
}
"""How long to train, by the name of a budget; an epoch sees as many pixels as the images have."""

_LEARNING_RATES = {"scratch": 5e-3, "fine-tuning": 1e-3}
_FEWEST_HELD_OUT = 4
"""Images below which nothing is held out and the plain rule is taken."""


@dataclass(frozen=True)
class TrainedSegmenter:
    """What a training came to.

    Attributes:
        network: in evaluation mode, on the device.
        cleaning: how classes are told from its probabilities.
        scale: by which images are scaled before it sees them.
        info: what was chosen, and the training loss of every epoch; JSON-able.
    """

    network: SegmentationNetwork
    cleaning: Cleaning
    scale: float
    info: dict[str, Any]


def check_pairs(X: Any, Y: Any) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images `(n, h, w, c)` and classes of their pixels `(n, h, w)`, not copied.

    Raises:
        ValueError: if they are not uint8, or do not belong together.
    """
    X, Y = check_images(X), np.asarray(Y)
    if Y.dtype != np.uint8 or Y.shape != X.shape[:3]:
        raise ValueError(
            f"classes of pixels must be (n, h, w) uint8 like their images {X.shape[:3]}, "
            f"got {Y.shape} {Y.dtype}"
        )
    return X, Y


def train(settings: SegmentationSettings, X: Any, Y: Any, progress: Progress) -> TrainedSegmenter:
    """Train a network.

    Args:
        settings: what to train, and how.
        X: images `(n, h, w, c)` uint8.
        Y: classes of pixels `(n, h, w)` uint8.
        progress: hears of epochs.

    Raises:
        ValueError, WeightsUnavailableError, TrainingDivergedError: see `NetworkSegmenter.fit`.
    """
    X, Y = check_pairs(X, Y)
    _check_parameters(settings)
    weights = None
    if settings.architecture != COMPACT:
        weights = obtain_weights(settings.encoder, settings.pretrained)
    seed = int(check_random_state(settings.random_state).randint(2**31))
    batch_size = settings.batch_size
    while True:
        try:
            return _train(settings, X, Y, weights, batch_size, seed, progress)
        except RuntimeError as error:
            if batch_size <= 2 or not is_out_of_memory(error):
                raise
        batch_size = max(2, batch_size // 2)
        gc.collect()  # what of the attempt is in circles
        torch.cuda.empty_cache()


def _train(
    settings: SegmentationSettings,
    X: NDArray[np.uint8],
    Y: NDArray[np.uint8],
    weights: Weights | None,
    batch_size: int,
    seed: int,
    progress: Progress,
) -> TrainedSegmenter:
    device, k = resolved_device(settings.device), max(2, int(Y.max()) + 1)
    memory = PeakDeviceMemory(device)
    plan = SegmenterPlan(settings.architecture, settings.encoder, X.shape[3], k)
    kept, held_out = _parts(len(X), settings.held_out, seed)
    shape = working_shape(Y, settings.input_size)
    patch = min(settings.patch_size, max(shape))
    patch = math.ceil(patch / plan.stride) * plan.stride
    with seeded(seed, device) as generator:
        network = build_segmenter(plan, weights).to(device)
        store = PatchStore(X, Y, kept, shape, patch, k, device)
        images = torch.split(store.images, chunk_length(max(store.images.shape[2:])))
        network.mean, network.deviation = (value.to(device) for value in channel_statistics(images))
        patches = max(1, round(shape[0] * shape[1] / patch**2))
        recipe = _recipe(settings, len(store) * patches, weights, batch_size, network)
        curve = train_segmenter(
            network,
            store,
            recipe,
            patches,
            settings.dice_share,
            settings.presence_weight,
            generator,
            progress,
        )
        synchronise(device)
    scale = max(shape) / max(X.shape[1:3])
    cleaning, dice = Cleaning(), None
    if len(held_out):
        # the rule is for means over mirror images where these are what it is applied to
        mirrors = mirrors_of(settings.augment, average=settings.test_time_augmentation)
        parts = probability_chunks(network, X[held_out], shape, mirrors)
        cleaning, dice = chosen_cleaning(np.concatenate(list(parts)), Y[held_out])
    info = _info(network, weights, recipe, curve)
    info |= {
        "device": device,
        "input_size": list(shape),
        "patch_size": patch,
        "patches_per_image": patches,
        "out_of_memory": (
            f"batches of {settings.batch_size} did not fit"
            if batch_size < settings.batch_size
            else None
        ),
        "held_out_images": len(held_out),
        "held_out_dice": None if dice is None else round(dice, 4),
        "threshold": cleaning.threshold,
        "largest_component": cleaning.largest,
        "peak": cleaning.peak,
        "fit_peak_device_memory": memory.peak,
    }
    return TrainedSegmenter(network, cleaning, scale, info)


def _parts(n: int, share: float, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows to train on and rows held out, ascending; none of the latter where there are few."""
    count = round(share * n)
    if count < _FEWEST_HELD_OUT:
        return np.arange(n), np.arange(0)
    order = np.random.default_rng(seed).permutation(n)
    return np.sort(order[count:]), np.sort(order[:count])


def _recipe(
    settings: SegmentationSettings,
    patches: int,
    weights: Weights | None,
    batch_size: int,
    network: SegmentationNetwork,
) -> Recipe:
    limits = SEGMENTATION_BUDGETS[settings.budget]
    per_epoch = max(1, min(math.ceil(patches / batch_size), patches // 2))
    epochs = min(limits.epochs, limits.most_steps // per_epoch)
    automatic = max(1, epochs, math.ceil(limits.least_steps / per_epoch))
    rate = _LEARNING_RATES["fine-tuning" if weights else "scratch"]
    return Recipe(
        epochs=automatic if settings.epochs == "auto" else int(settings.epochs),
        batch_size=batch_size,
        learning_rate=rate if settings.learning_rate == "auto" else settings.learning_rate,
        weight_decay=settings.weight_decay,
        label_smoothing=0.0,
        augmentation=augmentation_named(settings.augment),
        average_decay=settings.average_decay,
        precision=resolved_precision(settings.precision, network.device, network),
    )


def _info(
    network: SegmentationNetwork, weights: Weights | None, recipe: Recipe, curve: TrainingCurve
) -> dict[str, Any]:
    return {
        "architecture": network.plan.architecture,
        "encoder": network.plan.encoder or None,
        "scheme": "fine-tuning" if weights else "from scratch",
        "weights": weights.name if weights else None,
        "weights_source": weights.source if weights else None,
        "parameters": count_parameters(network),
        "precision": recipe.precision,
        "epochs": recipe.epochs,
        "steps": curve.steps,
        "batch_size": recipe.batch_size,
        "learning_rate": recipe.learning_rate,
        "training_loss": [round(loss, 5) for loss in curve.losses],
        "images_per_second": round(curve.images_per_second, 1),
    }


def _check_parameters(settings: SegmentationSettings) -> None:
    check_names(settings.architecture, settings.encoder)
    augmentation_named(settings.augment)
    check_choice("budget", settings.budget, SEGMENTATION_BUDGETS)
    if settings.batch_size < 2:
        raise ValueError(f"batch_size must be at least 2, not {settings.batch_size}")
    if settings.patch_size < 32:
        raise ValueError(f"patch_size must be at least 32 px, not {settings.patch_size}")
    if settings.epochs != "auto" and settings.epochs < 1:
        raise ValueError(f"epochs must be at least 1, not {settings.epochs}")
    if not 0 <= settings.dice_share <= 1:
        raise ValueError(f"dice_share must be 0 to 1, not {settings.dice_share}")
    if not 0 <= settings.presence_weight < math.inf:
        raise ValueError(f"presence_weight must be 0 or more, not {settings.presence_weight}")
    for name in ("average_decay", "held_out"):
        if not 0 <= getattr(settings, name) < 1:
            raise ValueError(f"{name} must be 0 or more and below 1")
    resolved_precision(settings.precision, resolved_device(settings.device), nn.Identity())
