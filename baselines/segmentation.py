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
from scipy import ndimage

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
def _otsu(counts: NDArray[np.int64]) -> tuple[int, float]:
    """Threshold t (class 1 is > t) and between-class over total variance; -1, 0 if constant."""
    total = 0
    weighted = 0
    squared = 0
    for level in range(256):
        total += counts[level]
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
        if below == 0 or above == 0:
            continue
        gap = weighted_below / below - (weighted - weighted_below) / above
        between = (below / total) * (above / total) * gap * gap
        if between > best:
            best = between
            threshold = level
    if threshold < 0:
        return -1, 0.0
    return threshold, min(1.0, best / variance)


@njit(cache=True, nogil=True)
def _flood(
    plane: NDArray[np.int32],
    row: int,
    col: int,
    label: int,
    eight: bool,
    stack: NDArray[np.int32],
) -> None:
    """Give the connected component of `plane` at (row, col) the value `label`, in place."""
    h, w = plane.shape
    old = plane[row, col]
    plane[row, col] = label
    stack[0] = row * w + col
    size = 1
    while size > 0:
        size -= 1
        r = stack[size] // w
        c = stack[size] % w
        for dr in range(-1, 2):
            for dc in range(-1, 2):
                if not eight and dr != 0 and dc != 0:
                    continue
                rr = r + dr
                cc = c + dc
                if 0 <= rr < h and 0 <= cc < w and plane[rr, cc] == old:
                    plane[rr, cc] = label
                    stack[size] = rr * w + cc
                    size += 1


@njit(cache=True, nogil=True)
def _fill_holes(mask: NDArray[np.uint8], stack: NDArray[np.int32]) -> None:
    """Set every background pixel that no 4-connected path joins to the border, in place."""
    h, w = mask.shape
    plane = np.empty((h, w), dtype=np.int32)
    for r in range(h):
        for c in range(w):
            plane[r, c] = mask[r, c]
    for r in range(h):
        step = 1 if r == 0 or r == h - 1 else w - 1
        for c in range(0, w, step):
            if plane[r, c] == 0:
                _flood(plane, r, c, 2, False, stack)
    for r in range(h):
        for c in range(w):
            mask[r, c] = plane[r, c] != 2


@njit(cache=True, nogil=True)
def _border_share(mask: NDArray[np.uint8]) -> float:
    h, w = mask.shape
    inside = 0
    for c in range(w):
        inside += mask[0, c] + mask[h - 1, c]
    for r in range(1, h - 1):
        inside += mask[r, 0] + mask[r, w - 1]
    return float(inside / (2 * (h + w) - 4))


@njit(cache=True, nogil=True)
def _keep_main_component(mask: NDArray[np.uint8], stack: NDArray[np.int32]) -> None:
    """Keep the component with the largest area under a Welch window, in place."""
    h, w = mask.shape
    plane = np.empty((h, w), dtype=np.int32)
    for r in range(h):
        for c in range(w):
            plane[r, c] = -1 if mask[r, c] else 0  # -1: not yet labelled
    n_components = 0
    for r in range(h):
        for c in range(w):
            if plane[r, c] == -1:
                n_components += 1
                _flood(plane, r, c, n_components, True, stack)
    weight = np.zeros(n_components + 1)
    for r in range(h):
        y = (2 * r + 1 - h) / h
        for c in range(w):
            x = (2 * c + 1 - w) / w
            if plane[r, c] > 0:
                weight[plane[r, c]] += (1.0 - y * y) * (1.0 - x * x)
    main = 0
    for k in range(1, n_components + 1):
        if weight[k] > weight[main]:
            main = k
    for r in range(h):
        for c in range(w):
            mask[r, c] = main > 0 and plane[r, c] == main


@njit(cache=True, nogil=True)
def _segment(
    smooth: NDArray[np.uint8],
    mask: NDArray[np.uint8],
    bright: NDArray[np.bool_],
    separability: NDArray[np.float64],
    border_share: NDArray[np.float64],
) -> None:
    n, h, w = smooth.shape
    stack = np.empty(h * w, dtype=np.int32)
    counts = np.empty(256, dtype=np.int64)
    for i in range(n):
        for level in range(256):
            counts[level] = 0
        for r in range(h):
            for c in range(w):
                counts[smooth[i, r, c]] += 1
        threshold, separability[i] = _otsu(counts)
        if threshold < 0:
            continue
        n_bright = 0
        for r in range(h):
            for c in range(w):
                mask[i, r, c] = smooth[i, r, c] > threshold
                n_bright += mask[i, r, c]
        share = _border_share(mask[i])
        # equal contact with the border: the smaller class is the lesion
        bright[i] = share < 0.5 or (share == 0.5 and 2 * n_bright <= h * w)
        if not bright[i]:
            for r in range(h):
                for c in range(w):
                    mask[i, r, c] = 1 - mask[i, r, c]
        _keep_main_component(mask[i], stack)
        _fill_holes(mask[i], stack)
        border_share[i] = _border_share(mask[i])


@njit(cache=True, nogil=True)
def _border_shares(mask: NDArray[np.uint8], border_share: NDArray[np.float64]) -> None:
    for i in range(mask.shape[0]):
        border_share[i] = _border_share(mask[i])


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
    n, h, w = gray.shape
    sigma = SMOOTHING * min(h, w)
    smooth = ndimage.gaussian_filter(gray, sigma=(0, sigma, sigma), mode="nearest")
    mask = np.zeros((n, h, w), dtype=np.uint8)
    bright = np.zeros(n, dtype=np.bool_)
    separability = np.zeros(n)
    border_share = np.zeros(n)
    _segment(smooth, mask, bright, separability, border_share)
    return Lesions(mask, True, bright, separability, border_share)
