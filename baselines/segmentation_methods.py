"""The classical segmenters: every pixel a class, by thresholds, contours, regions or trees.

Each is a `Method` that builds an unfitted estimator with ``fit(X, Y)`` and ``predict(X)``. What it
needs is imported when it is built or fitted.
"""

from functools import partial
from typing import TYPE_CHECKING, Any

from baselines.method import Method, Space

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator


def _thresholds(parts: int) -> "BaseEstimator":
    from baselines.segmentation.segmenters.thresholds import ThresholdSegmenter

    return ThresholdSegmenter(parts)


def _pixels(classifier: Any, **parameters: Any) -> "BaseEstimator":
    from baselines.segmentation.segmenters.pixels import PixelSegmenter

    return PixelSegmenter(classifier, **parameters)


def _superpixels() -> "BaseEstimator":
    from baselines.segmentation.segmenters.superpixels import SuperpixelSegmenter

    return SuperpixelSegmenter()


def _seeds(kind: Any) -> "BaseEstimator":
    from baselines.segmentation.segmenters.seeds import SeededSegmenter

    return SeededSegmenter(kind)


def _contours(kind: Any) -> "BaseEstimator":
    from baselines.segmentation.segmenters.contours import ContourSegmenter

    return ContourSegmenter(kind)


def _vessels() -> "BaseEstimator":
    from baselines.segmentation.segmenters.vessels import VesselSegmenter

    return VesselSegmenter()


def _compile_vesselness() -> None:
    import numpy as np

    from baselines.segmentation.pixels.vesselness import frangi

    frangi(np.eye(16, dtype=np.float32), (1.0,), True)


def _compile_pixel_kernels() -> None:
    import numpy as np

    from baselines.segmentation.pixels.multiscale import describe

    for channels in (1, 3):
        describe(np.zeros((16, 16, channels), dtype=np.uint8))


_PIXELS: Space = {
    "pixels": [30_000, 60_000, 120_000],
    "depth": [8, 12, 16, 24],
    "rounds": [1, 2],
}

otsu_morphology = Method(
    partial(_thresholds, 2),
    "Otsu's threshold with morphology, plane and polarity chosen on training images.",
    None,
    rung="pixels",
)

multi_otsu = Method(
    partial(_thresholds, 3),
    "Two thresholds of Otsu's with morphology, the part chosen on training images.",
    {"parts": [2, 3, 4]},
    rung="pixels",
)

pixel_forest = Method(
    partial(_pixels, "forest"),
    "Multi-scale features of every pixel into a random forest.",
    {**_PIXELS, "trees": [30, 50, 100]},
    warm_up=_compile_pixel_kernels,
)

pixel_xgboost = Method(
    partial(_pixels, "xgboost", rounds=2, trees=120, depth=6),
    "Multi-scale features of every pixel into XGBoost, twice, the second time with context.",
    {**_PIXELS, "trees": [60, 120, 240], "depth": [4, 6, 8]},
    warm_up=_compile_pixel_kernels,
)

superpixel_xgboost = Method(
    _superpixels,
    "Superpixels (SLIC), described with their neighbours, into XGBoost, twice, with context.",
    {"rounds": [1, 2], "trees": [75, 150, 300], "depth": [3, 4, 5, 6, 8]},
    warm_up=_compile_pixel_kernels,
)

watershed = Method(
    partial(_seeds, "watershed"),
    "Watershed from the brightest or darkest pixels, chosen on training images.",
    None,
    rung="pixels",
)

random_walker = Method(
    partial(_seeds, "random-walker"),
    "Random walker from the brightest or darkest pixels, chosen on training images.",
    None,
    rung="pixels",
)

chan_vese = Method(
    partial(_contours, "chan-vese"),
    "Morphological Chan-Vese contours, start and polarity chosen on training images.",
    None,
    rung="pixels",
)

geodesic_contour = Method(
    partial(_contours, "geodesic"),
    "Morphological geodesic contours that shrink or grow, as training images say.",
    None,
    rung="pixels",
)

frangi_vessels = Method(
    _vessels,
    "Frangi's vesselness at several scales, polarity and threshold chosen on training images.",
    None,
    warm_up=_compile_vesselness,
)
