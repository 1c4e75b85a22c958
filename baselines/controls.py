"""Controls: what a method must beat before its result means anything.

The class prior knows nothing of the image, mean brightness knows one number of it, and the raw
pixel machine shows what the handcrafted features add. None is random.
"""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from baselines.classifiers.scaling import ClippedScores
from baselines.classifiers.svm import CalibratedSVC
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


class ClassPrior(ClassifierMixin, BaseEstimator):
    """Every image gets the shares of the classes in the training images.

    Attributes
    ----------
    classes_ : (k,) int64
    prior_ : (k,) float64
    """

    def fit(self, X: Any, y: Any) -> Self:  # noqa: ARG002
        """Count the labels ``(n,)``."""
        self.classes_, counts = np.unique(np.asarray(y), return_counts=True)
        self.prior_ = counts / counts.sum()
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The prior, once for each image, ``(n, k)``."""
        check_is_fitted(self)
        return np.tile(self.prior_, (len(X), 1))

    def predict(self, X: Any) -> NDArray[np.int64]:
        """The most frequent class ``(n,)``."""
        labels: NDArray[np.int64] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return labels


class MeanBrightness(ClassifierMixin, BaseEstimator):
    """Logistic regression on the mean gray level of the image.

    Parameters
    ----------
    C : float
        Inverse regularisation of the one coefficient.

    Attributes
    ----------
    classes_ : (k,) int64
    """

    def __init__(self, C: float = 1.0) -> None:
        self.C = C

    def _brightness(self, X: Any) -> NDArray[np.float64]:
        return Brightness().fit(X).transform(X)  # (n, 1)

    def fit(self, X: Any, y: Any) -> Self:
        """Fit to images ``(n, h, w, c) uint8`` and labels ``(n,)``."""
        brightness = self._brightness(X)
        self.centre_ = float(brightness.mean())
        self.scale_ = float(brightness.std()) or 1.0
        self.model_ = LogisticRegression(C=self.C, class_weight="balanced")
        self.model_.fit((brightness - self.centre_) / self.scale_, y)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities ``(n, k)`` of images ``(n, h, w, c) uint8``."""
        check_is_fitted(self)
        scores = (self._brightness(X) - self.centre_) / self.scale_
        probabilities: NDArray[np.float64] = self.model_.predict_proba(scores)
        return probabilities

    def predict(self, X: Any) -> NDArray[np.int64]:
        """The most probable class ``(n,)``."""
        labels: NDArray[np.int64] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return labels


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


def class_prior() -> ClassPrior:
    """Class frequencies of the training images, whatever the image."""
    return ClassPrior()


def mean_brightness() -> MeanBrightness:
    """Logistic regression on the mean gray level."""
    return MeanBrightness()


def raw_pixel_svm() -> Pipeline:
    """Raw pixels, at most 32 a side, into an RBF support vector machine."""
    return Pipeline(
        [("pixels", RawPixels()), ("scale", ClippedScores()), ("classifier", CalibratedSVC())]
    )


raw_pixel_svm.search_space = {  # type: ignore[attr-defined]
    "classifier__C": [0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0],
    "classifier__gamma": ["scale", 1e-4, 3e-4, 1e-3, 3e-3, 1e-2],
    "scale__limit": [2.0, 3.0, 4.0, 6.0],
}
