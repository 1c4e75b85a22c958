"""Gray-level dependence: how many neighbours of a pixel have its gray level.

Sun & Wee 1983, Neighboring gray level dependence matrix for texture classification, Computer
Vision, Graphics, and Image Processing 23:341; as in pyradiomics and in the Image Biomarker
Standardisation Initiative (IBSI), Zwanenburg et al. 2020, Radiology 295:328.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from baselines.features.family import FeatureFamily, ImageBatch
from baselines.features.quantisation import region_levels, region_prefix
from baselines.kernels.level_size import DESCRIPTORS as SIZE_DESCRIPTORS
from baselines.kernels.level_size import describe_sizes

DESCRIPTORS = (
    "small_dependence_emphasis",
    "large_dependence_emphasis",
    "low_gray_level_emphasis",
    "high_gray_level_emphasis",
    "small_dependence_low_gray_level_emphasis",
    "small_dependence_high_gray_level_emphasis",
    "large_dependence_low_gray_level_emphasis",
    "large_dependence_high_gray_level_emphasis",
    "gray_level_nonuniformity",
    "gray_level_nonuniformity_normalised",
    "dependence_nonuniformity",
    "dependence_nonuniformity_normalised",
    "gray_level_variance",
    "dependence_variance",
    "dependence_entropy",
    "dependence_energy",
)
"""Names of what is computed from each matrix, in order."""

_KEPT = [k for k, name in enumerate(SIZE_DESCRIPTORS) if name != "percentage"]


@njit(cache=True, nogil=True)
def _find_dependences(
    image: NDArray[np.uint8], keys: NDArray[np.int32], ends: NDArray[np.int64]
) -> int:
    """List the dependences of padded images, one image after the other; return their number."""
    n, h, w = image.shape
    found = 0
    for i in range(n):
        for r in range(1, h - 1):
            for c in range(1, w - 1):
                level = image[i, r, c]
                if level == 0:
                    continue
                size = 0
                for dr in range(-1, 2):
                    for dc in range(-1, 2):
                        size += image[i, r + dr, c + dc] == level
                keys[found] = size * 256 + level
                found += 1
        ends[i] = found
    return found


def dependence_descriptors(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Descriptors ``(n, 16)`` of images of levels ``(n, h, w) uint8``, 0 outside the region.

    The dependence of a pixel is the number of pixels with its level among itself and its eight
    neighbours (coarseness α = 0, distance 1), so from 1 to 9; with d(i, j) the number of pixels of
    level i and dependence j, N of all pixels in the region, p = d / N:

    - ``small_dependence_emphasis`` Σ p / j², ``large_dependence_emphasis`` Σ p j²,
      ``low_gray_level_emphasis`` Σ p / i², ``high_gray_level_emphasis`` Σ p i², and the four joint
      emphases with both factors;
    - ``gray_level_nonuniformity`` Σ_i (Σ_j d)² / N, ``dependence_nonuniformity`` Σ_j (Σ_i d)² / N,
      both also divided by another N (``normalised``);
    - ``gray_level_variance`` and ``dependence_variance``, of i and of j under p;
    - ``dependence_entropy`` -Σ p log₂ p, ``dependence_energy`` Σ p².

    The names are those of pyradiomics, whose 14 are among them. IBSI calls the matrix NGLDM, the
    neighbouring grey level dependence matrix, and says low and high dependence, grey level count
    emphasis, and dependence count non-uniformity, variance, entropy and energy. Its dependence
    count percentage is 1 by definition and left out. An empty region has zeros throughout.
    """
    keys = np.empty(image.size, dtype=np.int32)
    ends = np.empty(len(image), dtype=np.int64)
    found = _find_dependences(np.pad(image, ((0, 0), (1, 1), (1, 1))), keys, ends)
    pixels = np.count_nonzero(image, axis=(1, 2))
    # 9 dependences differ at most, and 1 + … + 9 = 45
    return describe_sizes(keys[:found], ends, pixels, 45)[:, _KEPT]


class GLDM(FeatureFamily):
    """The descriptors of the dependence matrix.

    Parameters
    ----------
    levels : int
        Number of gray levels after quantisation, 2 to 255.
    region : {"image", "lesion"}
        Where dependences are counted.
    """

    def __init__(self, levels: int = 16, region: str = "image") -> None:
        self.levels = levels
        self.region = region

    def names(self, n_channels: int) -> list[str]:  # noqa: ARG002
        """``gldm_small_dependence_emphasis`` …; in the lesion they begin with ``lesion_``."""
        return [f"{region_prefix(self.region)}gldm_{name}" for name in DESCRIPTORS]

    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """`dependence_descriptors` of the region.

        Raises
        ------
        ValueError
            If `levels` is not in 2..255, or `region` is unknown.
        """
        return dependence_descriptors(region_levels(batch, self.levels, self.region))
