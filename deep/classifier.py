"""A timm network as a scikit-learn classifier of images."""

from typing import Any, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from deep.batches import AUGMENTATIONS, applied, channel_statistics, check_images, load
from deep.network import Stem, check_architecture, count_parameters, plan_network
from deep.training import (
    Recipe,
    class_weights,
    epochs_within,
    seeded,
    train,
)
from deep.weights import Weights, obtain_weights

SCRATCH_RATE = 3e-3
FINE_TUNING_RATE = 5e-4


class TimmClassifier(ClassifierMixin, BaseEstimator):
    """Trains any timm architecture on small images, from scratch or from pretrained weights.

    Parameters
    ----------
    architecture : str
        timm's name, such as "resnet18".
    input_size : "auto" or int
        Side in px to which images are resized, whatever their own shape; `plan_network` says what
        "auto" chooses.
    stem : "auto", "original" or "small-image"
        Whether a ResNet keeps the full resolution up to its first stage.
    pretrained : bool or "auto"
        "auto" fine-tunes weights of the Hugging Face hub where they can be had and starts from
        scratch elsewhere; `fit_info_["weights"]` tells which. True insists.
    epochs : "auto" or int
        Passes over the training images; "auto" takes them from the budget.
    batch_size : int
        At least 2.
    learning_rate : "auto" or float
        At the top of the cycle; "auto" is 0.003 from scratch and 0.0005 for pretrained weights.
    weight_decay, label_smoothing : float
        See `deep.training.Recipe`.
    class_balance : float
        0 weights every image alike, 1 every class alike, values between are between. The
        probabilities are at the frequencies of the training images all the same.
    augment : str
        One of `deep.batches.AUGMENTATIONS`.
    device : str
        "auto" is "cuda" if there is one, else "cpu".
    budget : "quick", "standard" or "full"
        See `deep.training.BUDGETS`.
    random_state : int, RandomState or None

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
        pretrained: bool | Literal["auto"] = "auto",
        epochs: int | Literal["auto"] = "auto",
        batch_size: int = 32,
        learning_rate: float | Literal["auto"] = "auto",
        weight_decay: float = 0.05,
        label_smoothing: float = 0.1,
        class_balance: float = 1.0,
        augment: str = "standard",
        device: str = "auto",
        budget: str = "standard",
        random_state: Any = None,
    ) -> None:
        self.architecture = architecture
        self.input_size = input_size
        self.stem = stem
        self.pretrained = pretrained
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.label_smoothing = label_smoothing
        self.class_balance = class_balance
        self.augment = augment
        self.device = device
        self.budget = budget
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Train on images ``(n, h, w, c)`` uint8 and labels ``(n,)``.

        Raises
        ------
        ValueError
            If the images, the labels or a parameter are unsuitable; before training starts.
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
        device = resolved_device(self.device)
        weights = obtain_weights(self.architecture, self.pretrained)
        recipe = self._recipe(len(X), weights)
        seed = int(check_random_state(self.random_state).randint(2**31))
        with seeded(seed, device) as generator:
            plan, network = plan_network(
                self.architecture,
                X.shape[3],
                len(self.classes_),
                max(X.shape[1:3]),
                input_size=self.input_size,
                stem=self.stem,
                weights=weights.file if weights else None,
            )
            images, targets = load(X, plan.side, device), torch.from_numpy(labels).to(device)
            balance = class_weights(targets, len(self.classes_), self.class_balance)
            network = network.to(device)
            network.mean, network.deviation = channel_statistics(torch.split(images, 1024))
            network.log_class_weights = balance.log()
            curve = train(network, images, targets, recipe, generator)
        self.network_, self.plan_ = network, plan
        self.fit_info_ = {
            "architecture": plan.architecture,
            "weights": weights.name if weights else None,
            "parameters": count_parameters(network),
            "input_size": plan.side,
            "stem": plan.stem,
            "device": device,
            "epochs": recipe.epochs,
            "steps": curve.steps,
            "batch_size": recipe.batch_size,
            "learning_rate": recipe.learning_rate,
            "class_weights": [round(float(w), 4) for w in balance],
            "training_loss": [round(loss, 5) for loss in curve.losses],
        }
        return self

    def _recipe(self, n: int, weights: Weights | None) -> Recipe:
        if self.augment not in AUGMENTATIONS:
            raise ValueError(
                f"augment must be one of {', '.join(AUGMENTATIONS)}, not {self.augment!r}"
            )
        if self.batch_size < 2:
            raise ValueError(f"batch_size must be at least 2, not {self.batch_size}")
        if self.epochs != "auto" and self.epochs < 1:
            raise ValueError(f"epochs must be at least 1, not {self.epochs}")
        rate = FINE_TUNING_RATE if weights else SCRATCH_RATE
        return Recipe(
            epochs=epochs_within(self.budget, n, self.batch_size)
            if self.epochs == "auto"
            else self.epochs,
            batch_size=self.batch_size,
            learning_rate=rate if self.learning_rate == "auto" else self.learning_rate,
            weight_decay=self.weight_decay,
            label_smoothing=self.label_smoothing,
            augmentation=AUGMENTATIONS[self.augment],
        )

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities ``(n, k)`` of images ``(n, h, w, c)``, columns in order of `classes_`."""
        check_is_fitted(self)
        X = check_images(X, self.plan_.channels)
        probabilities: NDArray[np.float64] = applied(
            self.network_.probabilities, X, self.plan_.side, self.network_.device
        )
        return probabilities

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class ``(n,)`` of images ``(n, h, w, c)``."""
        labels: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return labels


def resolved_device(device: str) -> str:
    """`device`, or for "auto" "cuda" where there is one and "cpu" elsewhere."""
    if device != "auto":
        return device
    return "cuda" if torch.cuda.is_available() else "cpu"
