"""First-order statistics: how the intensities are distributed, whatever their arrangement.

Every statistic is computed from the 256-level histogram, which holds all that first-order
statistics can know of 8-bit pixels; so one kernel serves gray levels, colour channels and lesions.
The definitions are those of the IBSI reference manual (Zwanenburg et al. 2020, Radiology
295:328), section intensity-based statistics, unless said otherwise.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from baselines.channels import is_colour
from baselines.family import FeatureFamily, ImageBatch

STATISTICS = (
    "mean",
    "std",
    "skewness",
    "kurtosis",
    "rms",
    "entropy",
    "uniformity",
    "min",
    "p5",
    "p10",
    "p25",
    "median",
    "p75",
    "p90",
    "p95",
    "max",
    "range",
    "iqr",
    "mean_absolute_deviation",
    "robust_mean_absolute_deviation",
)
"""Names of the columns of `first_order`."""

N_BINS = 16
"""Bins of the histogram that is part of the features; each is 16 gray levels wide."""

HUE_BINS = 12
"""Bins of the saturation-weighted hue histogram; each is 30 degrees wide."""

_COLOUR_STATISTICS = ("mean", "std", "skewness", "kurtosis", "entropy", "p10", "median", "p90")


@njit(cache=True, nogil=True)
def _histograms(plane: NDArray[np.uint8], counts: NDArray[np.int64]) -> None:
    n, h, w = plane.shape
    for i in range(n):
        for r in range(h):
            for c in range(w):
                counts[i, plane[i, r, c]] += 1


@njit(cache=True, nogil=True)
def _masked_histograms(
    plane: NDArray[np.uint8], mask: NDArray[np.uint8], counts: NDArray[np.int64]
) -> None:
    n, h, w = plane.shape
    for i in range(n):
        for r in range(h):
            for c in range(w):
                counts[i, plane[i, r, c]] += mask[i, r, c]


def histograms(
    plane: NDArray[np.uint8], mask: NDArray[np.uint8] | None = None
) -> NDArray[np.int64]:
    """Number of pixels of each level, ``(n, 256)``, in ``(n, h, w) uint8``, or in its mask only."""
    counts = np.zeros((len(plane), 256), dtype=np.int64)
    if mask is None:
        _histograms(np.ascontiguousarray(plane), counts)
    else:
        _masked_histograms(np.ascontiguousarray(plane), mask, counts)
    return counts


@njit(cache=True, nogil=True)
def _order_statistic(cumulative: NDArray[np.int64], k: int) -> int:
    """Level of the k-th smallest pixel, k from 0."""
    low = 0
    high = 255
    while low < high:
        middle = (low + high) // 2
        if cumulative[middle] > k:
            high = middle
        else:
            low = middle + 1
    return low


@njit(cache=True, nogil=True)
def _quantile(cumulative: NDArray[np.int64], q: float) -> float:
    """Linear interpolation between order statistics, as numpy.percentile does by default."""
    position = q * (cumulative[255] - 1)
    k = int(np.floor(position))
    low = _order_statistic(cumulative, k)
    if position == k:
        return float(low)
    return float(low + (position - k) * (_order_statistic(cumulative, k + 1) - low))


@njit(cache=True, nogil=True)
def _first_order(counts: NDArray[np.int64], out: NDArray[np.float64]) -> None:
    cumulative = np.empty(256, dtype=np.int64)
    for i in range(counts.shape[0]):
        total = 0
        s1 = 0
        s2 = 0
        for level in range(256):
            total += counts[i, level]
            cumulative[level] = total
            s1 += level * counts[i, level]
            s2 += level * level * counts[i, level]
        if total == 0:
            continue
        mean = s1 / total
        m2 = 0.0
        m3 = 0.0
        m4 = 0.0
        absolute = 0.0
        for level in range(256):
            if counts[i, level]:
                d = level - mean
                m2 += counts[i, level] * d * d
                m3 += counts[i, level] * d * d * d
                m4 += counts[i, level] * d * d * d * d
                absolute += counts[i, level] * abs(d)
        m2 /= total
        m3 /= total
        m4 /= total
        entropy = 0.0
        uniformity = 0.0
        for b in range(32):
            inside = 0
            for level in range(8 * b, 8 * b + 8):
                inside += counts[i, level]
            if inside:
                p = inside / total
                entropy -= p * np.log2(p)
                uniformity += p * p
        p10 = _quantile(cumulative, 0.10)
        p25 = _quantile(cumulative, 0.25)
        p75 = _quantile(cumulative, 0.75)
        p90 = _quantile(cumulative, 0.90)
        low = _order_statistic(cumulative, 0)
        high = _order_statistic(cumulative, total - 1)

        kept = 0
        kept_sum = 0
        for level in range(int(np.ceil(p10)), int(np.floor(p90)) + 1):
            kept += counts[i, level]
            kept_sum += level * counts[i, level]
        robust = 0.0
        if kept:
            kept_mean = kept_sum / kept
            for level in range(int(np.ceil(p10)), int(np.floor(p90)) + 1):
                robust += counts[i, level] * abs(level - kept_mean)
            robust /= kept

        out[i, 0] = mean
        out[i, 1] = np.sqrt(m2)
        out[i, 2] = m3 / m2**1.5 if m2 > 0.0 else 0.0
        out[i, 3] = m4 / (m2 * m2) - 3.0 if m2 > 0.0 else 0.0
        out[i, 4] = np.sqrt(s2 / total)
        out[i, 5] = entropy
        out[i, 6] = uniformity
        out[i, 7] = low
        out[i, 8] = _quantile(cumulative, 0.05)
        out[i, 9] = p10
        out[i, 10] = p25
        out[i, 11] = _quantile(cumulative, 0.50)
        out[i, 12] = p75
        out[i, 13] = p90
        out[i, 14] = _quantile(cumulative, 0.95)
        out[i, 15] = high
        out[i, 16] = high - low
        out[i, 17] = p75 - p25
        out[i, 18] = absolute / total
        out[i, 19] = robust


def first_order(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """First-order statistics ``(n, 20)`` of histograms ``(n, 256)``, in the order of `STATISTICS`.

    With N pixels x, mean μ and central moments m_k = Σ (x - μ)^k / N:

    - ``std`` √m2, ``skewness`` m3 / m2^1.5 and ``kurtosis`` m4 / m2² - 3, both 0 where m2 = 0;
    - ``rms`` √(Σ x² / N), the root of the energy per pixel;
    - ``entropy`` -Σ p log2 p in bits and ``uniformity`` Σ p² (the energy of the histogram), over
      32 bins of 8 levels, so that small images are not described by empty bins;
    - percentiles interpolate linearly between order statistics; ``iqr`` is p75 - p25;
    - ``mean_absolute_deviation`` Σ |x - μ| / N; ``robust_...`` the same over the pixels in
      [p10, p90], with their own mean, 0 if none lies there.

    All intensities are gray levels 0..255. An empty histogram gives zeros.
    """
    out = np.zeros((len(counts), len(STATISTICS)))
    _first_order(counts, out)
    return out


@njit(cache=True, nogil=True)
def _hue_statistics(
    hue: NDArray[np.float32], saturation: NDArray[np.uint8], out: NDArray[np.float64]
) -> None:
    n, h, w = hue.shape
    n_bins = out.shape[1] - 2
    for i in range(n):
        total = 0.0
        for r in range(h):
            for c in range(w):
                weight = float(saturation[i, r, c])
                if weight == 0.0:
                    continue
                angle = 2.0 * np.pi * hue[i, r, c]
                total += weight
                out[i, 0] += weight * np.cos(angle)
                out[i, 1] += weight * np.sin(angle)
                out[i, 2 + min(int(hue[i, r, c] * n_bins), n_bins - 1)] += weight
        if total > 0.0:
            for k in range(out.shape[1]):
                out[i, k] /= total


def hue_statistics(hue: NDArray[np.float32], saturation: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mean direction and histogram of hue, ``(n, 2 + HUE_BINS)``, weighted by saturation.

    Columns: Σ s cos 2πh / Σ s, Σ s sin 2πh / Σ s (Mardia & Jupp 2000, Directional Statistics), and
    the share of the saturation that falls into each bin. An image without saturation gives zeros.
    """
    out = np.zeros((len(hue), 2 + HUE_BINS))
    _hue_statistics(hue, saturation, out)
    return out


