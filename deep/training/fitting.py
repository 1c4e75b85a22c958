"""One training from its settings to a network, and what that is asked."""

import gc
import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from torch import Tensor, nn

from deep.networks.network import Network, count_parameters
from deep.networks.planning import COMPACT_PARAMETERS, plan_network
from deep.networks.weights import Weights, WeightsUnavailableError, obtain_weights
from deep.training.acceleration import (
    PeakDeviceMemory,
    check_acceleration,
    is_out_of_memory,
    resolved_device,
    resolved_precision,
    synchronise,
)
from deep.training.augmentation import augmentation_named, mirrored_views
from deep.training.batches import ImageStore, apply_in_chunks, channel_statistics, check_images
from deep.training.loop import TrainingCurve, seeded, train
from deep.training.network_cache import NetworkCache, key_of
from deep.training.optimisation import OPTIMISERS, SCHEDULES
from deep.training.progress import Progress
from deep.training.recipe import (
    BALANCINGS,
    BUDGETS,
    EPOCH_FACTOR_FROM_SCRATCH,
    LEARNING_RATES,
    WEIGHT_DECAYS,
    Recipe,
    Scheme,
    check_choice,
    class_weights,
    epochs_within,
    scheme_of,
)
from deep.training.settings import TrainingSettings


@dataclass(frozen=True)
class TrainedNetwork:
    """What a training came to.

    Attributes:
        classes: `(k,)`, sorted.
        network: in evaluation mode, on the device.
        info: what was chosen, and the training loss of every epoch; JSON-able.
        cached_seconds: what the training had taken, if the network was found; else 0.
    """

    classes: NDArray[Any]
    network: Network
    info: dict[str, Any]
    cached_seconds: float = 0.0


def train_network(settings: TrainingSettings, X: Any, y: Any, progress: Progress) -> TrainedNetwork:
    """Train a network, unless the same was done before.

    Args:
        settings: what to train, and how.
        X: images `(n, h, w, c)` uint8.
        y: labels `(n,)`.
        progress: hears of epochs.

    Raises:
        ValueError, WeightsUnavailableError, TrainingDivergedError: see `TimmClassifier.fit`.
    """
    X = check_images(X)
    classes, labels = np.unique(np.asarray(y), return_inverse=True)
    if len(labels) != len(X) or len(classes) < 2:
        raise ValueError(
            f"{len(X)} images need as many labels, of two classes or more; "
            f"got {len(labels)} of {len(classes)}"
        )
    _check_parameters(settings)
    weights = obtain_weights(settings.architecture, settings.pretrained)
    if settings.linear_probe and weights is None:
        raise WeightsUnavailableError(
            f"a linear probe needs pretrained weights of {settings.architecture}: none could be had"
        )
    cache = NetworkCache(settings.cache_folder) if settings.cache_folder else None
    device = resolved_device(settings.device)
    key = key_of(settings, X, labels, device) if cache else None
    if cache and key and (found := cache.find(key, device)):
        return TrainedNetwork(classes, found.network, found.info, found.seconds)
    start = time.perf_counter()
    network, info = _train_within_memory(settings, X, labels, weights, progress)
    if cache and key and count_parameters(network) < COMPACT_PARAMETERS:
        cache.store(key, network, info, time.perf_counter() - start)
    return TrainedNetwork(classes, network, info)


