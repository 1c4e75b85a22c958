"""Gray-level runs: how long one gray level goes on in a straight line.

Galloway 1975, Texture analysis using gray level run lengths, Computer Graphics and Image Processing
4:172; completed as by the Image Biomarker Standardisation Initiative (IBSI), Zwanenburg et al.
2020, Radiology 295:328.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from baselines.features.family import FeatureFamily, ImageBatch
from baselines.features.quantisation import region_levels, region_prefix
from baselines.kernels.level_size import describe_sizes

DESCRIPTORS = (
    "short_run_emphasis",
    "long_run_emphasis",
    "low_gray_level_run_emphasis",
    "high_gray_level_run_emphasis",
    "short_run_low_gray_level_emphasis",
    "short_run_high_gray_level_emphasis",
    "long_run_low_gray_level_emphasis",
    "long_run_high_gray_level_emphasis",
    "gray_level_nonuniformity",
    "gray_level_nonuniformity_normalised",
    "run_length_nonuniformity",
    "run_length_nonuniformity_normalised",
    "run_percentage",
    "gray_level_variance",
    "run_length_variance",
    "run_entropy",
)
"""Names of what is computed from each matrix, in order."""


@njit(cache=True, nogil=True)
def _find_runs(
    image: NDArray[np.uint8],
    width: int,
    keys: NDArray[np.int32],
    ends: NDArray[np.int64],
) -> int:
    """List the runs of padded images ``(n, h * width)``, one (image, angle) after the other.

    Returns their number; `keys` has room for one more. There is no branch that depends on a pixel.
    """
    n, pixels = image.shape
    lengths = np.zeros(pixels, dtype=np.int32)
    found = 0
    for i in range(n):
        levels = image[i]
        for a in range(4):
            # steps of 0, 45, 90 and 135 degrees; unsigned needs no test for being negative
            step = np.uint64((1, width + 1, width, width - 1)[a])
            for r in range(1, pixels // width - 1):
                here = np.uint64(r * width + 1)
                for _ in range(1, width - 1):
                    level = levels[here]
                    length = lengths[here - step] if levels[here - step] == level else 0
                    length += 1
                    lengths[here] = length
                    keys[found] = length * 256 + level
                    found += (level > 0) & (levels[here + step] != level)
                    here += np.uint64(1)
            ends[4 * i + a] = found
    return found


def run_descriptors(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Descriptors ``(n, 4 angles, 16)`` of images of levels ``(n, h, w) uint8``, 0 outside.

    A run is a longest row of pixels of one level, all in the region, in the direction 0, 45, 90 or
    135 degrees; with r(i, j) the number of runs of level i and length j, N of all runs, p = r / N:

    - ``short_run_emphasis`` Σ p / j², ``long_run_emphasis`` Σ p j²,
      ``low_gray_level_run_emphasis`` Σ p / i², ``high_gray_level_run_emphasis`` Σ p i², and the
      four joint emphases with both factors;
    - ``gray_level_nonuniformity`` Σ_i (Σ_j r)² / N, ``run_length_nonuniformity`` Σ_j (Σ_i r)² / N,
      both also divided by another N (``normalised``);
    - ``run_percentage`` N over the pixels of the region;
    - ``gray_level_variance`` and ``run_length_variance``, of i and of j under p;
    - ``run_entropy`` -Σ p log₂ p.

    IBSI's and pyradiomics' definitions. An empty region has zeros throughout.
    """
    n, h, w = image.shape
    keys = np.empty(4 * image.size + 1, dtype=np.int32)
    ends = np.empty(4 * n, dtype=np.int64)
    padded = np.pad(image, ((0, 0), (1, 1), (1, 1))).reshape(n, -1)
    found = _find_runs(padded, w + 2, keys, ends)
    pixels = np.repeat(np.count_nonzero(image, axis=(1, 2)), 4)
    # the different lengths along a line sum up to its pixels, those of an image to all of them
    values = describe_sizes(keys[:found], ends, pixels, h * w)
    return values[:, : len(DESCRIPTORS)].reshape(n, 4, len(DESCRIPTORS))


class GLRLM(FeatureFamily):
    """Mean and range over four angles of the descriptors of run-length matrices.

    Parameters
    ----------
    levels : int
        Number of gray levels after quantisation, 2 to 255.
    region : {"image", "lesion"}
        Where runs are counted.
    """

    def __init__(self, levels: int = 16, region: str = "image") -> None:
        self.levels = levels
        self.region = region

    def names(self, n_channels: int) -> list[str]:  # noqa: ARG002
        """``glrlm_short_run_emphasis_mean`` …, ``glrlm_short_run_emphasis_range`` ….

        In the lesion they begin with ``lesion_``.
        """
        prefix = f"{region_prefix(self.region)}glrlm"
        return [f"{prefix}_{name}_{pooled}" for pooled in ("mean", "range") for name in DESCRIPTORS]

    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """`run_descriptors`, pooled over the angles.

        Raises
        ------
        ValueError
            If `levels` is not in 2..255, or `region` is unknown.
        """
        values = run_descriptors(region_levels(batch, self.levels, self.region))
        return np.hstack([values.mean(axis=1), values.max(axis=1) - values.min(axis=1)])