class Intensity(FeatureFamily):
    """First-order statistics and a coarse histogram of the gray levels."""

    def names(self, n_channels: int) -> list[str]:  # noqa: ARG002
        """``intensity_mean`` … and ``intensity_histogram_0`` …, the share of the darkest pixels."""
        return [f"intensity_{name}" for name in STATISTICS] + [
            f"intensity_histogram_{b}" for b in range(N_BINS)
        ]

    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """`first_order` of the whole image, then the share of pixels per bin."""
        counts = histograms(batch.gray)
        bins = counts.reshape(len(counts), N_BINS, -1).sum(axis=2)
        h, w = batch.gray.shape[1:]
        return np.hstack([first_order(counts), bins / (h * w)])


class Colour(FeatureFamily):
    """First-order statistics of red, green, blue and saturation, and hue; nothing for gray images.

    The value of the HSV model is left out: gray levels already describe brightness.
    """

    def names(self, n_channels: int) -> list[str]:
        """``colour_red_mean`` …, ``colour_saturation_mean`` …, ``colour_hue_cos`` … ."""
        if not is_colour(n_channels):
            return []
        names = [
            f"colour_{plane}_{name}"
            for plane in ("red", "green", "blue", "saturation")
            for name in _COLOUR_STATISTICS
        ]
        names += ["colour_hue_cos", "colour_hue_sin"]
        return names + [f"colour_hue_histogram_{b}" for b in range(HUE_BINS)]

    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """`first_order` of each channel, then `hue_statistics`."""
        if batch.colour.shape[3] == 1:
            return np.empty((len(batch), 0))
        hue, saturation = batch.hue_saturation
        kept = [STATISTICS.index(name) for name in _COLOUR_STATISTICS]
        planes = [*np.moveaxis(batch.colour, 3, 0), saturation]
        blocks = [first_order(histograms(plane))[:, kept] for plane in planes]
        return np.hstack([*blocks, hue_statistics(hue, saturation)])
