"""Pixels as they are: as features of a control, and averaged over the zones of a grid."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from baselines.features.channels import check_images, colour_channels, mask_channel
from baselines.features.family import FeatureFamily, ImageBatch


class Brightness(FeatureFamily):
    """The mean gray level."""

    def names(self, n_channels: int) -> list[str]:  # noqa: ARG002
        """``brightness_mean``."""
        return ["brightness_mean"]

    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """Mean of the gray levels, 0..255."""
        mean: NDArray[np.float64] = batch.gray.mean(axis=(1, 2))[:, None]
        return mean


def pool(images: NDArray[np.uint8], side: int) -> NDArray[np.float64]:
    """Means of the zones of a grid, ``(n, min(h, side), min(w, side), c)``, of ``(n, h, w, c)``.

    Pixel row r lies in zone row ⌊r rows / h⌋, columns alike; no side is enlarged.
    """
    _, h, w, _ = images.shape
    rows, cols = min(h, side), min(w, side)
    top = -(-np.arange(rows) * h // rows)  # first pixel row of each zone row
    left = -(-np.arange(cols) * w // cols)
    sums = np.add.reduceat(images, top, axis=1, dtype=np.int64)
    sums = np.add.reduceat(sums, left, axis=2)  # (n, rows, cols, c)
    height = np.diff(np.append(top, h))
    width = np.diff(np.append(left, w))
    means: NDArray[np.float64] = sums / (height[:, None] * width)[..., None]
    return means


class RawPixels(TransformerMixin, BaseEstimator):
    """Pixels as features, images with longer sides reduced by averaging.

    Parameters
    ----------
    side : int
        Longest side after the reduction, in pixels.
    """

    def __init__(self, side: int = 32) -> None:
        self.side = side

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002
        """Note the shape of the images ``(n, h, w, c) uint8``."""
        self.image_shape_ = tuple(check_images(X).shape[1:])
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Pixels ``(n, d) float64`` of all channels row by row; a mask is 255 in the lesion.

        Raises
        ------
        ValueError
            If the images have another shape than those seen in `fit`.
        """
        check_is_fitted(self)
        images = check_images(X)
        if images.shape[1:] != self.image_shape_:
            raise ValueError(
                f"RawPixels was fitted on images of shape {self.image_shape_}, "
                f"got {images.shape[1:]}"
            )
        mask = mask_channel(images)
        planes = colour_channels(images)
        if mask is not None:
            planes = np.concatenate([planes, 255 * mask[..., None]], axis=3)
        return pool(planes, self.side).reshape(len(images), -1)