def _train_within_memory(
    settings: TrainingSettings,
    X: NDArray[np.uint8],
    labels: NDArray[np.intp],
    weights: Weights | None,
    progress: Progress,
) -> tuple[Network, dict[str, Any]]:
    """Train with batches half as large as often as the device's memory demands."""
    seed = int(check_random_state(settings.random_state).randint(2**31))
    batch_size = settings.batch_size
    while True:
        try:
            return _train(settings, X, labels, weights, batch_size, seed, progress)
        except RuntimeError as error:
            if batch_size <= 2 or not is_out_of_memory(error):
                raise
        batch_size = max(2, batch_size // 2)
        gc.collect()  # what of the attempt is in circles
        torch.cuda.empty_cache()


def probabilities(network: Network, X: Any, augment: str = "none") -> NDArray[np.float64]:
    """Probabilities `(n, k)` of images `(n, h, w, c)`.

    Args:
        network: as `train_network` gives it.
        X: uint8, with as many channels as it was trained on.
        augment: of `deep.training.augmentation.AUGMENTATIONS`; means are taken over its mirror
            images.

    Raises:
        ValueError: if the images are unsuitable.
    """
    X = check_images(X, network.plan.channels)
    settings = augmentation_named(augment)

    def mean(images: Tensor) -> Tensor:
        views = mirrored_views(images, settings)
        return torch.stack([network.probabilities(view) for view in views]).mean(0)

    found: NDArray[np.float64] = apply_in_chunks(mean, X, network.plan.side, network.device)
    return found


def probabilities_and_embeddings(
    network: Network, X: Any, augment: str = "none"
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Probabilities `(n, k)`, the same bit for bit as `probabilities` gives, and what the output
    layer sees of the images as they are, `(n, d)`, both of one pass.

    Args:
        network, X, augment: as for `probabilities`.

    Raises:
        ValueError: if the images are unsuitable.
    """
    X = check_images(X, network.plan.channels)
    settings = augmentation_named(augment)
    seen: list[NDArray[np.float32]] = []

    def mean(images: Tensor) -> Tensor:
        views = mirrored_views(images, settings)
        with network.keeping_embedding() as kept:
            found = [network.probabilities(view) for view in views]
        seen.append((kept[0] if kept else network.embed(images)).float().cpu().numpy())
        return torch.stack(found).mean(0)

    found: NDArray[np.float64] = apply_in_chunks(mean, X, network.plan.side, network.device)
    return found, np.concatenate(seen)


def _train(
    settings: TrainingSettings,
    X: NDArray[np.uint8],
    labels: NDArray[np.intp],
    weights: Weights | None,
    batch_size: int,
    seed: int,
    progress: Progress,
) -> tuple[Network, dict[str, Any]]:
    device, k = resolved_device(settings.device), int(labels.max()) + 1
    memory = PeakDeviceMemory(device)
    with seeded(seed, device) as generator:
        network = _network(settings, X, k, weights).to(device)
        store = ImageStore(X, network.plan.side, device, settings.resident_limit)
        targets = torch.from_numpy(labels).to(device)
        balance = class_weights(targets, k, settings.class_balance)
        network.mean, network.deviation = channel_statistics(store.chunks())
        network.log_class_weights = balance.log()
        recipe = recipe_for(settings, len(X), weights, batch_size, network)
        curve = train(network, store, targets, recipe, generator, progress)
        synchronise(device)
    info = _info(settings, network, weights, recipe, curve)
    info["device"] = device
    info["images_on_device"] = store.resident
    info["class_weights"] = [round(float(weight), 4) for weight in balance]
    info["fit_peak_device_memory"] = memory.peak
    return network, info


def _info(
    settings: TrainingSettings,
    network: Network,
    weights: Weights | None,
    recipe: Recipe,
    curve: TrainingCurve,
) -> dict[str, Any]:
    plan = network.plan
    smaller = recipe.batch_size < settings.batch_size
    return {
        "architecture": plan.architecture,
        "scheme": _scheme(settings, weights),
        "weights": weights.name if weights else None,
        "weights_source": weights.source if weights else None,
        "parameters": count_parameters(network),
        "input_size": plan.side,
        "stem": plan.stem,
        "patch_size": plan.patch,
        "precision": recipe.precision,
        "epochs": recipe.epochs,
        "steps": curve.steps,
        "batch_size": recipe.batch_size,
        "out_of_memory": f"batches of {settings.batch_size} did not fit" if smaller else None,
        "learning_rate": recipe.learning_rate,
        "training_loss": [round(loss, 5) for loss in curve.losses],
        "images_per_second": round(curve.images_per_second, 1),
    }


def _network(
    settings: TrainingSettings, X: NDArray[np.uint8], classes: int, weights: Weights | None
) -> Network:
    network = plan_network(
        settings.architecture,
        X.shape[3],
        classes,
        max(X.shape[1:3]),
        input_size=settings.input_size,
        stem=settings.stem,
        weights=weights.file if weights else None,
    )[1]
    if settings.linear_probe:
        network.freeze_backbone()
    return network


def _scheme(settings: TrainingSettings, weights: Weights | None) -> str:
    if weights:
        return "linear probe" if settings.linear_probe else "fine-tuning"
    if settings.pretrained == "auto":
        return "from scratch, as no pretrained weights could be had"
    return "from scratch"


def _check_parameters(settings: TrainingSettings) -> None:
    augmentation_named(settings.augment)
    check_choice("optimiser", settings.optimiser, OPTIMISERS)
    check_choice("schedule", settings.schedule, SCHEDULES)
    check_choice("balance_by", settings.balance_by, BALANCINGS)
    if settings.batch_size < 2:
        raise ValueError(f"batch_size must be at least 2, not {settings.batch_size}")
    if not 0 < settings.epoch_share <= 1:
        raise ValueError(f"epoch_share must be above 0 and at most 1, not {settings.epoch_share}")
    if settings.epochs != "auto" and settings.epochs < 1:
        raise ValueError(f"epochs must be at least 1, not {settings.epochs}")
    for name in ("warm_up", "average_decay", "label_smoothing"):
        if not 0 <= getattr(settings, name) < 1:
            raise ValueError(f"{name} must be 0 or more and below 1")
    check_choice("budget", settings.budget, BUDGETS)
    device = resolved_device(settings.device)
    precision = resolved_precision(settings.precision, device, nn.Identity())
    check_acceleration(settings.acceleration, device, precision, settings.optimiser)


def recipe_for(
    settings: TrainingSettings, n: int, weights: Weights | None, batch_size: int, network: Network
) -> Recipe:
    """The recipe of a training of `n` images by a network that is on its device."""
    pretrained: Scheme = "linear probe" if settings.linear_probe else "fine-tuning"
    start = pretrained if weights else scheme_of(network)
    epochs, rate, decay = settings.epochs, settings.learning_rate, settings.weight_decay
    patient = not weights and count_parameters(network) >= COMPACT_PARAMETERS
    automatic = epochs_within(
        settings.budget, n, batch_size, EPOCH_FACTOR_FROM_SCRATCH if patient else 1
    )
    return Recipe(
        epochs=math.ceil(settings.epoch_share * automatic) if epochs == "auto" else int(epochs),
        batch_size=batch_size,
        learning_rate=LEARNING_RATES[start][settings.optimiser] if rate == "auto" else rate,
        weight_decay=WEIGHT_DECAYS[settings.optimiser] if decay == "auto" else decay,
        label_smoothing=settings.label_smoothing,
        augmentation=augmentation_named(settings.augment),
        balance_by=settings.balance_by,
        optimiser=settings.optimiser,
        schedule=settings.schedule,
        warm_up=settings.warm_up,
        clip_norm=settings.clip_norm,
        average_decay=settings.average_decay,
        precision=resolved_precision(settings.precision, network.device, network),
        acceleration=settings.acceleration,
    )
