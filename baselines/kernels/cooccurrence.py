"""Gray-level co-occurrence: how often two gray levels lie at a given distance and angle.

Haralick, Shanmugam & Dinstein 1973, Textural features for image classification, IEEE Transactions
on Systems, Man, and Cybernetics 3:610; completed and named as by the Image Biomarker
Standardisation Initiative (IBSI), Zwanenburg et al. 2020, Radiology 295:328.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from baselines.kernels.maximal_correlation import maximal_correlation

DESCRIPTORS = (
    "joint_maximum",
    "joint_average",
    "joint_variance",
    "joint_entropy",
    "difference_average",
    "difference_variance",
    "difference_entropy",
    "sum_entropy",
    "angular_second_moment",
    "contrast",
    "inverse_difference",
    "inverse_difference_normalised",
    "inverse_difference_moment",
    "inverse_difference_moment_normalised",
    "inverse_variance",
    "correlation",
    "autocorrelation",
    "cluster_tendency",
    "cluster_shade",
    "cluster_prominence",
    "imc1",
    "imc2",
)
"""Names of what is computed from each matrix, in order."""

_LOG = np.log(np.arange(4096).clip(1)) * np.arange(4096)  # c log c of the smaller counts c


@dataclass(frozen=True, eq=False)
class Cooccurrence:
    """What the co-occurrence matrices of a stack of images say.

    Attributes
    ----------
    descriptors : (n, distances, 4, 22) float64
        `DESCRIPTORS` of the matrix at each distance and angle; 0 where it has no pair.
    pairs : (n, distances, 4) int64
        Pairs of pixels in the region, each counted once.
    mcc : (n, distances) float64
        Maximal correlation coefficient of the four angles together, in 0..1.
    """

    descriptors: NDArray[np.float64]
    pairs: NDArray[np.int64]
    mcc: NDArray[np.float64]


@njit(cache=True, nogil=True)
def _count_log_count(count: np.int64) -> float:
    return float(_LOG[count] if count < _LOG.size else count * np.log(count))


@njit(cache=True, nogil=True)
def _describe_matrix(
    counts: NDArray[np.int32],
    size: np.int64,
    level_of: NDArray[np.int64],
    weights: NDArray[np.float64],
    joint: NDArray[np.int64],
    histograms: NDArray[np.int64],
    out: NDArray[np.float64],
) -> int:
    """Describe the symmetric matrix (counts + its transpose); add it to `joint`; return its pairs.

    Row and column 0 of `counts`, flat, are pixels outside the region; the others stand for
    `level_of`. `joint` gets the lower triangle, a row and a column for each level from 1.
    """
    marginal = histograms[0]
    sums = histograms[1]
    differences = histograms[2]
    low = level_of[0]
    high = level_of[size - 1]
    for i in range(low, high + 1):
        marginal[i] = 0
    for k in range(2 * low, 2 * high + 1):
        sums[k] = 0
    for k in range(high - low + 1):
        differences[k] = 0
    largest = np.int64(0)
    squares = np.int64(0)
    cells = 0.0
    for a in range(size):
        i = level_of[a]
        row = np.int64(0)
        for b in range(a):
            both = np.int64(counts[(a + 1) * (size + 1) + b + 1]) + np.int64(
                counts[(b + 1) * (size + 1) + a + 1]
            )
            j = level_of[b]
            joint[i - 1, j - 1] += both
            row += both
            marginal[j] += both
            sums[i + j] += 2 * both
            differences[i - j] += 2 * both
            squares += 2 * both * both
            cells += 2.0 * _count_log_count(both)
            largest = max(largest, both)
        both = 2 * np.int64(counts[(a + 1) * (size + 2)])
        joint[i - 1, i - 1] += both
        marginal[i] += row + both
        sums[2 * i] += both
        differences[0] += both
        squares += both * both
        cells += _count_log_count(both)
        largest = max(largest, both)

    total = np.int64(0)
    first = np.int64(0)
    second = np.int64(0)
    marginals = 0.0
    for i in range(low, high + 1):
        count = marginal[i]
        total += count
        first += i * count
        second += i * i * count
        marginals += _count_log_count(count)
    if total == 0:
        out[:] = 0.0
        return 0
    mean = first / total
    variance = (total * second - first * first) / (float(total) * total)

    difference = np.int64(0)
    contrast = np.int64(0)
    inverse = 0.0
    inverse_normalised = 0.0
    moment = 0.0
    moment_normalised = 0.0
    inverse_variance = 0.0
    difference_logs = 0.0
    for k in range(high - low + 1):
        count = differences[k]
        if count == 0:
            continue
        difference += k * count
        contrast += k * k * count
        inverse += count * weights[0, k]
        inverse_normalised += count * weights[1, k]
        moment += count * weights[2, k]
        moment_normalised += count * weights[3, k]
        inverse_variance += count * weights[4, k]
        difference_logs += _count_log_count(count)
    shade = 0.0
    prominence = 0.0
    sum_squares = np.int64(0)
    sum_logs = 0.0
    for k in range(2 * low, 2 * high + 1):
        count = sums[k]
        if count == 0:
            continue
        d = k - 2.0 * mean
        sum_squares += k * k * count
        shade += d * d * d * count
        prominence += d * d * d * d * count
        sum_logs += _count_log_count(count)

    bits = 1.0 / np.log(2.0)
    log_total = _count_log_count(total) / total
    constant = total * second == first * first
    entropy = 0.0 if constant else max(0.0, log_total - cells / total) * bits
    marginal_entropy = 0.0 if constant else (log_total - marginals / total) * bits
    information = 2.0 * marginal_entropy - entropy
    if information < 1e-12:  # independent levels; the root in imc2 would magnify the rounding
        information = 0.0
    average = difference / total
    out[0] = largest / total
    out[1] = mean
    out[2] = variance
    out[3] = entropy
    out[4] = average
    out[5] = (total * contrast - difference * difference) / (float(total) * total)
    out[6] = 0.0 if constant else max(0.0, log_total - difference_logs / total) * bits
    out[7] = 0.0 if constant else max(0.0, log_total - sum_logs / total) * bits
    out[8] = squares / (float(total) * total)
    out[9] = contrast / total
    out[10] = inverse / total
    out[11] = inverse_normalised / total
    out[12] = moment / total
    out[13] = moment_normalised / total
    out[14] = inverse_variance / total
    out[15] = 1.0 if constant else 1.0 - 0.5 * (contrast / total) / variance
    out[16] = 0.25 * (sum_squares - contrast) / total
    out[17] = (total * sum_squares - 4 * first * first) / (float(total) * total)
    out[18] = shade / total
    out[19] = prominence / total
    out[20] = 0.0 if constant else -information / marginal_entropy
    out[21] = np.sqrt(1.0 - np.exp(-2.0 * information))
    return int(total // 2)


@njit(cache=True, nogil=True)
def _describe_images(
    image: NDArray[np.uint8],
    levels: int,
    distances: NDArray[np.int64],
    weights: NDArray[np.float64],
    out: NDArray[np.float64],
    pairs: NDArray[np.int64],
    merged: NDArray[np.int64],
) -> None:
    n, h, w = image.shape
    # rows are padded on the right only: what is left of a row is the end of the row above it
    reach = np.int64(0)
    for d in range(len(distances)):
        if distances[d] > reach:
            reach = distances[d]
    width = w + reach
    code = np.zeros((h + reach) * width + 1, dtype=np.uint8)
    code_of = np.empty(levels + 1, dtype=np.uint8)
    level_of = np.empty(levels, dtype=np.int64)
    counts = np.empty((4, (levels + 1) ** 2), dtype=np.int32)
    histograms = np.empty((3, 2 * levels + 1), dtype=np.int64)
    for i in range(n):
        code_of[:] = 0
        for r in range(h):
            for c in range(w):
                code_of[image[i, r, c]] = 1
        size = np.int64(0)  # as a literal 0 it would compile what it is given to twice
        code_of[0] = 0
        for k in range(1, levels + 1):
            if code_of[k]:
                level_of[size] = k
                size += 1
                code_of[k] = size
        if size == 0:
            out[i] = 0.0
            pairs[i] = 0
            continue
        for r in range(h):
            for c in range(w):
                code[r * width + c] = code_of[image[i, r, c]]
        stride = np.uint64(size + 1)
        for d in range(len(distances)):
            counts[:, : (size + 1) ** 2] = 0
            # unsigned, so that an index needs no test for being negative
            right = np.uint64(distances[d])
            below = np.uint64(distances[d] * width)
            for r in range(h):
                here = np.uint64(r * width)
                for _ in range(w):
                    row = np.uint64(code[here]) * stride
                    if row > 0:
                        counts[0, row + np.uint64(code[here + right])] += 1
                        counts[1, row + np.uint64(code[here + below + right])] += 1
                        counts[2, row + np.uint64(code[here + below])] += 1
                        counts[3, row + np.uint64(code[here + below - right])] += 1
                    here += np.uint64(1)
            for k in range(4):
                pairs[i, d, k] = _describe_matrix(
                    counts[k], size, level_of, weights, merged[i, d], histograms, out[i, d, k]
                )


def cooccurrence(image: NDArray[np.uint8], levels: int, distances: tuple[int, ...]) -> Cooccurrence:
    """Descriptors of images of levels ``(n, h, w) uint8``, 1..`levels`, and 0 outside the region.

    P(i, j) is the share of the pairs of pixels, both in the region, with levels i and j, counted in
    both directions. At distance d the four angles 0, 45, 90 and 135 degrees are the steps (0, d),
    (d, d), (d, 0) and (d, -d): Chebyshev's distance, as Haralick and IBSI count it. With the
    marginal p, its mean μ, variance σ² and entropy H, p₊(k) = Σ_{i+j=k} P, p₋(k) = Σ_{|i-j|=k} P,
    N = `levels`, and entropies in bits:

    - ``joint_maximum`` max P, ``joint_average`` μ, ``joint_variance`` σ² (Haralick's variance),
      ``joint_entropy`` -Σ P log P, ``angular_second_moment`` Σ P² (IBSI also: joint energy);
    - ``difference_average`` Σ k p₋, ``difference_variance`` Σ (k - its average)² p₋,
      ``difference_entropy`` -Σ p₋ log p₋, ``contrast`` Σ k² p₋;
    - ``sum_entropy`` -Σ p₊ log p₊;
    - ``inverse_difference`` Σ p₋ / (1 + k), ``inverse_difference_normalised`` Σ p₋ / (1 + k / N),
      ``inverse_difference_moment`` Σ p₋ / (1 + k²),
      ``inverse_difference_moment_normalised`` Σ p₋ / (1 + k² / N²),
      ``inverse_variance`` Σ_{k > 0} p₋ / k²;
    - ``correlation`` Σ (i - μ)(j - μ) P / σ², ``autocorrelation`` Σ i j P;
    - ``cluster_tendency``, ``cluster_shade``, ``cluster_prominence`` Σ (i + j - 2μ)ⁿ P for n = 2,
      3 and 4;
    - ``imc1`` (H_xy - H_xy1) / H and ``imc2`` √(1 - exp(-2 (H_xy2 - H_xy))), the information
      measures of correlation, where H_xy1 = H_xy2 = 2 H since P is symmetric.

    IBSI's other three are equal to one of these, and left out: dissimilarity = difference_average,
    sum_average = 2 joint_average, sum_variance = cluster_tendency. With them they are IBSI's 25.

    The maximal correlation coefficient, Haralick's fourteenth, is the second largest absolute
    eigenvalue of D^-1/2 P D^-1/2, D the diagonal matrix of p, taken once for each distance from the
    sum of the matrices of the four angles, because it costs more than all the others together.

    Degenerate matrices: with one level only, correlation and mcc are 1 (as in pyradiomics) and the
    information measures 0. A matrix without pairs has zeros throughout.

    Other implementations: scikit-image's ``energy`` is √Σ P², its ``homogeneity`` the
    inverse_difference_moment, and its distance on the diagonals Euclidean; mahotas' ``difference
    variance`` is the variance of the entries of p₋; pyradiomics takes mcc for each angle and
    averages it, takes N from the region, and adds 2e-16 inside every logarithm.

    Raises
    ------
    ValueError
        If a distance does not fit into the images, or a level is above `levels`.
    """
    if image.max() > levels:  # the kernel would write beyond its matrix
        raise ValueError(f"levels must be from 0 to {levels}, got {image.max()}")
    side = min(image.shape[1:])
    if not all(0 < distance < side for distance in distances):
        raise ValueError(
            f"distances must be from 1 to {side - 1} for images with a side of {side} pixels, "
            f"got {list(distances)}"
        )
    k = np.arange(levels)
    weights = 1 / np.stack([1 + k, 1 + k / levels, 1 + k**2, 1 + (k / levels) ** 2, k.clip(1) ** 2])
    weights[4, 0] = 0
    shape = (len(image), len(distances), 4)
    out = np.empty((*shape, len(DESCRIPTORS)))
    pairs = np.empty(shape, dtype=np.int64)
    merged = np.zeros((*shape[:2], levels, levels), dtype=np.int64)
    _describe_images(
        np.ascontiguousarray(image), levels, np.array(distances), weights, out, pairs, merged
    )
    mcc = maximal_correlation(merged.reshape(-1, levels, levels)).reshape(shape[:2])
    return Cooccurrence(out, pairs, mcc)
