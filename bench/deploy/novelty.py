"""How far an image lies from those of the training, in the features that the method itself uses.

The distance is Mahalanobis's under the covariance of probabilistic principal components (Tipping &
Bishop 1999, Journal of the Royal Statistical Society B 61:611), of standardised features: along the
first components their variances count, in all other directions one common variance. Images that
were held out of the training say how large it is for images of the same kind.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_COMPONENTS = 32
_PER_COMPONENT = 10  # training images, at least
_MOST = 4_000  # training images that are looked at
_LARGEST = 12.0  # standard deviations that one feature counts at most
_LEAST_SHARE = 1e-6  # of the variance, in a direction


@dataclass(frozen=True, eq=False)
class Novelty:
    """What is to be known of the training images, and of some that were held out.

    Attributes:
        mean, scale: `(d,)` of the features.
        components: `(r, d)` directions.
        variances: `(r,)` along these.
        rest: variance in every other direction.
        held_out: `(m,)` ascending distances of images that were not trained on.
    """

    mean: FloatArray
    scale: FloatArray
    components: FloatArray
    variances: FloatArray
    rest: float
    held_out: FloatArray

    @classmethod
    def of(cls, training: FloatArray, held_out: FloatArray) -> Self:
        """From features `(n, d)` of training images and `(m, d)` of others."""
        step = -(-len(training) // _MOST)
        training = np.asarray(training[::step], dtype=np.float64)
        n, d = training.shape
        mean, scale = training.mean(axis=0), training.std(axis=0)
        scale = np.where(scale > 1e-9 * (1 + np.abs(mean)), scale, 1.0)
        scores = _standardised(training, mean, scale)
        _, singular, directions = np.linalg.svd(scores, full_matrices=False)
        variances = singular**2 / max(n - 1, 1)
        r = max(1, min(_COMPONENTS, n // _PER_COMPONENT, d - 1, len(variances) - 1))
        total = float(variances.sum()) or 1.0
        rest = max(float(variances[r:].sum()) / max(d - r, 1), _LEAST_SHARE * total / d)
        bare = cls(mean, scale, directions[:r], np.maximum(variances[:r], rest), rest, np.empty(0))
        distances = np.sort(bare.distances(held_out))
        return cls(mean, scale, directions[:r], bare.variances, rest, distances)

    def distances(self, features: FloatArray) -> FloatArray:
        """`(n,)` distances of features `(n, d)`; the root of the mean square over d directions."""
        scores = _standardised(np.asarray(features, dtype=np.float64), self.mean, self.scale)
        along = scores @ self.components.T
        beside = np.maximum((scores**2).sum(axis=1) - (along**2).sum(axis=1), 0.0)
        squared = (along**2 / self.variances).sum(axis=1) + beside / self.rest
        return np.asarray(np.sqrt(squared / len(self.mean)), dtype=np.float64)

    def percentiles(self, distances: FloatArray) -> FloatArray:
        """`(n,)` the share of held-out images, in percent, that lie nearer."""
        where = np.searchsorted(self.held_out, distances, side="left")
        return np.asarray(100 * where / max(len(self.held_out), 1), dtype=np.float64)

    def arrays(self) -> dict[str, FloatArray]:
        """Everything as arrays."""
        return {
            "mean": self.mean,
            "scale": self.scale,
            "components": self.components,
            "variances": self.variances,
            "rest": np.array([self.rest]),
            "held_out": self.held_out,
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, FloatArray]) -> Self:
        """What `arrays` gave."""
        rest = float(arrays["rest"][0])
        return cls(**{name: value for name, value in arrays.items() if name != "rest"}, rest=rest)


def _standardised(features: FloatArray, mean: FloatArray, scale: FloatArray) -> FloatArray:
    return np.clip((features - mean) / scale, -_LARGEST, _LARGEST)
