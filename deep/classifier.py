"""A network as a scikit-learn classifier of images."""

from typing import Any, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from deep.acceleration import (
    PeakDeviceMemory,
    check_acceleration,
    resolved_device,
    resolved_precision,
    synchronise,
)
from deep.augmentation import augmentation_named, mirrored_views
from deep.batches import ImageStore, applied, channel_statistics, check_images
from deep.network import Network, Stem, count_parameters
from deep.optimisation import OPTIMISERS, SCHEDULES
from deep.planning import check_architecture, plan_network
from deep.progress import Progress
from deep.recipe import (
    BALANCINGS,
    BUDGETS,
    LEARNING_RATES,
    WEIGHT_DECAYS,
    Recipe,
    Start,
    check_choice,
    class_weights,
    epochs_within,
    start_of,
)
from deep.training import seeded, train
from deep.weights import Weights, WeightsUnavailableError, obtain_weights


class TimmClassifier(ClassifierMixin, BaseEstimator):
    """Trains any timm architecture on small images, from scratch or from pretrained weights.

    Parameters
    ----------
    architecture : str
        timm's name, such as "resnet18", or one of `deep.network.OWN`.
    input_size : "auto" or int
        Side in px to which images are resized, whatever their own shape; `plan_network` says what
        "auto" chooses.
    stem : "auto", "original" or "small-image"
        Whether the network begins with the stem that its family has for small images.
    pretrained : bool, "auto" or str
        "auto" fine-tunes weights of the Hugging Face hub where they can be had and starts from
        scratch elsewhere; `fit_info_["weights"]` tells which. True insists. A path names a file.
    linear_probe : bool
        Train the output layer only, on what pretrained weights see; without weights an error.
    epochs : "auto" or int
        Passes over the training images; "auto" takes them from the budget.
    batch_size : int
        At least 2. Halved as often as the device's memory demands; `fit_info_` tells.
    learning_rate : "auto" or float
        The highest. "auto" is, for AdamW, 0.003 from scratch (0.001 for networks without batch
        normalisation), 0.0005 for pretrained weights and 0.01 for a linear probe.
    weight_decay : "auto" or float
        "auto" is 0.05 for AdamW and 0.0005 for SGD.
    label_smoothing, optimiser, schedule, warm_up, clip_norm, average_decay
        See `deep.recipe.Recipe`.
    class_balance : float
        0 counts every image alike, 1 every class alike, values between are between. The
        probabilities are at the frequencies of the training images all the same.
    balance_by : "loss" or "sampling"
        Whether images of a rare class weigh more or are drawn more often.
    augment : str
        One of `deep.augmentation.AUGMENTATIONS`.
    test_time_augmentation : bool
        Average the probabilities of an image and of those mirror images that training draws too.
    precision : "auto", "float32", "bfloat16" or "float16"
        Of training; `deep.acceleration.resolved_precision` says what "auto" chooses. Predictions
        are always made in float32.
    acceleration : "none", "compile" or "graphs"
        `torch.compile`, or one CUDA graph per step: pays on a GPU where a step is short.
    resident_limit : int or None
        Bytes of images that may be kept on the device; beyond, they are read for every batch.
        None is half of what is free. Without influence on the result.
    device : str
        "auto" is "cuda" if there is one, else "cpu".
    budget : "quick", "standard" or "full"
        See `deep.recipe.BUDGETS`.
    progress_file : str or None
        Where `deep.progress.Progress` reports to.
    random_state : int, RandomState or None
        On a CPU the same seed gives the same result, bit for bit. On a GPU sums are taken in an
        order that varies, and the result with them.

    Attributes
    ----------
    classes_ : (k,) int64
    network_ : deep.network.Network
        In evaluation mode, on the device.
    plan_ : deep.network.NetworkPlan
        What `deep.network.build_network` needs to build it again.
    fit_info_ : dict
        What was chosen, and the training loss of every epoch.
    """

    def __init__(
        self,
        architecture: str = "resnet18",
        *,
        input_size: int | Literal["auto"] = "auto",
        stem: Stem | Literal["auto"] = "auto",
        pretrained: bool | Literal["auto"] | str = "auto",
        linear_probe: bool = False,
        epochs: int | Literal["auto"] = "auto",
        batch_size: int = 32,
        learning_rate: float | Literal["auto"] = "auto",
        weight_decay: float | Literal["auto"] = "auto",
        label_smoothing: float = 0.1,
        optimiser: str = "adamw",
        schedule: str = "cosine",
        warm_up: float = 0.2,
        clip_norm: float | None = 1.0,
        average_decay: float = 0.0,
        class_balance: float = 1.0,
        balance_by: str = "loss",
        augment: str = "standard",
        test_time_augmentation: bool = False,
        precision: str = "auto",
        acceleration: str = "none",
        resident_limit: int | None = None,
        device: str = "auto",
        budget: str = "standard",
        progress_file: str | None = None,
        random_state: Any = None,
    ) -> None:
        self.architecture = architecture
        self.input_size = input_size
        self.stem = stem
        self.pretrained = pretrained
        self.linear_probe = linear_probe
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.label_smoothing = label_smoothing
        self.optimiser = optimiser
        self.schedule = schedule
        self.warm_up = warm_up
        self.clip_norm = clip_norm
        self.average_decay = average_decay
        self.class_balance = class_balance
        self.balance_by = balance_by
        self.augment = augment
        self.test_time_augmentation = test_time_augmentation
        self.precision = precision
        self.acceleration = acceleration
        self.resident_limit = resident_limit
        self.device = device
        self.budget = budget
        self.progress_file = progress_file
        self.random_state = random_state

    def fit(self, X: Any, y: Any, progress: Progress | None = None) -> Self:
        """Train on images ``(n, h, w, c)`` uint8 and labels ``(n,)``.

        Parameters
        ----------
        X, y
            See above.
        progress : Progress or None
            Who hears of it in the place of `progress_file`.

        Raises
        ------
        ValueError
            If the images, the labels or a parameter are unsuitable; before training starts.
        deep.weights.WeightsUnavailableError
            If pretrained weights are insisted on, or needed for a linear probe, and not to be had.
        deep.training.TrainingDivergedError
            If the loss becomes infinite or not a number.
        """
        X = check_images(X)
        self.classes_, labels = np.unique(np.asarray(y), return_inverse=True)
        if len(labels) != len(X) or len(self.classes_) < 2:
            raise ValueError(
                f"{len(X)} images need as many labels, of two classes or more; "
                f"got {len(labels)} of {len(self.classes_)}"
            )
        check_architecture(self.architecture)
        self._check_parameters()
        weights = obtain_weights(self.architecture, self.pretrained)
        if self.linear_probe and weights is None:
            raise WeightsUnavailableError(
                f"a linear probe needs pretrained weights of {self.architecture}: none could be had"
            )
        seed = int(check_random_state(self.random_state).randint(2**31))
        progress = progress or Progress(self.progress_file)
        batch_size = self.batch_size
        while not self._train(X, labels, weights, batch_size, seed, progress):
            batch_size = max(2, batch_size // 2)
            torch.cuda.empty_cache()
        return self

    def _train(
        self,
        X: NDArray[np.uint8],
        labels: NDArray[np.intp],
        weights: Weights | None,
        batch_size: int,
        seed: int,
        progress: Progress,
    ) -> bool:
        """Train from the beginning; False if there is no memory for batches of this size."""
        device = resolved_device(self.device)
        memory = PeakDeviceMemory(device)
        try:
            with seeded(seed, device) as generator:
                network = self._network(X, weights).to(device)
                store = ImageStore(X, network.plan.side, device, self.resident_limit)
                targets = torch.from_numpy(labels).to(device)
                balance = class_weights(targets, len(self.classes_), self.class_balance)
                network.mean, network.deviation = channel_statistics(store.chunks())
                network.log_class_weights = balance.log()
                recipe = self._recipe(len(X), weights, batch_size, network)
                curve = train(network, store, targets, recipe, generator, progress)
                synchronise(device)
        except torch.cuda.OutOfMemoryError:
            if batch_size <= 2:
                raise
            return False
        self.network_, self.plan_ = network, network.plan
        self.fit_info_ = {
            "architecture": self.plan_.architecture,
            "scheme": self._scheme(weights),
            "weights": weights.name if weights else None,
            "weights_source": weights.source if weights else None,
            "parameters": count_parameters(network),
            "input_size": self.plan_.side,
            "stem": self.plan_.stem,
            "patch_size": self.plan_.patch,
            "device": device,
            "precision": recipe.precision,
            "images_on_device": store.resident,
            "epochs": recipe.epochs,
            "steps": curve.steps,
            "batch_size": recipe.batch_size,
            "out_of_memory": f"batches of {self.batch_size} did not fit"
            if batch_size < self.batch_size
            else None,
            "learning_rate": recipe.learning_rate,
            "class_weights": [round(float(w), 4) for w in balance],
            "training_loss": [round(loss, 5) for loss in curve.losses],
            "images_per_second": round(curve.images_per_second, 1),
            "fit_peak_device_memory": memory.peak,
        }
        return True

    def _network(self, X: NDArray[np.uint8], weights: Weights | None) -> Network:
        network = plan_network(
            self.architecture,
            X.shape[3],
            len(self.classes_),
            max(X.shape[1:3]),
            input_size=self.input_size,
            stem=self.stem,
            weights=weights.file if weights else None,
        )[1]
        if self.linear_probe:
            network.freeze_backbone()
        return network

    def _scheme(self, weights: Weights | None) -> str:
        if weights:
            return "linear probe" if self.linear_probe else "fine-tuning"
        if self.pretrained == "auto":
            return "from scratch, as no pretrained weights could be had"
        return "from scratch"

    def _check_parameters(self) -> None:
        augmentation_named(self.augment)
        check_choice("optimiser", self.optimiser, OPTIMISERS)
        check_choice("schedule", self.schedule, SCHEDULES)
        check_choice("balance_by", self.balance_by, BALANCINGS)
        if self.batch_size < 2:
            raise ValueError(f"batch_size must be at least 2, not {self.batch_size}")
        if self.epochs != "auto" and self.epochs < 1:
            raise ValueError(f"epochs must be at least 1, not {self.epochs}")
        for name in ("warm_up", "average_decay", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be 0 or more and below 1")
        check_choice("budget", self.budget, BUDGETS)
        device = resolved_device(self.device)
        precision = resolved_precision(self.precision, device, nn.Identity())
        check_acceleration(self.acceleration, device, precision, self.optimiser)

    def _recipe(self, n: int, weights: Weights | None, batch_size: int, network: Network) -> Recipe:
        pretrained: Start = "linear probe" if self.linear_probe else "fine-tuning"
        start = pretrained if weights else start_of(network)
        automatic, rate, decay = self.epochs == "auto", self.learning_rate, self.weight_decay
        return Recipe(
            epochs=epochs_within(self.budget, n, batch_size) if automatic else int(self.epochs),
            batch_size=batch_size,
            learning_rate=LEARNING_RATES[start][self.optimiser] if rate == "auto" else rate,
            weight_decay=WEIGHT_DECAYS[self.optimiser] if decay == "auto" else decay,
            label_smoothing=self.label_smoothing,
            augmentation=augmentation_named(self.augment),
            balance_by=self.balance_by,
            optimiser=self.optimiser,
            schedule=self.schedule,
            warm_up=self.warm_up,
            clip_norm=self.clip_norm,
            average_decay=self.average_decay,
            precision=resolved_precision(self.precision, network.device, network),
            acceleration=self.acceleration,
        )

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities ``(n, k)`` of images ``(n, h, w, c)``, columns in order of `classes_`."""
        check_is_fitted(self)
        X = check_images(X, self.plan_.channels)
        probabilities: NDArray[np.float64] = applied(
            self._probabilities, X, self.plan_.side, self.network_.device
        )
        return probabilities

    def _probabilities(self, images: Tensor) -> Tensor:
        if not self.test_time_augmentation:
            return self.network_.probabilities(images)
        views = mirrored_views(images, augmentation_named(self.augment))
        return torch.stack([self.network_.probabilities(view) for view in views]).mean(0)

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class ``(n,)`` of images ``(n, h, w, c)``."""
        labels: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return labels
