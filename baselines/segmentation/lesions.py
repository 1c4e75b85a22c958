"""Where the lesion is: the mask channel if there is one, else Otsu's threshold.

Without a mask the image is smoothed, split at Otsu's threshold, and the class that touches the
image border less is taken for the lesion: bright or dark is thus chosen for every image. Of the
8-connected components of that class the one with the largest area is kept, where a pixel counts
less the nearer it is to the border, and its holes are filled. What was chosen and how well the two
classes were apart is returned with the mask.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

SMOOTHING = 1 / 32
"""Standard deviation of the Gaussian applied before thresholding, in parts of the shorter side."""


@dataclass(frozen=True, eq=False)
class Lesions:
    """The lesions of a stack of images.

    Attributes
    ----------
    mask : (n, h, w) uint8
        1 in the lesion, 0 outside.
    from_threshold : bool
        True where Otsu's threshold found them, False where the mask channel gave them.
    bright : (n,) bool
        Whether the lesion was taken to be brighter than its surroundings; False for a given mask.
    separability : (n,) float64
        Otsu's criterion, between-class over total variance of the smoothed image, in 0..1; 0 for a
        constant image, 1 for a given mask.
    border_share : (n,) float64
        Share of the image border that lies in the lesion, in 0..1.
    """

    mask: NDArray[np.uint8]
    from_threshold: bool
    bright: NDArray[np.bool_]
    separability: NDArray[np.float64]
    border_share: NDArray[np.float64]


@njit(cache=True, nogil=True)
def _smooth(
    gray: NDArray[np.uint8], weights: NDArray[np.float64], smooth: NDArray[np.uint8]
) -> None:
    """Separable filter with the weights of the distances 0, 1, …; edges repeat, levels truncate."""
    n, h, w = gray.shape
    radius = weights.shape[0] - 1
    padded = np.empty((h + 2 * radius, w))
    line = np.empty(w + 2 * radius)
    total = np.empty(w)
    for i in range(n):
        for r in range(h + 2 * radius):
            source = min(max(r - radius, 0), h - 1)
            for c in range(w):
                padded[r, c] = gray[i, source, c]
        for r in range(h):
            for c in range(w):
                total[c] = padded[r + radius, c] * weights[0]
            for d in range(radius, 0, -1):
                before = padded[r + radius - d]
                after = padded[r + radius + d]
                weight = weights[d]
                for c in range(w):
                    total[c] += (before[c] + after[c]) * weight
            for c in range(w):
                line[radius + c] = np.floor(total[c])
            for d in range(radius):
                line[d] = line[radius]
                line[w + radius + d] = line[w + radius - 1]
            for c in range(w):
                total[c] = line[radius + c] * weights[0]
            for d in range(radius, 0, -1):
                before = line[radius - d : radius - d + w]
                after = line[radius + d : radius + d + w]
                weight = weights[d]
                for c in range(w):
                    total[c] += (before[c] + after[c]) * weight
            for c in range(w):
                smooth[i, r, c] = np.uint8(total[c])


def _smoothed(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`scipy.ndimage.gaussian_filter` within each image, bit for bit, with less to wait for."""
    sigma = SMOOTHING * min(gray.shape[1:])
    distance = np.arange(int(4.0 * sigma + 0.5) + 1)
    weights = np.exp(-0.5 / sigma**2 * distance**2)
    both_sides = np.concatenate([weights[:0:-1], weights])
    smooth = np.empty(gray.shape, dtype=np.uint8)
    _smooth(gray, weights / both_sides.sum(), smooth)
    return smooth


@njit(cache=True, nogil=True)
def _split(
    smooth: NDArray[np.uint8],
    mask: NDArray[np.uint8],
    bright: NDArray[np.bool_],
    separability: NDArray[np.float64],
) -> None:
    """Otsu's threshold and the class that touches the border less; nothing if constant."""
    n, h, w = smooth.shape
    counts = np.empty(256, dtype=np.int64)
    total = h * w
    for i in range(n):
        for level in range(256):
            counts[level] = 0
        for r in range(h):
            for c in range(w):
                counts[smooth[i, r, c]] += 1
        weighted = 0
        squared = 0
        for level in range(256):
            weighted += level * counts[level]
            squared += level * level * counts[level]
        mean = weighted / total
        variance = squared / total - mean * mean
        best = 0.0
        threshold = -1
        below = 0
        weighted_below = 0
        for level in range(255):
            below += counts[level]
            weighted_below += level * counts[level]
            above = total - below
            if counts[level] == 0 or above == 0:
                continue
            gap = weighted_below / below - (weighted - weighted_below) / above
            between = (below / total) * (above / total) * gap * gap
            if between > best:
                best = between
                threshold = level
        if threshold < 0:
            continue
        separability[i] = min(1.0, best / variance)

        n_bright = 0
        for level in range(threshold + 1, 256):
            n_bright += counts[level]
        touching = 0
        for r in range(h):
            step = 1 if r == 0 or r == h - 1 else w - 1
            for c in range(0, w, step):
                touching += smooth[i, r, c] > threshold
        border = 2 * (h + w) - 4
        # equal contact with the border: the smaller class is the lesion
        is_bright = 2 * touching < border or (2 * touching == border and 2 * n_bright <= total)
        bright[i] = is_bright
        for r in range(h):
            for c in range(w):
                mask[i, r, c] = (smooth[i, r, c] > threshold) == is_bright


