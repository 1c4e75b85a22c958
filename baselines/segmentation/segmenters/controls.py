"""What a segmenter must beat: nothing, where things usually lie, and a threshold."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from baselines.segmentation.lesions import threshold_lesions
from baselines.segmentation.pixels.sizes import scaled_probabilities
from baselines.segmentation.segmenters.pairs import check_images, check_pairs, colours
from baselines.segmentation.segmenters.planes import plane

_LEAST_SIDE = 3  # px; smaller images are all border


class EmptyMask(BaseEstimator):
    """Every pixel is background."""

    def fit(self, X: Any, Y: Any) -> Self:
        """Learn nothing but the number of classes."""
        X, Y = check_pairs(X, Y)
        self.classes_, self.n_channels_ = np.arange(max(2, int(Y.max()) + 1)), X.shape[3]
        return self

    def predict(self, X: Any) -> NDArray[np.uint8]:
        """Zeros ``(n, h, w)`` for images ``(n, h, w, c)``."""
        check_is_fitted(self)
        return np.zeros(check_images(X, self.n_channels_).shape[:3], dtype=np.uint8)


class MeanMask(BaseEstimator):
    """At every place the class that the training images most often have there.

    A class is taken where its share of the training images is at least a threshold, which is the
    one of highest mean Dice on the training images: often no place is in most lesions.

    Attributes
    ----------
    prior_ : (h, w, k) float32
        Share of every class at every place of the training images.
    threshold_ : float
    """

    def fit(self, X: Any, Y: Any) -> Self:
        """Learn where the classes lie in images ``(n, h, w, c)``, from ``(n, h, w)``."""
        from baselines.segmentation.segmenters.rules import THRESHOLDS, likeliest

        X, Y = check_pairs(X, Y)
        k = max(2, int(Y.max()) + 1)
        self.classes_, self.n_channels_ = np.arange(k), X.shape[3]
        shares = [np.mean(label == Y, axis=0, dtype=np.float32) for label in range(k)]
        self.prior_ = np.stack(shares, axis=-1)

        def dice(threshold: float) -> float:
            found = likeliest(self.prior_, threshold)
            scores = []
            for label in range(1, k):
                mask, truth = found == label, label == Y
                total = mask.sum() + truth.sum((1, 2))
                both = (mask & truth).sum((1, 2))
                scores.append(np.where(total > 0, 2 * both / np.maximum(total, 1), 1.0).mean())
            return float(np.mean(scores))

        self.threshold_ = max(THRESHOLDS, key=dice)
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float32]:
        """The shares ``(n, h, w, k)``, scaled to the images."""
        check_is_fitted(self)
        n, h, w, _ = check_images(X, self.n_channels_).shape
        prior = scaled_probabilities(self.prior_, (h, w))
        return np.repeat(prior[None], n, axis=0)

    def predict(self, X: Any) -> NDArray[np.uint8]:
        """The same mask ``(h, w)`` for each of ``(n, h, w, c)`` images."""
        from baselines.segmentation.segmenters.rules import likeliest

        check_is_fitted(self)
        n, h, w, _ = check_images(X, self.n_channels_).shape
        mask = likeliest(scaled_probabilities(self.prior_, (h, w)), self.threshold_)
        return np.repeat(mask[None], n, axis=0)


class UntrainedOtsu(BaseEstimator):
    """Otsu's threshold as the features of lesions use it, with nothing chosen by training.

    `baselines.segmentation.lesions`: the part that touches the border of the image less, its main
    component, holes filled. It is taken for class 1, whatever classes there are.
    """

    def fit(self, X: Any, Y: Any) -> Self:
        """Learn nothing but the number of classes."""
        X, Y = check_pairs(X, Y)
        self.classes_, self.n_channels_ = np.arange(max(2, int(Y.max()) + 1)), X.shape[3]
        return self

    def predict(self, X: Any) -> NDArray[np.uint8]:
        """The lesions ``(n, h, w)`` of images ``(n, h, w, c)``."""
        check_is_fitted(self)
        X = colours(check_images(X, self.n_channels_))
        gray = np.stack([np.round(plane(image, "gray", 0.0) * 255) for image in X])
        h, w = gray.shape[1:]
        more = [(0, max(0, _LEAST_SIDE - side)) for side in (h, w)]
        gray = np.pad(gray, [(0, 0), *more], mode="edge")
        return threshold_lesions(gray.astype(np.uint8)).mask[:, :h, :w]
