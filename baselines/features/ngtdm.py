"""Gray-tone difference: how far the pixels of a gray level are from the mean of their neighbours.

Amadasun & King 1989, Textural features corresponding to textural properties, IEEE Transactions on
Systems, Man, and Cybernetics 19:1264; as in the Image Biomarker Standardisation Initiative (IBSI),
Zwanenburg et al. 2020, Radiology 295:328.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from baselines.features.family import FeatureFamily, ImageBatch
from baselines.features.quantisation import region_levels, region_prefix

DESCRIPTORS = ("coarseness", "contrast", "busyness", "complexity", "strength")
"""Names of what is computed from each matrix, in order."""

COARSEST = 1e6
"""Coarseness of a region in which no pixel differs from its neighbours, by IBSI's convention."""


@njit(cache=True, nogil=True)
def _describe(image: NDArray[np.uint8], out: NDArray[np.float64]) -> None:
    """Describe padded images."""
    n, h, w = image.shape
    counts = np.empty(256, dtype=np.int64)
    differences = np.empty(256)
    present = np.empty(256, dtype=np.int64)
    for i in range(n):
        for k in range(256):
            counts[k] = 0
            differences[k] = 0.0
        for r in range(1, h - 1):
            for c in range(1, w - 1):
                level = np.int64(image[i, r, c])
                if level == 0:
                    continue
                total = -level
                neighbours = -1
                for dr in range(-1, 2):
                    for dc in range(-1, 2):
                        other = np.int64(image[i, r + dr, c + dc])
                        total += other
                        neighbours += 1 if other > 0 else 0
                if neighbours > 0:
                    counts[level] += 1
                    differences[level] += abs(level * neighbours - total) / neighbours
        levels = 0
        pixels = np.int64(0)
        for k in range(256):
            if counts[k] > 0:
                present[levels] = k
                levels += 1
                pixels += counts[k]
        if pixels == 0:
            out[i] = 0.0
            continue
        distance = 0.0
        weighted = 0.0
        spread = np.int64(0)
        steps = np.int64(0)
        complexity = 0.0
        strength = np.int64(0)
        for a in range(levels):
            x = present[a]
            distance += differences[x]
            weighted += counts[x] * differences[x]
            both_x = counts[x] * differences[x]
            for b in range(a):
                y = present[b]
                step = x - y
                spread += counts[x] * counts[y] * step * step
                steps += abs(x * counts[x] - y * counts[y])
                complexity += step * (both_x + counts[y] * differences[y]) / (counts[x] + counts[y])
                strength += (counts[x] + counts[y]) * step * step
        area = float(pixels)
        # the sums above are over unordered pairs of levels, the definitions over ordered ones
        out[i, 0] = area / weighted if weighted > 0.0 else COARSEST
        out[i, 1] = 0.0
        if levels > 1:
            out[i, 1] = 2.0 * spread / (area * area) / (levels * (levels - 1)) * distance / area
        out[i, 2] = 0.5 * weighted / steps if steps > 0 else 0.0
        out[i, 3] = 2.0 * complexity / area
        out[i, 4] = 2.0 * strength / area / distance if distance > 0.0 else 0.0


def tone_difference_descriptors(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Descriptors ``(n, 5)`` of images of levels ``(n, h, w) uint8``, 0 outside the region.

    Of the pixels that have a neighbour in the region, n in all, n(i) with level i, p(i) = n(i) / n;
    s(i) is the sum over those with level i of |i - mean of the neighbours in the region|. With
    G the number of levels that occur, and sums over those levels only:

    - ``coarseness`` 1 / Σ p s, and 10⁶ where that sum is 0;
    - ``contrast`` Σ_i Σ_j p(i) p(j) (i - j)² / (G (G - 1)) · Σ s / n, 0 for one level;
    - ``busyness`` Σ p s / Σ_i Σ_j |i p(i) - j p(j)|, 0 where the divisor is;
    - ``complexity`` Σ_i Σ_j |i - j| (p(i) s(i) + p(j) s(j)) / (p(i) + p(j)) / n;
    - ``strength`` Σ_i Σ_j (p(i) + p(j)) (i - j)² / Σ s, 0 where that sum is 0.

    IBSI's and pyradiomics' definitions at distance 1. A region without neighbours has zeros.
    """
    out = np.empty((len(image), len(DESCRIPTORS)))
    _describe(np.pad(image, ((0, 0), (1, 1), (1, 1))), out)
    return out


class NGTDM(FeatureFamily):
    """The descriptors of the neighbourhood gray-tone difference matrix.

    Parameters
    ----------
    levels : int
        Number of gray levels after quantisation, 2 to 255.
    region : {"image", "lesion"}
        Where pixels and their neighbours are taken from.
    """

    def __init__(self, levels: int = 16, region: str = "image") -> None:
        self.levels = levels
        self.region = region

    def names(self, n_channels: int) -> list[str]:  # noqa: ARG002
        """``ngtdm_coarseness`` …; in the lesion they begin with ``lesion_``."""
        return [f"{region_prefix(self.region)}ngtdm_{name}" for name in DESCRIPTORS]

    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """`tone_difference_descriptors` of the region.

        Raises
        ------
        ValueError
            If `levels` is not in 2..255, or `region` is unknown.
        """
        return tone_difference_descriptors(region_levels(batch, self.levels, self.region))
