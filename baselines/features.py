"""All feature families side by side: the description of an image that the methods classify."""

from functools import cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from baselines.channels import check_images
from baselines.family import FeatureFamily, ImageBatch, batches
from baselines.glcm import GLCM
from baselines.hog import HOG
from baselines.intensity import Colour, Intensity
from baselines.lbp import LBP
from baselines.lesion import Lesion
from baselines.shape import Shape
from baselines.zones import Zones

FAMILIES: dict[str, type[FeatureFamily]] = {
    "intensity": Intensity,
    "colour": Colour,
    "zones": Zones,
    "glcm": GLCM,
    "lbp": LBP,
    "hog": HOG,
    "shape": Shape,
    "lesion": Lesion,
}
"""The feature families by name, in the order of their columns."""


class HandcraftedFeatures(FeatureFamily):
    """The features of several families, with the default parameters of each.

    Parameters
    ----------
    families : tuple of str
        Names from `FAMILIES`; their order is that of the columns.

    Attributes
    ----------
    n_channels_ : int
        Channels of the images seen in `fit`.
    fit_info_ : dict
        Number of features per family, and where the lesions of the training images come from:
        the mask channel, or Otsu's threshold with the share of images in which the lesion was
        taken to be bright, the median separability, and the number of empty lesions.
    """

    def __init__(self, families: tuple[str, ...] = tuple(FAMILIES)) -> None:
        self.families = families

    def _members(self) -> list[FeatureFamily]:
        unknown = [name for name in self.families if name not in FAMILIES]
        if unknown or not self.families:
            raise ValueError(
                f"families must be some of {', '.join(FAMILIES)}; got "
                + (", ".join(map(repr, unknown)) or "none")
            )
        return [FAMILIES[name]() for name in self.families]

    def names(self, n_channels: int) -> list[str]:
        """The names of each family, one after the other."""
        return [name for member in self._members() for name in member.names(n_channels)]

    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """The features of each family, side by side."""
        return np.hstack([member.describe(batch) for member in self._members()])

    def fit(self, X: Any, y: Any = None) -> Self:
        """Note the number of channels, and how the lesions of `X` were found.

        Raises
        ------
        ValueError
            If a family is unknown or none is named.
        """
        members = self._members()
        super().fit(X, y)
        self.fit_info_: dict[str, Any] = {
            "features": {
                name: len(member.names(self.n_channels_))
                for name, member in zip(self.families, members, strict=True)
            }
        }
        if {"shape", "lesion"} & set(self.families):
            self.fit_info_["segmentation"] = _segmentation_summary(check_images(X))
        return self


@cache
def compile_kernels() -> None:
    """Compile the kernels of every family, or load them from Numba's cache on disk.

    Takes seconds once per machine, so that it is done before anything is timed.
    """
    for n_channels in (1, 4):
        images = np.arange(2 * 16 * 16 * n_channels).reshape(2, 16, 16, n_channels) % 251
        HandcraftedFeatures().fit_transform(images.astype(np.uint8))


def _segmentation_summary(images: NDArray[np.uint8]) -> dict[str, Any]:
    found = [batch.lesions for batch in batches(images)]
    empty = int(sum((~lesions.mask.any(axis=(1, 2))).sum() for lesions in found))
    if not found[0].from_threshold:
        return {"source": "mask channel", "empty": empty}
    return {
        "source": "Otsu threshold",
        "bright": float(np.mean(np.concatenate([lesions.bright for lesions in found]))),
        "median_separability": float(
            np.median(np.concatenate([lesions.separability for lesions in found]))
        ),
        "empty": empty,
    }
