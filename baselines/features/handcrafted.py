"""All feature families side by side: the description of an image that the methods classify."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from baselines.features.cache import RowCache
from baselines.features.channels import has_mask
from baselines.features.colour import Colour
from baselines.features.family import FeatureFamily, ImageBatch
from baselines.features.fractal import Fractal
from baselines.features.gabor import Gabor
from baselines.features.glcm import GLCM
from baselines.features.gldm import GLDM
from baselines.features.glrlm import GLRLM
from baselines.features.glszm import GLSZM
from baselines.features.hog import HOG
from baselines.features.intensity import Intensity
from baselines.features.laws import Laws
from baselines.features.lbp import LBP
from baselines.features.lesion import Lesion
from baselines.features.ngtdm import NGTDM
from baselines.features.shape import Shape
from baselines.features.spectrum import Spectrum
from baselines.features.wavelets import Wavelets
from baselines.features.zones import Zones

FAMILIES: dict[str, type[FeatureFamily]] = {
    "intensity": Intensity,
    "colour": Colour,
    "zones": Zones,
    "glcm": GLCM,
    "glrlm": GLRLM,
    "glszm": GLSZM,
    "gldm": GLDM,
    "ngtdm": NGTDM,
    "lbp": LBP,
    "hog": HOG,
    "gabor": Gabor,
    "laws": Laws,
    "wavelet": Wavelets,
    "fractal": Fractal,
    "spectrum": Spectrum,
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
    cache_folder : str or None
        Where rows are kept that other estimators may need too; the engine sets it to a folder of
        the run. Without one nothing is kept.

    Attributes
    ----------
    n_channels_ : int
        Channels of the images seen in `fit`.
    cached_seconds_ : float
        What the rows had taken that were found in the cache since the last `fit` began.
    fit_info_ : dict
        Number of features per family, and where the lesions of the training images come from:
        the mask channel, or Otsu's threshold with the share of images in which the lesion was
        taken to be bright, the median separability, and the number of empty lesions.
    """

    def __init__(
        self, families: tuple[str, ...] = tuple(FAMILIES), cache_folder: str | None = None
    ) -> None:
        self.families = families
        self.cache_folder = cache_folder

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
        self.fit_transform(X, y)
        return self

    def fit_transform(
        self,
        X: Any,
        y: Any = None,
        **fit_params: Any,  # noqa: ARG002
    ) -> NDArray[np.float64]:
        """`fit`, and the features ``(n, d) float64`` of `X`."""
        members = self._members()
        super().fit(X, y)
        self.cached_seconds_ = 0.0
        values: NDArray[np.float64] = self.transform(X)
        self.fit_info_: dict[str, Any] = {
            "features": {
                name: len(member.names(self.n_channels_))
                for name, member in zip(self.families, members, strict=True)
            }
        }
        if "shape" in self.families:
            self.fit_info_["segmentation"] = self._segmentation(values)
        return values

    def to_parts(self) -> dict[str, Any]:
        """What `fit` learned as plain values; where rows were kept is left out."""
        check_is_fitted(self)
        return {
            "families": list(self.families),
            "channels": self.n_channels_,
            "info": self.fit_info_,
        }

    @classmethod
    def from_parts(cls, parts: dict[str, Any]) -> Self:
        """The fitted transformer again, as `to_parts` took it apart."""
        restored = cls(tuple(parts["families"]))
        restored._members()  # refuses an unknown family
        restored.n_channels_, restored.fit_info_ = int(parts["channels"]), parts["info"]
        restored.cached_seconds_ = 0.0
        return restored

    def columns(self) -> dict[str, slice]:
        """Family → its columns, of those that have any for the images seen in `fit`."""
        found, start = {}, 0
        for name in self.families:  # in a bundle the dictionary is in order of the alphabet
            width = self.fit_info_["features"][name]
            if width:
                found[name] = slice(start, start + width)
            start += width
        return found

    def _rows(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        if self.cache_folder is None:
            return super()._rows(images)
        depends_on = [images.shape[1:], self.names(images.shape[3])]
        key = hashlib.blake2b(repr(depends_on).encode(), digest_size=16).hexdigest()
        values, seconds = RowCache(Path(self.cache_folder), key).rows(images, super()._rows)
        self.cached_seconds_ += seconds
        return values

    def _segmentation(self, values: NDArray[np.float64]) -> dict[str, Any]:
        column = {name: i for i, name in enumerate(self.names(self.n_channels_))}
        empty = int((values[:, column["shape_area"]] == 0).sum())
        if has_mask(self.n_channels_):
            return {"source": "mask channel", "empty": empty}
        return {
            "source": "Otsu threshold",
            "bright": float(values[:, column["shape_segmentation_bright"]].mean()),
            "median_separability": float(
                np.median(values[:, column["shape_segmentation_separability"]])
            ),
            "empty": empty,
        }


@cache
def compile_kernels() -> None:
    """Compile the kernels of every family, or load them from Numba's cache on disk.

    Takes seconds once per machine, so that it is done before anything is timed.
    """
    for n_channels in (1, 4):
        images = np.arange(2 * 16 * 16 * n_channels).reshape(2, 16, 16, n_channels) % 251
        HandcraftedFeatures().fit_transform(images.astype(np.uint8))
