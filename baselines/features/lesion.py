"""The lesion against its surroundings: intensities inside, beside, and along the margin."""

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import ndimage

from baselines.features.channels import is_colour
from baselines.features.family import FeatureFamily, ImageBatch
from baselines.features.intensity import STATISTICS, first_order, histograms

RING = 1 / 10
"""Width of the surroundings in parts of the shorter image side, at least two pixels."""

_INSIDE = ("mean", "std", "skewness", "kurtosis", "entropy", "p10", "median", "p90")
_AGAINST = ("ring_mean", "ring_std", "contrast", "contrast_to_noise", "overlap", "margin_gradient")


def surroundings(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Ring ``(n, h, w) uint8`` of pixels near the lesion (chessboard distance) but not in it."""
    width = max(2, round(RING * min(mask.shape[1:])))
    grown: NDArray[np.uint8] = ndimage.maximum_filter(
        mask, size=(1, 2 * width + 1, 2 * width + 1), mode="constant"
    )
    return grown - mask


@njit(cache=True, nogil=True)
def _margin_gradient(
    plane: NDArray[np.uint8], mask: NDArray[np.uint8], out: NDArray[np.float64]
) -> None:
    n, h, w = plane.shape
    for i in range(n):
        total = np.int64(0)
        pairs = 0
        for r in range(h):
            for c in range(w):
                for dr in range(2):  # the neighbour to the right, then the one below
                    dc = 1 - dr
                    if r + dr < h and c + dc < w and mask[i, r, c] != mask[i, r + dr, c + dc]:
                        step = np.int64(plane[i, r + dr, c + dc]) - np.int64(plane[i, r, c])
                        total += step if mask[i, r + dr, c + dc] else -step
                        pairs += 1
        out[i] = total / pairs if pairs else 0.0


def against_surroundings(
    plane: NDArray[np.uint8], mask: NDArray[np.uint8], ring: NDArray[np.uint8]
) -> NDArray[np.float64]:
    """Lesion intensities and contrast ``(n, 14)`` of one channel ``(n, h, w) uint8``.

    Eight first-order statistics of the pixels in the lesion, mean and standard deviation of those
    in the ring, then

    - ``contrast`` difference of the means, lesion minus ring, in gray levels;
    - ``contrast_to_noise`` contrast / √(σ² of the lesion + σ² of the ring), 0 where both are flat;
    - ``overlap`` of the two distributions, Bhattacharyya's Σ √(p q) over 16 bins, in 0..1;
    - ``margin_gradient`` mean difference of neighbouring pixels across the margin, inside minus
      outside, in gray levels: a sharp margin has the contrast itself, a blurred one less.

    A lesion that is empty or leaves no surroundings has contrasts, overlap and gradient 0.
    """
    inside = histograms(plane, mask)
    outside = histograms(plane, ring)
    lesion = first_order(inside)
    beside = first_order(outside)[:, :2]
    n_inside = inside.sum(axis=1)
    n_outside = outside.sum(axis=1)
    both = (n_inside > 0) & (n_outside > 0)

    contrast = np.where(both, lesion[:, 0] - beside[:, 0], 0.0)
    noise = np.sqrt(lesion[:, 1] ** 2 + beside[:, 1] ** 2)
    to_noise = np.divide(contrast, noise, out=np.zeros_like(contrast), where=noise > 0)
    p = inside.reshape(-1, 16, 16).sum(axis=2) / np.maximum(n_inside, 1)[:, None]
    q = outside.reshape(-1, 16, 16).sum(axis=2) / np.maximum(n_outside, 1)[:, None]
    overlap = np.sqrt(p * q).sum(axis=1)
    gradient = np.empty(len(plane))
    _margin_gradient(plane, mask, gradient)

    kept = [STATISTICS.index(name) for name in _INSIDE]
    compared = np.stack([contrast, to_noise, overlap, gradient], axis=1)
    return np.hstack([lesion[:, kept], beside, compared])


class Lesion(FeatureFamily):
    """Intensities in the lesion and their contrast with the surroundings, for each channel."""

    def names(self, n_channels: int) -> list[str]:
        """``lesion_gray_mean`` …, ``lesion_gray_contrast`` …; red, green and blue of RGB too."""
        planes = ("gray", "red", "green", "blue") if is_colour(n_channels) else ("gray",)
        return [f"lesion_{plane}_{name}" for plane in planes for name in (*_INSIDE, *_AGAINST)]

    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """`against_surroundings` of the gray levels and of each colour channel."""
        mask = batch.lesions.mask
        ring = surroundings(mask)
        planes = [batch.gray]
        if batch.colour.shape[3] == 3:
            planes += [np.ascontiguousarray(batch.colour[..., k]) for k in range(3)]
        return np.hstack([against_surroundings(plane, mask, ring) for plane in planes])
