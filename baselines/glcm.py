"""Gray-level co-occurrence: how often two gray levels lie at a given distance and angle.

Haralick, Shanmugam & Dinstein 1973, Textural features for image classification, IEEE Transactions
on Systems, Man, and Cybernetics 3:610.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from baselines.family import FeatureFamily, ImageBatch

DESCRIPTORS = (
    "contrast",
    "dissimilarity",
    "homogeneity",
    "energy",
    "entropy",
    "correlation",
    "max_probability",
    "variance",
    "sum_variance",
    "sum_entropy",
    "difference_variance",
    "difference_entropy",
    "cluster_shade",
    "cluster_prominence",
    "imc1",
    "imc2",
)
"""Names of what is computed from each matrix, in order."""

_ANGLES = ((0, 1), (1, 1), (1, 0), (1, -1))  # (row, column) steps of 0, 45, 90 and 135 degrees


@njit(cache=True, nogil=True)
def _describe_matrix(
    counts: NDArray[np.int64],
    marginal: NDArray[np.float64],
    sums: NDArray[np.float64],
    differences: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Descriptors of the symmetric matrix (counts + its transpose) / its sum."""
    levels = counts.shape[0]
    total = 0
    for i in range(levels):
        for j in range(levels):
            total += counts[i, j]
    scale = 0.5 / total
    for i in range(levels):
        marginal[i] = 0.0
        differences[i] = 0.0
    for k in range(2 * levels - 1):
        sums[k] = 0.0
    energy = 0.0
    entropy = 0.0
    homogeneity = 0.0
    largest = 0.0
    for i in range(levels):
        for j in range(i + 1):
            both = counts[i, j] + counts[j, i]
            if both == 0:
                continue
            p = both * scale
            if i == j:
                marginal[i] += p
                sums[2 * i] += p
                differences[0] += p
                energy += p * p
                entropy -= p * np.log(p)
            else:
                marginal[i] += p
                marginal[j] += p
                sums[i + j] += 2.0 * p
                differences[i - j] += 2.0 * p
                energy += 2.0 * p * p
                entropy -= 2.0 * p * np.log(p)
            largest = max(largest, p)

    mean = 0.0
    marginal_entropy = 0.0
    for i in range(levels):
        mean += i * marginal[i]
        if marginal[i] > 0.0:
            marginal_entropy -= marginal[i] * np.log(marginal[i])
    variance = 0.0
    for i in range(levels):
        variance += (i - mean) ** 2 * marginal[i]

    contrast = 0.0
    dissimilarity = 0.0
    difference_entropy = 0.0
    for k in range(levels):
        p = differences[k]
        if p > 0.0:
            contrast += k * k * p
            dissimilarity += k * p
            homogeneity += p / (1.0 + k * k)
            difference_entropy -= p * np.log(p)
    sum_variance = 0.0
    shade = 0.0
    prominence = 0.0
    sum_entropy = 0.0
    for k in range(2 * levels - 1):
        p = sums[k]
        if p > 0.0:
            d = k - 2.0 * mean
            sum_variance += d * d * p
            shade += d * d * d * p
            prominence += d * d * d * d * p
            sum_entropy -= p * np.log(p)

    bits = 1.0 / np.log(2.0)
    information = max(0.0, 2.0 * marginal_entropy - entropy)
    constant = variance < 1e-12
    out[0] = contrast
    out[1] = dissimilarity
    out[2] = homogeneity
    out[3] = np.sqrt(energy)
    out[4] = entropy * bits
    out[5] = 1.0 if constant else 1.0 - 0.5 * contrast / variance
    out[6] = largest
    out[7] = variance
    out[8] = sum_variance
    out[9] = sum_entropy * bits
    out[10] = contrast - dissimilarity**2
    out[11] = difference_entropy * bits
    out[12] = shade
    out[13] = prominence
    out[14] = 0.0 if constant else -information / marginal_entropy
    out[15] = np.sqrt(1.0 - np.exp(-2.0 * information))


