"""Every pixel of an image in numbers: intensity at several scales, edges, ridges, texture, place.

The features of trainable pixel classification, as in Arganda-Carreras et al. 2017 (Trainable Weka
Segmentation, Bioinformatics 33:2424) and `skimage.feature.multiscale_basic_features`.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import ndimage

SCALES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Standard deviations of the Gaussians, px."""

_OF_A_SCALE = ("smooth", "gradient", "ridge", "valley", "deviation", "band", "pattern")
_PLACE = ("row", "column", "from_centre")
_WHOLE = ("intensity", "against_image")
_COLOUR_SCALES = (1.0, 4.0)

Plane = NDArray[np.float32]


def names(n_channels: int) -> list[str]:
    """Names of the features of a pixel, in order, for images of 1 or 3 channels."""
    found = [*_WHOLE, *_PLACE]
    found += [f"{name}_{scale:g}" for scale in SCALES for name in _OF_A_SCALE]
    if n_channels == 3:
        planes = ("red_share", "blue_share", "saturation")
        found += [f"{plane}_{scale:g}" for plane in planes for scale in _COLOUR_SCALES]
    return found


def describe(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Features ``(h, w, f) float32`` of an image ``(h, w, 1 or 3) uint8``.

    Of every scale s, on gray levels in 0..1 smoothed by a Gaussian:

    - ``smooth`` the smoothed gray level;
    - ``gradient`` s times the length of the gradient;
    - ``ridge``, ``valley`` s² times the smaller and the larger eigenvalue of the Hessian matrix;
    - ``deviation`` standard deviation of the gray levels under the Gaussian;
    - ``band`` difference to the next finer scale;
    - ``pattern`` mean over a square of side 2s + 1 of the number of the eight neighbours that are
      brighter than their centre (the bits of the local binary pattern).

    Beside them the gray level itself and in standard deviations of the image, the place in parts
    of the sides, and of colour images the shares of red and blue and the saturation.
    """
    h, w, c = image.shape
    gray = luma(image)
    features = np.empty((h, w, len(names(c))), dtype=np.float32)
    features[..., 0] = gray
    features[..., 1] = (gray - gray.mean()) / max(float(gray.std()), 1 / 255)
    row = (np.arange(h, dtype=np.float32) + 0.5) / h
    column = (np.arange(w, dtype=np.float32) + 0.5) / w
    features[..., 2] = row[:, None]
    features[..., 3] = column
    features[..., 4] = np.hypot(row[:, None] - 0.5, column - 0.5)
    place = 5
    bits = np.empty((h, w), dtype=np.float32)
    count_brighter_neighbours(image.reshape(h, w, c), bits)
    squares = gray * gray
    smooth, power, before = gray, squares, 0.0
    for scale in SCALES:
        step = float(np.sqrt(scale**2 - before**2))  # a Gaussian of a Gaussian is one
        finer = smooth
        smooth, power = _gaussian(smooth, step), _gaussian(power, step)
        own = features[..., place : place + len(_OF_A_SCALE)]
        _derivatives(smooth, power, finer, np.float32(scale), own)
        own[..., 6] = ndimage.uniform_filter(bits, 2 * int(scale) + 1, mode="nearest")
        before, place = scale, place + len(_OF_A_SCALE)
    if c == 3:
        for plane in colour_planes(image):
            for scale in _COLOUR_SCALES:
                features[..., place] = _gaussian(plane, scale)
                place += 1
    return features


def luma(image: NDArray[np.uint8]) -> Plane:
    """Gray levels ``(h, w) float32`` in 0..1; of colours Rec. 601."""
    if image.shape[2] < 3:
        return image[..., 0].astype(np.float32) / np.float32(255)
    weights = np.array([0.299, 0.587, 0.114], dtype=np.float32) / np.float32(255)
    gray: Plane = image[..., :3].astype(np.float32) @ weights
    return gray


def colour_planes(image: NDArray[np.uint8]) -> tuple[Plane, Plane, Plane]:
    """Shares of red and of blue, and saturation, each ``(h, w) float32`` in 0..1."""
    values = image[..., :3].astype(np.float32)
    total: Plane = values.sum(axis=2) + np.float32(1)
    largest: Plane = values.max(axis=2)
    saturation: Plane = (largest - values.min(axis=2)) / np.maximum(largest, 1)
    return values[..., 0] / total, values[..., 2] / total, saturation


def _gaussian(plane: Plane, sigma: float) -> Plane:
    smooth: Plane = ndimage.gaussian_filter(plane, sigma, mode="nearest", truncate=3.0)
    return smooth


@njit(cache=True, nogil=True)
def _derivatives(
    smooth: Plane, power: Plane, finer: Plane, scale: np.float32, out: NDArray[np.float32]
) -> None:
    """All features of a scale but the last, by central differences; the border repeats."""
    h, w = smooth.shape
    half, quarter = np.float32(0.5), np.float32(0.25)
    two, zero = np.float32(2.0), np.float32(0.0)
    for r in range(h):
        above, below = max(r - 1, 0), min(r + 1, h - 1)
        for c in range(w):
            left, right = max(c - 1, 0), min(c + 1, w - 1)
            centre = smooth[r, c]
            dy = (smooth[below, c] - smooth[above, c]) * half
            dx = (smooth[r, right] - smooth[r, left]) * half
            dyy = smooth[below, c] - two * centre + smooth[above, c]
            dxx = smooth[r, right] - two * centre + smooth[r, left]
            dxy = (
                smooth[below, right]
                - smooth[below, left]
                - smooth[above, right]
                + smooth[above, left]
            ) * quarter
            middle = (dxx + dyy) * half
            spread = np.sqrt((dxx - dyy) * (dxx - dyy) * quarter + dxy * dxy)
            out[r, c, 0] = centre
            out[r, c, 1] = scale * np.sqrt(dx * dx + dy * dy)
            out[r, c, 2] = scale * scale * (middle - spread)
            out[r, c, 3] = scale * scale * (middle + spread)
            out[r, c, 4] = np.sqrt(max(power[r, c] - centre * centre, zero))
            out[r, c, 5] = finer[r, c] - centre


@njit(cache=True, nogil=True)
def count_brighter_neighbours(image: NDArray[np.uint8], out: NDArray[np.float32]) -> None:
    """How many of the eight neighbours are brighter, of the sum of the channels; 0..8."""
    h, w, channels = image.shape
    level = np.empty((h, w), dtype=np.int32)
    for r in range(h):
        for c in range(w):
            total = 0
            for k in range(channels):
                total += image[r, c, k]
            level[r, c] = total
    for r in range(h):
        for c in range(w):
            count = 0
            for dr in range(-1, 2):
                for dc in range(-1, 2):
                    rr, cc = min(max(r + dr, 0), h - 1), min(max(c + dc, 0), w - 1)
                    count += level[rr, cc] > level[r, c]
            out[r, c] = count
