"""What every feature family shares: the images with what is derived from them, and the transformer.

A family states its columns (`names`) and computes them for a batch (`describe`); `FeatureFamily`
makes a scikit-learn transformer of it. What several families need of the same images, gray levels
and lesions, is computed once per `ImageBatch`.
"""

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, Self

import numpy as np
from numba import config
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from baselines.features.channels import (
    check_images,
    colour_channels,
    gray_from_colour,
    hue_saturation,
    mask_channel,
)
from baselines.segmentation.lesions import Lesions, given_lesions, threshold_lesions

BATCH_PIXELS = 2**20
"""Pixels that are described at a time, which bounds the memory of the intermediate results."""


class ImageBatch:
    """Some images and what is derived from them, each derived array computed at most once.

    Parameters
    ----------
    images : (n, h, w, c) uint8
        Copied; never changed.
    """

    def __init__(self, images: NDArray[np.uint8]) -> None:
        self.colour: NDArray[np.uint8] = colour_channels(images)
        """Intensities, ``(n, h, w, 1 or 3) uint8``."""
        self._mask = mask_channel(images)

    def __len__(self) -> int:
        return len(self.colour)

    @cached_property
    def gray(self) -> NDArray[np.uint8]:
        """Gray levels, ``(n, h, w) uint8``."""
        return gray_from_colour(self.colour)

    @cached_property
    def hue_saturation(self) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Hue in 0..1 and saturation in 0..255, both ``(n, h, w)``; of RGB images only."""
        return hue_saturation(self.colour)

    @cached_property
    def lesions(self) -> Lesions:
        """The given masks, or the lesions that Otsu's threshold finds in the gray levels."""
        if self._mask is not None:
            return given_lesions(self._mask)
        return threshold_lesions(self.gray)


class FeatureFamily(TransformerMixin, BaseEstimator, ABC):
    """Images ``(n, h, w, c) uint8`` to features ``(n, d) float64``, all finite.

    `fit` learns nothing but the number of channels, on which the number of features depends.

    Attributes
    ----------
    n_channels_ : int
        Channels of the images seen in `fit`.
    """

    @abstractmethod
    def names(self, n_channels: int) -> list[str]:
        """Names of the features of images with `n_channels` channels, in order of the columns."""

    @abstractmethod
    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """Features ``(n, d)`` of a batch of images, in the order of `names`."""

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Note the number of channels of `X`, ``(n, h, w, c) uint8``."""
        self.n_channels_ = int(check_images(X).shape[3])
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Features ``(n, d) float64`` of `X`, ``(n, h, w, c) uint8``.

        Raises
        ------
        ValueError
            If `X` has another number of channels than the images seen in `fit`.
        """
        check_is_fitted(self)
        images = check_images(X)
        if images.shape[3] != self.n_channels_:
            raise ValueError(
                f"{type(self).__name__} was fitted on images with {self.n_channels_} channels, "
                f"got {images.shape[3]}"
            )
        return self._rows(images)

    def _rows(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Features ``(n, d)`` of checked images, batch by batch, on as many threads as Numba has.

        The kernels and NumPy's loops run without the interpreter's lock. What `describe` gives for
        an image does not depend on its batch, so the number of threads changes no bit.
        """
        n, h, w, c = images.shape
        threads: int = config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]  # set at run time
        step = max(1, min(BATCH_PIXELS // (h * w), -(-n // threads)))
        out = np.empty((n, len(self.names(c))))

        def describe(start: int) -> None:
            part = slice(start, start + step)
            out[part] = self.describe(ImageBatch(images[part]))

        starts = range(0, n, step)
        if threads == 1 or len(starts) == 1:
            for start in starts:
                describe(start)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(describe, starts))
        return out

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Names of the columns of `transform`, ``(d,)``."""
        check_is_fitted(self)
        return np.array(self.names(self.n_channels_), dtype=object)