@njit(cache=True, nogil=True)
def _describe_images(
    gray: NDArray[np.uint8],
    levels: int,
    offsets: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    n, h, w = gray.shape
    quantised = np.empty((h, w), dtype=np.uint8)
    counts = np.empty((levels, levels), dtype=np.int64)
    marginal = np.empty(levels)
    sums = np.empty(2 * levels - 1)
    differences = np.empty(levels)
    for i in range(n):
        for r in range(h):
            for c in range(w):
                quantised[r, c] = np.int64(gray[i, r, c]) * levels // 256
        for k in range(offsets.shape[0]):
            dr = offsets[k, 0]
            dc = offsets[k, 1]
            for a in range(levels):
                for b in range(levels):
                    counts[a, b] = 0
            for r in range(h - dr):
                for c in range(max(0, -dc), w - max(0, dc)):
                    counts[quantised[r, c], quantised[r + dr, c + dc]] += 1
            _describe_matrix(counts, marginal, sums, differences, out[i, k])


def glcm_descriptors(
    gray: NDArray[np.uint8], levels: int, distances: tuple[int, ...]
) -> NDArray[np.float64]:
    """Descriptors ``(n, distances, 4 angles, 16)`` of gray images ``(n, h, w) uint8``.

    Gray levels 0..255 are divided into `levels` bins of equal width (at most 256). P(i, j) is the
    share of pixel pairs with bins i and j, counted in both directions. At distance d the four
    angles 0, 45, 90 and 135 degrees are the steps (0, d), (d, d), (d, 0) and (d, -d), as Haralick
    counts distance. With the marginal p, its mean μ, variance σ² and entropy H, p₊(k) = Σ_{i+j=k} P
    and p₋(k) = Σ_{|i-j|=k} P:

    - ``contrast`` Σ (i-j)² P, ``dissimilarity`` Σ |i-j| P, ``homogeneity`` Σ P / (1 + (i-j)²);
    - ``energy`` √Σ P², the root of the angular second moment; ``max_probability`` max P;
    - ``entropy``, ``sum_entropy``, ``difference_entropy``: entropy in bits of P, p₊ and p₋;
    - ``variance`` σ²; ``sum_variance`` and ``difference_variance``: variance of p₊ and p₋;
    - ``correlation`` Σ (i-μ)(j-μ) P / σ²;
    - ``cluster_shade`` and ``cluster_prominence``: third and fourth central moment of p₊;
    - ``imc1`` -I / H and ``imc2`` √(1 - exp(-2 I)) with the mutual information I = 2H - entropy of
      P, in nats (Haralick's information measures of correlation: HXY1 and HXY2 both equal 2H).

    A constant image has correlation 1, energy, homogeneity and max_probability 1, all else 0.
    The image sides must exceed the distances.
    """
    offsets = np.array([(r * d, c * d) for d in distances for r, c in _ANGLES], dtype=np.int64)
    out = np.empty((len(gray), len(offsets), len(DESCRIPTORS)))
    _describe_images(gray, levels, offsets, out)
    return out.reshape(len(gray), len(distances), len(_ANGLES), len(DESCRIPTORS))


class GLCM(FeatureFamily):
    """Mean and range over four angles of the descriptors of co-occurrence matrices.

    Parameters
    ----------
    levels : int
        Number of gray levels after quantisation, 2 to 256.
    distances : tuple of int
        Distances in pixels, each smaller than the shorter image side.
    """

    def __init__(self, levels: int = 32, distances: tuple[int, ...] = (1, 2, 4)) -> None:
        self.levels = levels
        self.distances = distances

    def names(self, n_channels: int) -> list[str]:  # noqa: ARG002
        """``glcm_contrast_d1_mean`` …, ``glcm_contrast_d1_range`` …, one block per distance."""
        return [
            f"glcm_{name}_d{distance}_{pooled}"
            for distance in self.distances
            for pooled in ("mean", "range")
            for name in DESCRIPTORS
        ]

    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """`glcm_descriptors`, pooled over the angles.

        Raises
        ------
        ValueError
            If `levels` is not in 2..256, or a distance does not fit into the images.
        """
        if not 2 <= self.levels <= 256:
            raise ValueError(f"levels must be from 2 to 256, got {self.levels}")
        side = min(batch.gray.shape[1:])
        if not all(0 < distance < side for distance in self.distances):
            raise ValueError(
                f"distances must be from 1 to {side - 1} for images with a side of {side} pixels, "
                f"got {list(self.distances)}"
            )
        values = glcm_descriptors(batch.gray, self.levels, tuple(self.distances))
        mean = values.mean(axis=2)  # (n, distances, descriptors)
        spread = values.max(axis=2) - values.min(axis=2)
        return np.stack([mean, spread], axis=2).reshape(len(batch), -1)
