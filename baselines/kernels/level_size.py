"""Descriptors of a matrix of gray levels by sizes: of runs, of zones, or of dependences.

The three matrices differ in what is counted and are described alike. Galloway 1975 (Texture
analysis using gray level run lengths, Computer Graphics and Image Processing 4:172), Chu, Sehgal &
Greenleaf 1990 (Pattern Recognition Letters 11:415) and Dasarathy & Holder 1991 (Pattern Recognition
Letters 12:497) for runs; the others after them, as in Zwanenburg et al. 2020 (The Image Biomarker
Standardization Initiative, Radiology 295:328).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

DESCRIPTORS = (
    "small_emphasis",
    "large_emphasis",
    "low_level_emphasis",
    "high_level_emphasis",
    "small_low_level_emphasis",
    "small_high_level_emphasis",
    "large_low_level_emphasis",
    "large_high_level_emphasis",
    "level_nonuniformity",
    "level_nonuniformity_normalised",
    "size_nonuniformity",
    "size_nonuniformity_normalised",
    "percentage",
    "level_variance",
    "size_variance",
    "entropy",
    "energy",
)
"""What is computed from each matrix, in order; each family has its own names for it."""

_LOG = np.log(np.maximum(np.arange(1024), 1))  # of counts; log 0 only ever meets a factor 0


@njit(cache=True, nogil=True)
def _describe(
    keys: NDArray[np.int32],
    ends: NDArray[np.int64],
    pixels: NDArray[np.int64],
    largest: int,
    log: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    slot_of = np.zeros(largest + 1, dtype=np.int64)  # one more than the slot, 0 without one
    # the sizes of one image sum up to at most its pixels, so that few of them differ
    n_slots = int(np.sqrt(2.0 * largest)) + 2
    size_of = np.empty(n_slots, dtype=np.int64)
    cells = np.zeros((n_slots, 256), dtype=np.int32)
    marginal = np.zeros(256, dtype=np.int64)
    start = 0
    for m in range(len(ends)):
        total = ends[m] - start
        if total == 0:
            out[m] = 0.0
            continue
        slots = 0
        low = 255
        high = 0
        for e in range(start, ends[m]):
            level = keys[e] & 255
            size = np.uint32(keys[e]) >> np.uint32(8)  # unsigned indices are never negative
            slot = slot_of[size]
            if slot == 0:
                size_of[slots] = size
                slots += 1
                slot = slots
                slot_of[size] = slot
            cells[slot - 1, level] += 1
            low = min(low, level)
            high = max(high, level)
        start = ends[m]

        small = 0.0
        large = np.int64(0)
        sizes = np.int64(0)
        small_low = 0.0
        small_high = 0.0
        large_low = 0.0
        large_high = np.int64(0)
        size_uniformity = np.int64(0)
        squares = np.int64(0)
        logs = 0.0
        for s in range(slots):
            size = size_of[s]
            slot_of[size] = 0
            count = np.int64(0)
            inverse = 0.0
            weighted = np.int64(0)
            for i in range(low, high + 1):
                c = np.int64(cells[s, i])
                if c == 0:
                    continue
                cells[s, i] = 0
                count += c
                marginal[i] += c
                inverse += c / (i * i)
                weighted += c * i * i
                squares += c * c
                logs += c * (log[c] if c < log.size else np.log(c))
            square = size * size
            small += count / square
            large += count * square
            sizes += count * size
            small_low += inverse / square
            small_high += weighted / square
            large_low += inverse * square
            large_high += weighted * square
            size_uniformity += count * count
        low_emphasis = 0.0
        first = np.int64(0)
        second = np.int64(0)
        level_uniformity = np.int64(0)
        for i in range(low, high + 1):
            count = marginal[i]
            marginal[i] = 0
            low_emphasis += count / (i * i)
            first += i * count
            second += i * i * count
            level_uniformity += count * count

        inside = float(total)
        entropy = max(0.0, np.log(inside) - logs / inside) / np.log(2.0)
        out[m, 0] = small / inside
        out[m, 1] = large / inside
        out[m, 2] = low_emphasis / inside
        out[m, 3] = second / inside
        out[m, 4] = small_low / inside
        out[m, 5] = small_high / inside
        out[m, 6] = large_low / inside
        out[m, 7] = large_high / inside
        out[m, 8] = level_uniformity / inside
        out[m, 9] = level_uniformity / (inside * inside)
        out[m, 10] = size_uniformity / inside
        out[m, 11] = size_uniformity / (inside * inside)
        out[m, 12] = inside / pixels[m]
        out[m, 13] = (total * second - first * first) / (inside * inside)
        out[m, 14] = (total * large - sizes * sizes) / (inside * inside)
        out[m, 15] = 0.0 if squares == total * total else entropy
        out[m, 16] = squares / (inside * inside)


def describe_sizes(
    keys: NDArray[np.int32], ends: NDArray[np.int64], pixels: NDArray[np.int64], largest: int
) -> NDArray[np.float64]:
    """Descriptors ``(m, 17)`` of `m` matrices, given by what is counted in them.

    Parameters
    ----------
    keys : (e,) int32
        Of every run, zone or dependence its size times 256 plus its gray level, 1..255.
    ends : (m,) int64
        Where the keys of each matrix end; those of the first begin at 0.
    pixels : (m,) int64
        Pixels of the region that each matrix is of.
    largest : int
        No size is larger, and the different sizes in one matrix do not sum up to more.

    With c(i, j) of level i and size j, N = Σ c, and p = c / N: ``small_emphasis`` Σ p / j²,
    ``large_emphasis`` Σ p j², ``low_level_emphasis`` Σ p / i², ``high_level_emphasis`` Σ p i², the
    four joint emphases Σ p j^±2 i^±2; ``level_nonuniformity`` Σ_i (Σ_j c)² / N and
    ``size_nonuniformity`` Σ_j (Σ_i c)² / N, normalised by another N; ``percentage`` N over pixels;
    ``level_variance`` Σ (i - Σ i p)² p and ``size_variance`` Σ (j - Σ j p)² p; ``entropy``
    -Σ p log₂ p; ``energy`` Σ p². A matrix of nothing has zeros throughout.
    """
    out = np.empty((len(ends), len(DESCRIPTORS)))
    _describe(keys, ends, pixels, largest, _LOG, out)
    return out
