"""Frozen features of a timm network as a scikit-learn transformer of images.

As with `deep.classifier`, torch and timm are loaded when features are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from deep.classifier import TimmClassifier
    from deep.networks.weights import Weights


class TimmEmbedding(TransformerMixin, BaseEstimator):
    """What the last layer of a frozen network sees: one feature vector for every image.

    The network has pretrained weights of the Hugging Face hub where they can be had. Where not,
    `fallback` is trained on the images of `fit` and then frozen.

    A pretrained network sees the colours as one image and a mask as another, gray, one: photographs
    have no mask channel that its filters could know. The two vectors are joined.

    Parameters
    ----------
    architecture : str
        timm's name of the pretrained network.
    pretrained : bool, "auto" or str
        "auto" uses weights that can be had and else the fallback, True insists on them, False uses
        the fallback at once. A path names a file of weights.
    fallback : TimmClassifier or None
        What to train without weights.
    input_size : "auto" or int
        Side in px of what the pretrained network sees; the fallback has its own.
    device : str
        "auto" is "cuda" if there is one, else "cpu".

    Attributes
    ----------
    frozen_ : deep.frozen_networks.FrozenNetworks
        The networks, and the channels that each of them sees.
    fit_info_ : dict
        Weights used, or what the fallback has to say of its training.
    cached_seconds_ : float
        That of the fallback.
    """

    def __init__(
        self,
        architecture: str = "resnet18",
        *,
        pretrained: bool | Literal["auto"] | str = "auto",
        fallback: TimmClassifier | None = None,
        input_size: int | Literal["auto"] = "auto",
        device: str = "auto",
    ) -> None:
        self.architecture = architecture
        self.pretrained = pretrained
        self.fallback = fallback
        self.input_size = input_size
        self.device = device

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the weights, or train the fallback on images ``(n, h, w, c)`` and labels ``(n,)``.

        Raises
        ------
        ValueError
            If the images or a parameter are unsuitable, if weights are insisted on that cannot be
            had, or if there are neither weights nor a fallback.
        """
        from deep.frozen_networks import FrozenNetworks, freeze
        from deep.networks.weights import obtain_weights
        from deep.training.batches import check_images

        self.cached_seconds_ = 0.0
        X = check_images(X)
        weights = obtain_weights(self.architecture, self.pretrained)
        if weights is not None:
            self.frozen_ = freeze(X, self.architecture, self.input_size, weights, self.device)
            self.fit_info_ = {"trained_on": "photographs", **self.frozen_.info}
        elif self.fallback is not None and y is not None:
            trained = clone(self.fallback).fit(X, y)
            self.frozen_ = FrozenNetworks(((slice(None), trained.network_),), trained.fit_info_)
            self.fit_info_ = {"trained_on": "training images", **trained.fit_info_}
            self.cached_seconds_ = trained.cached_seconds_
        else:
            raise ValueError(
                f"there are no weights of {self.architecture}, and no fallback and labels to train"
            )
        return self

    def resolve_weights(self) -> Weights | None:
        """As `TimmClassifier.resolve_weights`; None where the fallback is trained."""
        if self.pretrained is False:
            return None
        from deep.networks.weights import obtain_weights

        return obtain_weights(self.architecture, self.pretrained)

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Features ``(n, d)`` float32 of images ``(n, h, w, c)``, each that of its image alone."""
        check_is_fitted(self)
        return self.frozen_.features(X)
