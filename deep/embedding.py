"""Frozen features of a timm network as a scikit-learn transformer of images."""

from typing import Any, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from deep.acceleration import resolved_device
from deep.batches import (
    applied_in_blocks,
    channel_statistics,
    check_images,
    has_mask,
    resized_chunks,
)
from deep.classifier import TimmClassifier
from deep.network import Network, count_parameters
from deep.planning import check_architecture, plan_network
from deep.training import seeded
from deep.weights import Weights, obtain_weights


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
    parts_ : tuple of (slice, deep.network.Network)
        The channels that each network sees.
    fit_info_ : dict
        Weights used, or what the fallback has to say of its training.
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
        X = check_images(X)
        check_architecture(self.architecture)
        weights = obtain_weights(self.architecture, self.pretrained)
        self.channels_ = X.shape[3]
        if weights is not None:
            self._freeze(X, weights)
        elif self.fallback is not None and y is not None:
            trained = clone(self.fallback).fit(X, y)
            parts: list[tuple[slice, Network]] = [(slice(None), trained.network_)]
            self.parts_ = tuple(parts)
            self.side_ = trained.plan_.side
            self.fit_info_ = {"trained_on": "training images", **trained.fit_info_}
        else:
            raise ValueError(
                f"there are no weights of {self.architecture}, and no fallback and labels to train"
            )
        return self

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Features ``(n, d)`` float32 of images ``(n, h, w, c)``, each that of its image alone."""
        check_is_fitted(self)
        X = check_images(X, self.channels_)
        features: NDArray[np.float32] = applied_in_blocks(
            self._embed, X, self.side_, self.parts_[0][1].device
        )
        return features

    def _embed(self, images: Tensor) -> Tensor:
        return torch.cat([network.embed(images[:, part]) for part, network in self.parts_], 1)

    def _freeze(self, X: NDArray[np.uint8], weights: Weights) -> None:
        device, channels = resolved_device(self.device), X.shape[3]
        colours = channels - has_mask(channels)
        slices = [slice(0, colours), slice(colours, None)][: 1 + has_mask(channels)]
        parts: list[tuple[slice, Network]] = []
        with seeded(0, device):  # what the weights leave open, such as an output layer, is unused
            for part in slices:
                plan, network = plan_network(
                    self.architecture,
                    len(range(channels)[part]),
                    2,
                    max(X.shape[1:3]),
                    input_size=self.input_size,
                    weights=weights.file,
                )
                parts.append((part, network.to(device).eval().requires_grad_(False)))
        self.side_ = plan.side
        mean, deviation = channel_statistics(resized_chunks(X, plan.side, device))
        for part, network in parts:
            network.mean, network.deviation = mean[:, part], deviation[:, part]
        self.parts_ = tuple(parts)
        self.fit_info_ = {
            "trained_on": "photographs",
            "architecture": plan.architecture,
            "weights": weights.name,
            "weights_source": weights.source,
            "parameters": count_parameters(parts[0][1]),
            "input_size": plan.side,
            "device": device,
        }
