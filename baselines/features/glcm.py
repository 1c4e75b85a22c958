"""Gray-level co-occurrence, of several distances, as a feature family."""

import numpy as np
from numpy.typing import NDArray

from baselines.features.family import FeatureFamily, ImageBatch
from baselines.features.quantisation import region_levels, region_prefix
from baselines.kernels.cooccurrence import DESCRIPTORS, cooccurrence


class GLCM(FeatureFamily):
    """Mean and range over four angles of the descriptors of co-occurrence matrices.

    An angle at which the region has no pair is left out of mean and range; a region without any
    pair at a distance has zeros there.

    Parameters
    ----------
    levels : int
        Number of gray levels after quantisation, 2 to 255.
    distances : tuple of int
        Distances in pixels, each smaller than the shorter image side.
    region : {"image", "lesion"}
        Where pairs are counted.
    """

    def __init__(
        self, levels: int = 32, distances: tuple[int, ...] = (1, 2, 4), region: str = "image"
    ) -> None:
        self.levels = levels
        self.distances = distances
        self.region = region

    def names(self, n_channels: int) -> list[str]:  # noqa: ARG002
        """``glcm_contrast_d1_mean`` …, ``glcm_contrast_d1_range`` …, ``glcm_mcc_d1``, and so on.

        One block per distance; in the lesion they begin with ``lesion_``.
        """
        prefix = f"{region_prefix(self.region)}glcm"
        names = []
        for distance in self.distances:
            for pooled in ("mean", "range"):
                names += [f"{prefix}_{name}_d{distance}_{pooled}" for name in DESCRIPTORS]
            names.append(f"{prefix}_mcc_d{distance}")
        return names

    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """`cooccurrence`, pooled over the angles.

        Raises
        ------
        ValueError
            If `levels` is not in 2..255, a distance does not fit into the images, or `region` is
            unknown.
        """
        image = region_levels(batch, self.levels, self.region)
        found = cooccurrence(image, self.levels, tuple(self.distances))
        filled = (found.pairs > 0)[..., None]  # (n, distances, angles, 1)
        values = found.descriptors
        mean = values.sum(axis=2) / np.maximum(filled.sum(axis=2), 1)  # (n, distances, descriptors)
        highest = np.where(filled, values, -np.inf).max(axis=2)
        lowest = np.where(filled, values, np.inf).min(axis=2)
        spread = np.where(filled.any(axis=2), highest, 0.0) - np.where(
            filled.any(axis=2), lowest, 0.0
        )
        return np.concatenate([mean, spread, found.mcc[..., None]], axis=2).reshape(len(batch), -1)
