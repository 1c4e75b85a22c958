"""Frozen features of a timm network as a scikit-learn transformer of images.

As with `deep.classifier`, torch and timm are loaded when features are asked for.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted

from deep.stored import network_from, network_parts, parameters_of, without_measurements

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from deep.classifier import TimmClassifier
    from deep.networks.weights import Weights


class TimmEmbedding(TransformerMixin, BaseEstimator):
    """What the last layer of a frozen network sees: one feature vector for every image.

    The network has pretrained weights where they can be had: of a package, the Hugging Face hub,
    its cache or a file. Where not, `fallback` is trained on the images of `fit` and then frozen.

    A pretrained network sees the colours as one image and a mask as another, gray, one: photographs
    have no mask channel that its filters could know. The two vectors are joined. Images are
    standardised as those that the weights were trained on, so that a vector depends on its image
    alone, and all methods, seeds, folds and fractions of a run can share it.

    Parameters
    ----------
    architecture : str
        timm's name of the pretrained network, or `hf-hub:OWNER/MODEL`.
    pretrained : bool, "auto" or str
        "auto" uses weights that can be had and else the fallback, True insists on them, False uses
        the fallback at once. A path names a file of weights.
    fallback : TimmClassifier or None
        What to train without weights.
    input_size : "auto", "native" or int
        Side in px of what the pretrained network sees: "native" is that which its weights were
        trained with, 224 px at most, "auto" `deep.frozen_networks.affordable_side`. The fallback
        has its own.
    device : str
        "auto" is "cuda" if there is one, else "cpu".
    cache_folder : str or None
        Where features of pretrained networks are kept for other estimators, and looked for; the
        engine sets it to a folder of the run. Without one nothing is kept.

    Attributes
    ----------
    frozen_ : deep.frozen_networks.FrozenNetworks
        The networks, and the channels that each of them sees.
    fit_info_ : dict
        Weights used, or what the fallback has to say of its training.
    cached_seconds_ : float
        What the features had taken that were found in the cache since the last `fit` began, or the
        fallback, if that was found.
    """

    def __init__(
        self,
        architecture: str = "resnet18",
        *,
        pretrained: bool | Literal["auto"] | str = "auto",
        fallback: TimmClassifier | None = None,
        input_size: int | Literal["auto", "native"] = "auto",
        device: str = "auto",
        cache_folder: str | None = None,
    ) -> None:
        self.architecture = architecture
        self.pretrained = pretrained
        self.fallback = fallback
        self.input_size = input_size
        self.device = device
        self.cache_folder = cache_folder

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
        self._key = ""
        X = check_images(X)
        weights = obtain_weights(self.architecture, self.pretrained)
        if weights is not None:
            self.frozen_ = freeze(X.shape[1:], weights, self.input_size, self.device)
            self.fit_info_ = {"trained_on": "photographs", **self.frozen_.info}
            self._key = _key(weights, self.frozen_.info)
        elif self.fallback is not None and y is not None:
            trained = clone(self.fallback).fit(X, y)
            parts = ((slice(None), trained.network_),)
            self.frozen_ = FrozenNetworks(parts, X.shape[3], trained.fit_info_)
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

    def to_parts(self) -> dict[str, Any]:
        """Everything fitted as plain values and arrays; a network that is used twice stands once.

        Raises
        ------
        deep.stored.NotStorableError
            If the network cannot be built again from them.
        """
        check_is_fitted(self)
        networks = [network for _, network in self.frozen_.parts]
        return {
            "parameters": parameters_of(self) | {"fallback": None},
            "info": without_measurements(self.fit_info_),
            "channels": self.frozen_.channels,
            "sees": [[part.start, part.stop] for part, _ in self.frozen_.parts],
            "network": network_parts(networks[0]),
        }

    @classmethod
    def from_parts(cls, parts: dict[str, Any]) -> Self:
        """The fitted transformer again, as `to_parts` took it apart."""
        from deep.frozen_networks import FrozenNetworks

        restored = cls(**parts["parameters"])
        network = network_from(parts["network"], restored.device)
        sees = tuple((slice(start, stop), network) for start, stop in parts["sees"])
        restored.frozen_ = FrozenNetworks(sees, parts["channels"], parts["info"])
        restored.fit_info_, restored.cached_seconds_ = parts["info"], 0.0
        restored._key = ""
        return restored

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Features ``(n, d)`` float32 of images ``(n, h, w, c)``, each that of its image alone."""
        check_is_fitted(self)
        if self.cache_folder is None or not self._key:
            return self.frozen_.features(X)
        from deep.embedding_cache import EmbeddingCache
        from deep.training.batches import check_images

        X = check_images(X, self.frozen_.channels)
        cache = EmbeddingCache(Path(self.cache_folder), self._key)
        values, seconds = cache.rows(X, self.frozen_.features)
        self.cached_seconds_ += seconds
        return values


def _key(weights: Weights, info: dict[str, Any]) -> str:
    """What features depend on beside the images, as a file name."""
    status = Path(weights.file).stat()
    depends_on = [weights.file, status.st_size, status.st_mtime_ns, sorted(info.items())]
    return hashlib.blake2b(repr(depends_on).encode(), digest_size=16).hexdigest()
