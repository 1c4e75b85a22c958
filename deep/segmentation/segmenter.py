"""A network as an estimator of the class of every pixel.

Whoever builds one, or reads its parameters, does not wait for torch and timm:
`deep.segmentation.fitting` loads them when a network is trained or asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from deep.training.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from deep.networks.weights import Weights


class NetworkSegmenter(BaseEstimator):
    """Trains a network that tells the class of every pixel of images of any size.

    Parameters
    ----------
    architecture : str
        "compact", our U-Net of 0.4 million parameters, or one of
        `deep.segmentation.architectures.ARCHITECTURES`.
    encoder : str
        timm's name, such as "resnet34"; "" for the compact network.
    input_size : "auto", "native" or int
        Longer side at which the network sees images, px; `working_shape` says what "auto" chooses.
    patch_size : int
        Side of the pieces that larger images are trained on, px.
    pretrained : bool, "auto" or str
        Of the encoder, as of `deep.classifier.TimmClassifier`.
    epochs : "auto" or int
        How often as many pixels are seen as the training images have; "auto" takes it from the
        budget.
    batch_size : int
        Patches, at least 2. Halved as often as the device's memory demands.
    learning_rate : "auto" or float
        The highest of one cycle of AdamW. "auto" is 0.005 from scratch and 0.001 with pretrained
        weights.
    weight_decay : float
        On convolution weights.
    dice_share : float
        Weight of the Dice loss beside the cross entropy, 0..1.
    presence_weight : float
        Of a further loss, the cross entropy of whether an image shows a class at all, told from the
        deepest maps; 0 for none.
    average_decay : float
        Of `deep.training.optimisation.WeightAverage`, 0 for the weights of the last step.
    augment : str
        One of `deep.training.augmentation.AUGMENTATIONS`, of images and classes alike.
    test_time_augmentation : bool
        Average the probabilities over those mirror images that training draws too.
    held_out : float
        Share of the training images that the network is not trained on, so that threshold, peak
        and largest component can be chosen on them. 0 takes the likeliest class.
    precision : "auto", "float32", "bfloat16" or "float16"
        Of training. Predictions are always made in float32 proper.
    device : str
        "auto" is "cuda" if there is one, else "cpu".
    budget : "quick", "standard" or "full"
        See `deep.segmentation.fitting.SEGMENTATION_BUDGETS`.
    progress_file : str or None
        Where `deep.training.progress.Progress` reports to.
    random_state : int, RandomState or None
        On a CPU the same seed gives the same result, bit for bit.

    Attributes
    ----------
    classes_ : (k,) int64
        0, the background, to the highest class of the training images.
    network_ : deep.segmentation.network.SegmentationNetwork
    cleaning_ : deep.segmentation.cleaning.Cleaning
        How classes are told from probabilities.
    fit_info_ : dict
        What was chosen, and the training loss of every epoch.
    """

    def __init__(
        self,
        architecture: str = "compact",
        encoder: str = "",
        *,
        input_size: int | Literal["auto", "native"] = "auto",
        patch_size: int = 128,
        pretrained: bool | Literal["auto"] | str = "auto",
        epochs: int | Literal["auto"] = "auto",
        batch_size: int = 16,
        learning_rate: float | Literal["auto"] = "auto",
        weight_decay: float = 0.05,
        dice_share: float = 0.5,
        presence_weight: float = 0.3,
        average_decay: float = 0.98,
        augment: str = "photometric",
        test_time_augmentation: bool = True,
        held_out: float = 0.1,
        precision: str = "auto",
        device: str = "auto",
        budget: str = "standard",
        progress_file: str | None = None,
        random_state: Any = None,
    ) -> None:
        self.architecture = architecture
        self.encoder = encoder
        self.input_size = input_size
        self.patch_size = patch_size
        self.pretrained = pretrained
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.dice_share = dice_share
        self.presence_weight = presence_weight
        self.average_decay = average_decay
        self.augment = augment
        self.test_time_augmentation = test_time_augmentation
        self.held_out = held_out
        self.precision = precision
        self.device = device
        self.budget = budget
        self.progress_file = progress_file
        self.random_state = random_state

    def fit(self, X: Any, Y: Any) -> Self:
        """Train on images ``(n, h, w, c)`` uint8 and the classes of their pixels ``(n, h, w)``.

        Raises
        ------
        ValueError
            If images, classes or a parameter are unsuitable; before training starts.
        deep.networks.weights.WeightsUnavailableError
            If pretrained weights are insisted on and cannot be had.
        deep.training.loop.TrainingDivergedError
            If the loss becomes infinite or not a number.
        """
        import numpy as np

        from deep.segmentation.fitting import train
        from deep.segmentation.settings import SegmentationSettings

        settings = SegmentationSettings(**self.get_params(deep=False))
        found = train(settings, X, Y, Progress(self.progress_file))
        self.network_, self.cleaning_, self.scale_ = found.network, found.cleaning, found.scale
        self.classes_ = np.arange(found.network.plan.classes)
        self.fit_info_ = found.info
        return self

    def resolve_weights(self) -> Weights | None:
        """What `pretrained` stands for on this machine now, downloaded if need be.

        Raises
        ------
        ValueError
            If weights are insisted on and cannot be had, or timm has no such encoder.
        """
        if self.pretrained is False or not self.encoder:
            return None
        from deep.networks.weights import obtain_weights

        return obtain_weights(self.encoder, self.pretrained)

    def predict_proba(self, X: Any) -> NDArray[np.float32]:
        """Probabilities ``(n, h, w, k)`` of images ``(n, h, w, c)``."""
        import numpy as np

        return np.concatenate(list(self._probabilities(X)))

    def predict(self, X: Any) -> NDArray[np.uint8]:
        """Classes ``(n, h, w)`` of the pixels of images ``(n, h, w, c)``."""
        import numpy as np

        return np.concatenate([self.cleaning_.classes(part) for part in self._probabilities(X)])

    def _probabilities(self, X: Any) -> Iterator[NDArray[np.float32]]:
        check_is_fitted(self)
        from deep.segmentation.prediction import mirrors_of, probability_chunks
        from deep.training.batches import check_images

        X = check_images(X, self.network_.plan.channels)
        shape = (
            max(1, round(X.shape[1] * self.scale_)),
            max(1, round(X.shape[2] * self.scale_)),
        )
        mirrors = mirrors_of(self.augment, average=self.test_time_augmentation)
        return probability_chunks(self.network_, X, shape, mirrors)
