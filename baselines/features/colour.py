"""Colour: how red, green and blue, hue and saturation, lightness and opponent colours are spread.

Moments of the channels of three colour spaces after Stricker & Orengo 1995 (Similarity of color
images), with quantiles where the levels are 8-bit. Gray images have no colour features.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from baselines.features.channels import cielab, is_colour
from baselines.features.family import FeatureFamily, ImageBatch
from baselines.features.intensity import STATISTICS, first_order, histograms

HUE_BINS = 12
"""Bins of the saturation-weighted hue histogram; each is 30 degrees wide."""

MOMENTS = ("mean", "std", "skewness", "kurtosis")
"""Names of the columns of `plane_moments`, for each plane."""

_PLANES = ("red", "green", "blue", "saturation", "value")
_STATISTICS = ("mean", "std", "skewness", "kurtosis", "entropy", "p10", "median", "p90")
_LAB = ("lightness", "green_red", "blue_yellow")


@njit(cache=True, nogil=True)
def _hue_statistics(
    hue: NDArray[np.float32],
    saturation: NDArray[np.uint8],
    circle: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    n, h, w = hue.shape
    n_bins = out.shape[1] - 2
    steps = circle.shape[0] - 2
    for i in range(n):
        total = np.int64(0)
        for r in range(h):
            for c in range(w):
                weight = np.int64(saturation[i, r, c])
                if weight == 0:
                    continue
                total += weight
                position = np.float64(hue[i, r, c]) * steps
                k = int(position)
                part = position - k
                for axis in range(2):
                    out[i, axis] += weight * (
                        circle[k, axis] + part * (circle[k + 1, axis] - circle[k, axis])
                    )
                out[i, 2 + min(int(hue[i, r, c] * n_bins), n_bins - 1)] += weight
        if total > 0:
            for k in range(out.shape[1]):
                out[i, k] /= total


def hue_statistics(hue: NDArray[np.float32], saturation: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mean direction and histogram of hue, ``(n, 2 + HUE_BINS)``, weighted by saturation.

    Columns: Σ s cos 2πh / Σ s, Σ s sin 2πh / Σ s (Mardia & Jupp 2000, Directional Statistics), and
    the share of the saturation that falls into each bin. An image without saturation gives zeros.
    """
    # interpolated in steps of 1/4096 of the circle, the sines are exact to 3e-7
    angle = 2 * np.pi * np.arange(4098) / 4096
    out = np.zeros((len(hue), 2 + HUE_BINS))
    _hue_statistics(hue, saturation, np.stack([np.cos(angle), np.sin(angle)], axis=1), out)
    return out


@njit(cache=True, nogil=True)
def _plane_moments(planes: NDArray[np.float32], out: NDArray[np.float64]) -> None:
    n, h, w, m = planes.shape
    for i in range(n):
        for k in range(m):
            total = 0.0
            for r in range(h):
                for c in range(w):
                    total += planes[i, r, c, k]
            mean = total / (h * w)
            m2 = 0.0
            m3 = 0.0
            m4 = 0.0
            for r in range(h):
                for c in range(w):
                    d = planes[i, r, c, k] - mean
                    m2 += d * d
                    m3 += d * d * d
                    m4 += d * d * d * d
            m2 /= h * w
            out[i, k, 0] = mean
            if m2 > 1e-12:  # less is the rounding of a constant plane
                out[i, k, 1] = np.sqrt(m2)
                out[i, k, 2] = m3 / (h * w) / m2**1.5
                out[i, k, 3] = m4 / (h * w) / (m2 * m2) - 3.0


def plane_moments(planes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean, standard deviation, skewness and excess kurtosis ``(n, m, 4)`` of ``(n, h, w, m)``.

    As `baselines.features.intensity.first_order` defines them; all but the mean are 0 for a
    constant plane.
    """
    out = np.zeros((len(planes), planes.shape[3], len(MOMENTS)))
    _plane_moments(planes, out)
    return out


class Colour(FeatureFamily):
    """Red, green, blue; hue, saturation, value; CIELAB. Nothing for gray images.

    First-order statistics of red, green, blue, saturation and value (the largest channel), moments
    of L* (lightness), a* (green to red) and b* (blue to yellow), direction and histogram of hue.
    """

    def names(self, n_channels: int) -> list[str]:
        """``colour_red_mean`` …, ``colour_lightness_mean`` …, ``colour_hue_cos`` … ."""
        if not is_colour(n_channels):
            return []
        names = [f"colour_{plane}_{name}" for plane in _PLANES for name in _STATISTICS]
        names += [f"colour_{plane}_{name}" for plane in _LAB for name in MOMENTS]
        names += ["colour_hue_cos", "colour_hue_sin"]
        return names + [f"colour_hue_histogram_{b}" for b in range(HUE_BINS)]

    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """`first_order` of the 8-bit planes, `plane_moments` of CIELAB, then `hue_statistics`."""
        if batch.colour.shape[3] == 1:
            return np.empty((len(batch), 0))
        hue, saturation = batch.hue_saturation
        kept = [STATISTICS.index(name) for name in _STATISTICS]
        red, green, blue = np.ascontiguousarray(np.moveaxis(batch.colour, 3, 0))
        value = np.maximum(np.maximum(red, green), blue)
        planes = (red, green, blue, saturation, value)
        blocks = [first_order(histograms(plane))[:, kept] for plane in planes]
        lab = plane_moments(cielab(batch.colour)).reshape(len(batch), -1)
        return np.hstack([*blocks, lab, hue_statistics(hue, saturation)])
