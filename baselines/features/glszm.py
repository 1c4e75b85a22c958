"""Gray-level zones: how large the connected patches of one gray level are.

Thibault et al. 2009, Texture indexes and gray level size zone matrix: application to cell nuclei
classification (10th International Conference on Pattern Recognition and Information Processing,
140); as in the Image Biomarker Standardisation Initiative (IBSI), Zwanenburg et al. 2020, Radiology
295:328.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from baselines.features.family import FeatureFamily, ImageBatch
from baselines.features.quantisation import region_levels, region_prefix
from baselines.kernels.level_size import describe_sizes

DESCRIPTORS = (
    "small_zone_emphasis",
    "large_zone_emphasis",
    "low_gray_level_zone_emphasis",
    "high_gray_level_zone_emphasis",
    "small_zone_low_gray_level_emphasis",
    "small_zone_high_gray_level_emphasis",
    "large_zone_low_gray_level_emphasis",
    "large_zone_high_gray_level_emphasis",
    "gray_level_nonuniformity",
    "gray_level_nonuniformity_normalised",
    "zone_size_nonuniformity",
    "zone_size_nonuniformity_normalised",
    "zone_percentage",
    "gray_level_variance",
    "zone_size_variance",
    "zone_size_entropy",
)
"""Names of what is computed from each matrix, in order."""


@njit(cache=True, nogil=True)
def _join(parent: NDArray[np.uint32], a: np.uint32, b: np.uint32) -> None:
    """Join the sets of two pixels; the root of both is the earlier one of their roots."""
    while parent[a] != a:
        parent[a] = parent[parent[a]]
        a = parent[a]
    while parent[b] != b:
        parent[b] = parent[parent[b]]
        b = parent[b]
    if a < b:
        parent[b] = a
    else:
        parent[a] = b


@njit(cache=True, nogil=True)
def _find_zones(
    image: NDArray[np.uint8], width: int, keys: NDArray[np.int32], ends: NDArray[np.int64]
) -> int:
    """List the zones of padded images ``(n, h * width)``, one after the other.

    Returns their number; `keys` has room for one more.
    """
    n, pixels = image.shape
    parent = np.empty(pixels, dtype=np.uint32)
    sizes = np.empty(pixels, dtype=np.int32)
    one = np.uint64(1)  # unsigned indices need no test for being negative
    row = np.uint64(width)
    found = 0
    for i in range(n):
        levels = image[i]
        for r in range(1, pixels // width - 1):
            here = np.uint64(r * width + 1)
            for _ in range(1, width - 1):
                level = levels[here]
                sizes[here] = 0
                if level == levels[here - row]:
                    # an equal pixel above touches the other three, which are joined to it already
                    parent[here] = parent[here - row]
                else:
                    parent[here] = here
                    if level == levels[here - one]:
                        parent[here] = parent[here - one]
                    elif level == levels[here - row - one]:
                        parent[here] = parent[here - row - one]
                    if level == levels[here - row + one] and level > 0:
                        _join(parent, np.uint32(here), np.uint32(here - row + one))
                here += one
        for r in range(1, pixels // width - 1):
            here = np.uint64(r * width + 1)
            for _ in range(1, width - 1):
                if levels[here] > 0:
                    # the parent is earlier in the image, and points to its root by now
                    root = parent[parent[here]]
                    parent[here] = root
                    sizes[root] += 1
                here += one
        for r in range(1, pixels // width - 1):
            here = np.uint64(r * width + 1)
            for _ in range(1, width - 1):
                keys[found] = sizes[here] * 256 + levels[here]
                found += sizes[here] > 0
                here += one
        ends[i] = found
    return found


def zone_descriptors(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Descriptors ``(n, 16)`` of images of levels ``(n, h, w) uint8``, 0 outside the region.

    A zone is an 8-connected set of pixels of one level, as large as can be; with s(i, j) the number
    of zones of level i and j pixels, N of all zones, p = s / N:

    - ``small_zone_emphasis`` Σ p / j², ``large_zone_emphasis`` Σ p j²,
      ``low_gray_level_zone_emphasis`` Σ p / i², ``high_gray_level_zone_emphasis`` Σ p i², and the
      four joint emphases with both factors;
    - ``gray_level_nonuniformity`` Σ_i (Σ_j s)² / N, ``zone_size_nonuniformity`` Σ_j (Σ_i s)² / N,
      both also divided by another N (``normalised``);
    - ``zone_percentage`` N over the pixels of the region;
    - ``gray_level_variance`` and ``zone_size_variance``, of i and of j under p;
    - ``zone_size_entropy`` -Σ p log₂ p.

    IBSI's and pyradiomics' definitions; pyradiomics says area for zone in some of the names. An
    empty region has zeros throughout.
    """
    n, h, w = image.shape
    keys = np.empty(image.size + 1, dtype=np.int32)
    ends = np.empty(n, dtype=np.int64)
    padded = np.pad(image, ((0, 0), (1, 1), (1, 1))).reshape(n, -1)
    found = _find_zones(padded, w + 2, keys, ends)
    pixels = np.count_nonzero(image, axis=(1, 2))
    return describe_sizes(keys[:found], ends, pixels, h * w)[:, : len(DESCRIPTORS)]


class GLSZM(FeatureFamily):
    """The descriptors of the size-zone matrix.

    Parameters
    ----------
    levels : int
        Number of gray levels after quantisation, 2 to 255.
    region : {"image", "lesion"}
        Where zones are counted.
    """

    def __init__(self, levels: int = 16, region: str = "image") -> None:
        self.levels = levels
        self.region = region

    def names(self, n_channels: int) -> list[str]:  # noqa: ARG002
        """``glszm_small_zone_emphasis`` …; in the lesion they begin with ``lesion_``."""
        return [f"{region_prefix(self.region)}glszm_{name}" for name in DESCRIPTORS]

    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """`zone_descriptors` of the region.

        Raises
        ------
        ValueError
            If `levels` is not in 2..255, or `region` is unknown.
        """
        return zone_descriptors(region_levels(batch, self.levels, self.region))
