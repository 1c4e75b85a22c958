"""What other packages take for the same features of the same image, one image at a time.

Each peer is a function of one gray image ``(h, w) uint8`` and its lesion mask ``(h, w) uint8``;
`peers` names those that are installed here, and says of the others what is missing.
"""

import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

LEVELS = 32
DISTANCES = (1, 2, 4)
ANGLES = (0, np.pi / 4, np.pi / 2, 3 * np.pi / 4)
WAVELENGTHS = (3.0, 6.0, 12.0)

Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Peer:
    """Some features of another package.

    Attributes:
        package: its name.
        what: the calls.
        families: of ours, which have these features.
        call: of an image and its mask.
        distances: of the co-occurrence matrices that it computes.
    """

    package: str
    what: str
    families: tuple[str, ...]
    call: Callable[[Image, Image], object]
    distances: tuple[int, ...] = DISTANCES


PROPERTIES = ("contrast", "dissimilarity", "homogeneity", "ASM", "energy", "correlation", "mean",
              "variance", "std", "entropy")  # fmt: skip


def skimage_glcm(levels: int) -> Callable[[Image, Image], object]:
    """Its matrices of an image with so many gray levels, and all properties that it knows."""

    def call(image: Image, mask: Image) -> object:
        from skimage.feature import graycomatrix, graycoprops

        quantised = (image.astype(np.int64) * levels // 256).astype(np.uint8)
        matrix = graycomatrix(quantised, DISTANCES, ANGLES, levels, symmetric=True, normed=True)
        return [graycoprops(matrix, name) for name in PROPERTIES]

    return call


def skimage_lbp(image: Image, mask: Image) -> object:
    from skimage.feature import local_binary_pattern

    codes = [local_binary_pattern(image, 8, radius, "uniform") for radius in (1, 2, 3)]
    return [np.bincount(code.astype(int).ravel(), minlength=10) for code in codes]


def skimage_hog(image: Image, mask: Image) -> object:
    from skimage.feature import hog

    cell = (image.shape[0] // 4, image.shape[1] // 4)
    return hog(image, orientations=9, pixels_per_cell=cell, cells_per_block=(2, 2))


def skimage_gabor(image: Image, mask: Image) -> object:
    from skimage.filters import gabor

    return [
        [part.mean() for part in gabor(image.astype(float), 1 / wavelength, angle)]
        for wavelength in WAVELENGTHS
        for angle in ANGLES
    ]


def skimage_shape(image: Image, mask: Image) -> object:
    from skimage.measure import regionprops

    (region,) = regionprops(mask)
    names = ("area", "perimeter", "axis_major_length", "axis_minor_length", "eccentricity",
             "orientation", "extent", "solidity", "moments_hu", "euler_number")  # fmt: skip
    return [getattr(region, name) for name in names]


def mahotas_haralick(levels: int) -> Callable[[Image, Image], object]:
    """Its features of an image with so many gray levels."""

    def call(image: Image, mask: Image) -> object:
        import mahotas

        return mahotas.features.haralick(image // (256 // levels))

    return call


def mahotas_lbp(image: Image, mask: Image) -> object:
    import mahotas

    return [mahotas.features.lbp(image, radius, 8) for radius in (1, 2, 3)]


def mahotas_zernike(image: Image, mask: Image) -> object:
    import mahotas

    return mahotas.features.zernike_moments(mask, max(image.shape) / 2, degree=8)


def pyradiomics(*classes: str) -> Callable[[Image, Image], object]:
    """Its extraction of the whole image; a border of one pixel, since its mask may not be full."""

    def call(image: Image, mask: Image) -> object:
        import radiomics
        import SimpleITK
        from radiomics.featureextractor import RadiomicsFeatureExtractor

        radiomics.logger.setLevel(logging.ERROR)
        SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
        extractor = RadiomicsFeatureExtractor(binWidth=256 / LEVELS, force2D=True)
        extractor.disableAllFeatures()
        for name in classes:
            extractor.enableFeatureClassByName(name)
        inside = np.zeros((1, image.shape[0] + 2, image.shape[1] + 2), dtype=np.int32)
        inside[0, 1:-1, 1:-1] = 1
        padded = np.pad(image, 1)[None].astype(np.float64)
        return extractor.execute(
            SimpleITK.GetImageFromArray(padded), SimpleITK.GetImageFromArray(inside)
        )

    return call


def pyfeats_texture(image: Image, mask: Image) -> object:
    import pyfeats

    inside = np.ones_like(image)
    return (
        pyfeats.glcm_features(image, ignore_zeros=False),
        pyfeats.lbp_features(image, inside, P=[8, 8, 8], R=[1, 2, 3]),
        pyfeats.hog_features(image),
    )


_MATRICES = ("glcm", "glrlm", "glszm", "gldm", "ngtdm")

_PEERS = (
    Peer("skimage", f"graycomatrix, {LEVELS} levels, 3 distances, 10 graycoprops", ("glcm",),
         skimage_glcm(LEVELS)),
    Peer("skimage", "graycomatrix, 256 levels, 3 distances, 10 graycoprops", ("glcm",),
         skimage_glcm(256)),
    Peer("mahotas", f"haralick, {LEVELS} levels, one distance", ("glcm",),
         mahotas_haralick(LEVELS), (1,)),
    Peer("mahotas", "haralick, 256 levels, one distance", ("glcm",), mahotas_haralick(256), (1,)),
    Peer("skimage", "local_binary_pattern: 3 radii", ("lbp",), skimage_lbp),
    Peer("mahotas", "lbp: 3 radii", ("lbp",), mahotas_lbp),
    Peer("skimage", "hog", ("hog",), skimage_hog),
    Peer("skimage", "gabor: 3 wavelengths, 4 angles", ("gabor",), skimage_gabor),
    Peer("skimage", "regionprops: 10 properties", ("shape",), skimage_shape),
    Peer("mahotas", "zernike_moments, order 8", ("zernike",), mahotas_zernike),
    Peer("radiomics", "first order", ("intensity",), pyradiomics("firstorder")),
    Peer("radiomics", "GLCM, one distance", ("glcm",), pyradiomics("glcm"), (1,)),
    Peer("radiomics", "first order and five matrices", ("intensity", *_MATRICES),
         pyradiomics("firstorder", *_MATRICES), (1,)),
    Peer("pyfeats", "GLCM, LBP, HOG", ("glcm", "lbp", "hog"), pyfeats_texture),
)  # fmt: skip


def peers() -> tuple[list[Peer], list[str]]:
    """The peers that are installed, and a line for each package that is not."""
    warnings.simplefilter("ignore")  # peers are not ours to repair
    packages = dict.fromkeys(peer.package for peer in _PEERS)
    missing = [name for name in packages if find_spec(name) is None]
    notes = [f"{name} is not installed: left out" for name in missing]
    return [peer for peer in _PEERS if peer.package not in missing], notes
