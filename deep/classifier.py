"""A network as a scikit-learn classifier of images.

Whoever builds one, or reads its parameters, does not wait for torch and timm:
`deep.training.fitting` loads them when a network is trained or asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from deep.stored import network_from, network_parts, parameters_of, without_measurements
from deep.training.progress import Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from deep.networks.network import Stem
    from deep.networks.weights import Weights


class TimmClassifier(ClassifierMixin, BaseEstimator):
    """Trains any timm architecture on small images, from scratch or from pretrained weights.

    Parameters
    ----------
    architecture : str
        timm's name, such as "resnet18", or one of `deep.networks.network.OWN_ARCHITECTURES`.
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
    epoch_share : float
        Share of the budget's epochs that "auto" takes, above 0 and at most 1: for a network that
        learns as much at a higher learning rate.
    batch_size : int
        At least 2. Halved as often as the device's memory demands; `fit_info_` tells.
    learning_rate : "auto" or float
        The highest. "auto" is, for AdamW, 0.003 from scratch (0.001 for networks without batch
        normalisation), 0.0005 for pretrained weights and 0.01 for a linear probe.
    weight_decay : "auto" or float
        "auto" is 0.05 for AdamW and 0.0005 for SGD.
    label_smoothing, optimiser, schedule, warm_up, clip_norm, average_decay
        See `deep.training.recipe.Recipe`.
    class_balance : float
        0 counts every image alike, 1 every class alike, values between are between. The
        probabilities are at the frequencies of the training images all the same.
    balance_by : "loss" or "sampling"
        Whether images of a rare class weigh more or are drawn more often.
    augment : str
        One of `deep.training.augmentation.AUGMENTATIONS`.
    test_time_augmentation : bool
        Average the probabilities of an image and of those mirror images that training draws too,
        which takes two or four times as long.
    precision : "auto", "float32", "bfloat16" or "float16"
        Of training; `deep.training.acceleration.resolved_precision` says what "auto" chooses. GPUs
        train "float32" with TF32 convolutions. Predictions are always made in float32 proper.
    acceleration : "none", "compile" or "graphs"
        `torch.compile`, or one CUDA graph per step: pays on a GPU where a step is short.
    resident_limit : int or None
        Bytes of images that may be kept on the device; beyond, they are read for every batch.
        None is half of what is free. Without influence on the result.
    device : str
        "auto" is "cuda" if there is one, else "cpu".
    budget : "quick", "standard" or "full"
        See `deep.training.recipe.BUDGETS`.
    cache_folder : str or None
        Where `deep.training.network_cache.NetworkCache` keeps compact networks from scratch and
        looks for them.
    progress_file : str or None
        Where `deep.training.progress.Progress` reports to.
    random_state : int, RandomState or None
        On a CPU the same seed gives the same result, bit for bit. On a GPU sums are taken in an
        order that varies, and the result with them.

    Attributes
    ----------
    classes_ : (k,) int64
    network_ : deep.networks.network.Network
        In evaluation mode, on the device.
    plan_ : deep.networks.network.NetworkPlan
        What `deep.networks.network.build_network` needs to build it again.
    fit_info_ : dict
        What was chosen, and the training loss of every epoch.
    cached_seconds_ : float
        What the training had taken, if the network was found in the cache folder; else 0.
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
        epoch_share: float = 1.0,
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
        test_time_augmentation: bool = True,
        precision: str = "auto",
        acceleration: str = "none",
        resident_limit: int | None = None,
        device: str = "auto",
        budget: str = "standard",
        cache_folder: str | None = None,
        progress_file: str | None = None,
        random_state: Any = None,
    ) -> None:
        self.architecture = architecture
        self.input_size = input_size
        self.stem = stem
        self.pretrained = pretrained
        self.linear_probe = linear_probe
        self.epochs = epochs
        self.epoch_share = epoch_share
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
        self.cache_folder = cache_folder
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
        deep.networks.weights.WeightsUnavailableError
            If pretrained weights are insisted on, or needed for a linear probe, and not to be had.
        deep.training.loop.TrainingDivergedError
            If the loss becomes infinite or not a number.
        """
        from deep.training.fitting import train_network
        from deep.training.settings import TrainingSettings

        settings = TrainingSettings(**self.get_params(deep=False))
        found = train_network(settings, X, y, progress or Progress(self.progress_file))
        self.classes_, self.network_ = found.classes, found.network
        self.plan_, self.fit_info_ = found.network.plan, found.info
        self.cached_seconds_ = found.cached_seconds
        return self

    def resolve_weights(self) -> Weights | None:
        """What `pretrained` stands for on this machine now, downloaded if need be.

        Raises
        ------
        ValueError
            If weights are insisted on and cannot be had, or timm has no such architecture.
        """
        if self.pretrained is False:
            return None
        from deep.networks.weights import obtain_weights

        return obtain_weights(self.architecture, self.pretrained)

    def to_parts(self) -> dict[str, Any]:
        """Everything fitted as plain values and arrays; nothing of this machine.

        Raises
        ------
        deep.stored.NotStorableError
            If the network cannot be built again from them.
        """
        check_is_fitted(self)
        return {
            "parameters": parameters_of(self),
            "classes": self.classes_,
            "info": without_measurements(self.fit_info_),
            **network_parts(self.network_),
        }

    @classmethod
    def from_parts(cls, parts: dict[str, Any]) -> Self:
        """The fitted classifier again, as `to_parts` took it apart."""
        restored = cls(**parts["parameters"])
        restored.network_ = network_from(parts, restored.device)
        restored.classes_, restored.plan_ = parts["classes"], restored.network_.plan
        restored.fit_info_, restored.cached_seconds_ = parts["info"], 0.0
        return restored

    def to_onnx(self, image_shape: tuple[int, int, int]) -> bytes:
        """One ONNX graph from images ``(n, h, w, c)`` uint8 to probabilities and embeddings.

        Raises
        ------
        ValueError
            If PyTorch cannot express the network in ONNX.
        """
        check_is_fitted(self)
        from deep.exported import as_onnx

        augment = self.augment if self.test_time_augmentation else "none"
        return as_onnx([(self.network_, augment)], image_shape)

    def predict_and_describe(self, X: Any) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Probabilities as `predict_proba` gives them, and what the last layer sees ``(n, d)``.

        The second costs next to nothing beside the first.
        """
        check_is_fitted(self)
        from deep.training.fitting import probabilities_and_embeddings

        augment = self.augment if self.test_time_augmentation else "none"
        return probabilities_and_embeddings(self.network_, X, augment)

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities ``(n, k)`` of images ``(n, h, w, c)``, columns in order of `classes_`."""
        check_is_fitted(self)
        from deep.training.fitting import probabilities

        augment = self.augment if self.test_time_augmentation else "none"
        return probabilities(self.network_, X, augment)

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class ``(n,)`` of images ``(n, h, w, c)``."""
        labels: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return labels
