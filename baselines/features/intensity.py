"""First-order statistics: how the intensities are distributed, whatever their arrangement.

Every statistic is computed from the 256-level histogram, which holds all that first-order
statistics can know of 8-bit pixels; so one kernel serves gray levels, colour channels and lesions.
The definitions are those of the IBSI reference manual (Zwanenburg et al. 2020, Radiology
295:328), section intensity-based statistics, unless said otherwise; they are also those of
pyradiomics, whose kurtosis is 3 larger and whose bin width of 8 levels gives the same entropy.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from baselines.features.family import FeatureFamily, ImageBatch

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
    "median_absolute_deviation",
    "coefficient_of_variation",
    "quartile_coefficient_of_dispersion",
)
"""Names of the columns of `first_order`."""

_QUANTILES = np.array([0.0, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 1.0])

N_BINS = 16
"""Bins of the histogram that is part of the features; each is 16 gray levels wide."""


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
def _first_order(
    counts: NDArray[np.int64], q: NDArray[np.float64], out: NDArray[np.float64]
) -> None:
    quantile = np.empty(q.shape[0])
    for i in range(counts.shape[0]):
        total = 0
        s1 = 0
        s2 = 0
        for level in range(256):
            total += counts[i, level]
            s1 += level * counts[i, level]
            s2 += level * level * counts[i, level]
        if total == 0:
            continue

        level = 0
        up_to = counts[i, 0]  # pixels with at most this level
        for j in range(q.shape[0]):
            position = q[j] * (total - 1)
            k = int(position)
            while up_to <= k:
                level += 1
                up_to += counts[i, level]
            quantile[j] = level
            if position > k and up_to == k + 1:
                above = level + 1
                while counts[i, above] == 0:
                    above += 1
                quantile[j] += (position - k) * (above - level)
        median = quantile[4]

        mean = s1 / total
        m2 = 0.0
        m3 = 0.0
        m4 = 0.0
        from_mean = 0.0
        from_median = 0.0
        kept = 0
        kept_sum = 0
        for level in range(256):
            count = counts[i, level]
            if count:
                d = level - mean
                m2 += count * d * d
                m3 += count * d * d * d
                m4 += count * d * d * d * d
                from_mean += count * abs(d)
                from_median += count * abs(level - median)
                if quantile[2] <= level <= quantile[6]:
                    kept += count
                    kept_sum += level * count
        m2 /= total
        m3 /= total
        m4 /= total
        robust = 0.0
        if kept:
            for level in range(256):
                if quantile[2] <= level <= quantile[6]:
                    robust += counts[i, level] * abs(level - kept_sum / kept)
            robust /= kept

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

        iqr = quantile[5] - quantile[3]
        quartiles = quantile[5] + quantile[3]
        out[i, 0] = mean
        out[i, 1] = np.sqrt(m2)
        out[i, 2] = m3 / m2**1.5 if m2 > 0.0 else 0.0
        out[i, 3] = m4 / (m2 * m2) - 3.0 if m2 > 0.0 else 0.0
        out[i, 4] = np.sqrt(s2 / total)
        out[i, 5] = entropy
        out[i, 6] = uniformity
        for j in range(q.shape[0]):
            out[i, 7 + j] = quantile[j]
        out[i, 16] = quantile[8] - quantile[0]
        out[i, 17] = iqr
        out[i, 18] = from_mean / total
        out[i, 19] = robust
        out[i, 20] = from_median / total
        out[i, 21] = np.sqrt(m2) / mean if mean > 0.0 else 0.0
        out[i, 22] = iqr / quartiles if quartiles > 0.0 else 0.0


def first_order(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """First-order statistics ``(n, 23)`` of histograms ``(n, 256)``, in the order of `STATISTICS`.

    With N pixels x, mean μ and central moments m_k = Σ (x - μ)^k / N:

    - ``std`` √m2, ``skewness`` m3 / m2^1.5 and ``kurtosis`` m4 / m2² - 3, both 0 where m2 = 0;
    - ``rms`` √(Σ x² / N), the root of the energy per pixel;
    - ``entropy`` -Σ p log2 p in bits and ``uniformity`` Σ p² (the energy of the histogram), over
      32 bins of 8 levels, so that small images are not described by empty bins;
    - percentiles interpolate linearly between order statistics; ``iqr`` is p75 - p25;
    - ``mean_absolute_deviation`` Σ |x - μ| / N; ``robust_...`` the same over the pixels in
      [p10, p90], with their own mean, 0 if none lies there; ``median_absolute_deviation``
      Σ |x - median| / N, with IBSI a mean of deviations from the median;
    - ``coefficient_of_variation`` √m2 / μ, 0 where μ = 0;
    - ``quartile_coefficient_of_dispersion`` (p75 - p25) / (p75 + p25), 0 where both are 0.

    All intensities are gray levels 0..255. An empty histogram gives zeros.

    Left out, since they tell no more than a column that is there: variance (``std``²), energy per
    pixel (``rms``²); energy and total energy in addition grow with the size of the image.
    """
    out = np.zeros((len(counts), len(STATISTICS)))
    _first_order(counts, _QUANTILES, out)
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