@njit(cache=True, nogil=True)
def _keep_main_component(mask: NDArray[np.uint8]) -> None:
    """Keep the component with the largest area under a Welch window, holes filled, in place.

    Runs of equal pixels in a row are joined with those of the row above by union-find, first the
    8-connected runs of the foreground, then the 4-connected ones of the background, of which those
    that reach neither the image border nor the ends of the component are holes.
    """
    n, h, w = mask.shape
    most = h * ((w + 1) // 2)
    row_of = np.empty(most, dtype=np.int32)
    start = np.empty(most, dtype=np.int32)
    stop = np.empty(most, dtype=np.int32)
    parent = np.empty(most, dtype=np.int32)
    weight = np.empty(most)
    window = np.empty(w)
    for c in range(w):
        x = (2 * c + 1 - w) / w
        window[c] = 1.0 - x * x
    for i in range(n):
        top = 0
        bottom = h - 1
        for background in range(2):
            reach = 1 - background
            size = 0
            row_begin = 0
            for r in range(top, bottom + 1):
                above = row_begin
                row_begin = size
                c = 0
                while c < w:
                    if mask[i, r, c] == background:
                        c += 1
                        continue
                    begin = c
                    while c < w and mask[i, r, c] != background:
                        c += 1
                    row_of[size] = r
                    start[size] = begin
                    stop[size] = c
                    parent[size] = size
                    while above < row_begin and stop[above] + reach <= begin:
                        above += 1
                    k = above
                    while k < row_begin and start[k] < c + reach:
                        a = k
                        while parent[a] != a:
                            parent[a] = parent[parent[a]]
                            a = parent[a]
                        b = size
                        while parent[b] != b:
                            b = parent[b]
                        parent[max(a, b)] = min(a, b)  # so that a root is its component's first run
                        k += 1
                    size += 1
            for k in range(size):
                parent[k] = parent[parent[k]]
                weight[k] = 0.0
            if background:
                for k in range(size):
                    if row_of[k] == top or row_of[k] == bottom or start[k] == 0 or stop[k] == w:
                        weight[parent[k]] = 1.0
                for k in range(size):
                    if weight[parent[k]] == 0.0:
                        for c in range(start[k], stop[k]):
                            mask[i, row_of[k], c] = 1
                continue
            for k in range(size):
                y = (2 * row_of[k] + 1 - h) / h
                total = weight[parent[k]]
                for c in range(start[k], stop[k]):
                    total += (1.0 - y * y) * window[c]
                weight[parent[k]] = total
            main = 0
            for k in range(size):
                if weight[k] > weight[main]:
                    main = k
            bottom = -1
            for k in range(size):
                if parent[k] == main:
                    bottom = row_of[k]
                else:
                    for c in range(start[k], stop[k]):
                        mask[i, row_of[k], c] = 0
            if size > 0:
                top = row_of[main]


@njit(cache=True, nogil=True)
def _border_shares(mask: NDArray[np.uint8], border_share: NDArray[np.float64]) -> None:
    n, h, w = mask.shape
    for i in range(n):
        inside = 0
        for r in range(h):
            step = 1 if r == 0 or r == h - 1 else w - 1
            for c in range(0, w, step):
                inside += mask[i, r, c]
        border_share[i] = inside / (2 * (h + w) - 4)


def given_lesions(mask: NDArray[np.uint8]) -> Lesions:
    """Lesions of a mask channel ``(n, h, w) uint8`` of zeros and ones, taken as they are.

    A mask may hold several components, holes, or nothing at all.
    """
    n = len(mask)
    border_share = np.zeros(n)
    _border_shares(mask, border_share)
    return Lesions(mask, False, np.zeros(n, dtype=np.bool_), np.ones(n), border_share)


def threshold_lesions(gray: NDArray[np.uint8]) -> Lesions:
    """Lesions found in gray images ``(n, h, w) uint8`` by Otsu's threshold.

    Otsu 1979 (A threshold selection method from gray-level histograms) on the smoothed image; the
    choice of the class, of the component, and the filling of holes are described above. A constant
    image has an empty lesion, separability 0 and border share 0.
    """
    n = len(gray)
    mask = np.zeros(gray.shape, dtype=np.uint8)
    bright = np.zeros(n, dtype=np.bool_)
    separability = np.zeros(n)
    border_share = np.zeros(n)
    _split(_smoothed(gray), mask, bright, separability)
    _keep_main_component(mask)
    _border_shares(mask, border_share)
    return Lesions(mask, True, bright, separability, border_share)
