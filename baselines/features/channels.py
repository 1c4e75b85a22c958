"""What the channels of an image array mean, and the conversions between colour spaces.

``c = 1`` is gray, ``2`` gray and mask, ``3`` RGB, ``4`` RGB and mask: the last channel of an even
count is the lesion mask, and ``mask > 0`` is lesion.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

SMALLEST_SIDE = 8
"""Shortest image side in pixels that every family can describe."""

_XYZ_FROM_RGB = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)  # primaries of ITU-R BT.709, white point D65


def check_images(X: Any) -> NDArray[np.uint8]:
    """Return `X` as an array ``(n, h, w, c) uint8``, without copying it.

    Raises
    ------
    TypeError
        If the pixels are not uint8.
    ValueError
        If the array is not four-dimensional, has no image, has not one to four channels, or has a
        side below `SMALLEST_SIDE`.
    """
    images: NDArray[np.uint8] = np.asarray(X)
    if images.dtype != np.uint8:
        raise TypeError(
            f"images must be uint8, got {images.dtype}; scale them to 0..255 and convert them"
        )
    if images.ndim != 4:
        raise ValueError(
            f"images must have the shape (n, h, w, c), got {images.shape}; "
            "a stack of gray images needs a last axis of length 1"
        )
    n, h, w, c = images.shape
    if n == 0:
        raise ValueError("at least one image is needed, got none")
    if not 1 <= c <= 4:
        raise ValueError(
            f"images must have 1 (gray), 2 (gray, mask), 3 (RGB) or 4 (RGB, mask) channels, got {c}"
        )
    if min(h, w) < SMALLEST_SIDE:
        raise ValueError(
            f"images must be at least {SMALLEST_SIDE} x {SMALLEST_SIDE} pixels, got {h} x {w}"
        )
    return images


def has_mask(n_channels: int) -> bool:
    """Whether the last of `n_channels` channels is a lesion mask."""
    return n_channels % 2 == 0


def is_colour(n_channels: int) -> bool:
    """Whether `n_channels` channels hold red, green and blue."""
    return n_channels >= 3


def colour_channels(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Copy the channels of ``(n, h, w, c)`` that hold intensities: ``(n, h, w, 1 or 3) uint8``."""
    c = images.shape[3]
    return np.array(images[..., : c - 1 if has_mask(c) else c], order="C")


def mask_channel(images: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Lesion mask ``(n, h, w) uint8``, 1 in the lesion and 0 outside, or None without a mask."""
    if not has_mask(images.shape[3]):
        return None
    return np.ascontiguousarray(images[..., -1] > 0).view(np.uint8)


@njit(cache=True, nogil=True)
def _luma(rgb: NDArray[np.uint8], gray: NDArray[np.uint8]) -> None:
    n, h, w, _ = rgb.shape
    for i in range(n):
        for r in range(h):
            for c in range(w):
                gray[i, r, c] = (
                    np.uint32(rgb[i, r, c, 0]) * np.uint32(19595)
                    + np.uint32(rgb[i, r, c, 1]) * np.uint32(38470)
                    + np.uint32(rgb[i, r, c, 2]) * np.uint32(7471)
                    + np.uint32(0x8000)
                ) >> np.uint32(16)


def gray_from_colour(colour: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Gray level ``(n, h, w) uint8`` of ``(n, h, w, 1 or 3) uint8``.

    The luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B, in the 16-bit fixed-point arithmetic of
    Pillow's conversion to mode ``L``, with which it agrees exactly.
    """
    if colour.shape[3] == 1:
        return np.ascontiguousarray(colour[..., 0])
    gray = np.empty(colour.shape[:3], dtype=np.uint8)
    _luma(np.ascontiguousarray(colour), gray)
    return gray


@njit(cache=True, nogil=True)
def _hue_saturation(
    rgb: NDArray[np.uint8], hue: NDArray[np.float32], saturation: NDArray[np.uint8]
) -> None:
    n, h, w, _ = rgb.shape
    for i in range(n):
        for r in range(h):
            for c in range(w):
                red = np.int32(rgb[i, r, c, 0])
                green = np.int32(rgb[i, r, c, 1])
                blue = np.int32(rgb[i, r, c, 2])
                high = max(red, green, blue)
                chroma = high - min(red, green, blue)
                if chroma == 0:
                    hue[i, r, c] = 0.0
                    saturation[i, r, c] = 0
                    continue
                if high == red:
                    sector = (green - blue) / chroma
                    if sector < 0.0:
                        sector += 6.0
                elif high == green:
                    sector = 2.0 + (blue - red) / chroma
                else:
                    sector = 4.0 + (red - green) / chroma
                hue[i, r, c] = sector / 6.0
                saturation[i, r, c] = (255 * chroma + high // 2) // high


def hue_saturation(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Hue in 0..1 (float32) and saturation in 0..255 (uint8), both ``(n, h, w)``, of RGB images.

    The hexcone model of Smith 1978 (Color gamut transform pairs): hue is the position on the colour
    circle, saturation is chroma over the largest channel, rounded. A gray pixel has hue 0 and
    saturation 0. The value of the model is the largest channel.
    """
    hue = np.empty(rgb.shape[:3], dtype=np.float32)
    saturation = np.empty(rgb.shape[:3], dtype=np.uint8)
    _hue_saturation(np.ascontiguousarray(rgb), hue, saturation)
    return hue, saturation


@njit(cache=True, nogil=True)
def _cielab(
    rgb: NDArray[np.uint8],
    share: NDArray[np.float64],
    root: NDArray[np.float64],
    lab: NDArray[np.float32],
) -> None:
    n, h, w, _ = rgb.shape
    f = np.empty(3)
    for i in range(n):
        for r in range(h):
            for c in range(w):
                red = rgb[i, r, c, 0]
                green = rgb[i, r, c, 1]
                blue = rgb[i, r, c, 2]
                for k in range(3):
                    t = share[k, 0, red] + share[k, 1, green] + share[k, 2, blue]
                    if t > 216.0 / 24389.0:
                        y = root[int(t * (root.shape[0] - 1))]
                        cube = y * y * y
                        f[k] = y * (cube + 2.0 * t) / (2.0 * cube + t)  # Halley's method
                    else:
                        f[k] = t * (841.0 / 108.0) + 4.0 / 29.0
                lab[i, r, c, 0] = 116.0 * f[1] - 16.0
                gray = red == green and green == blue  # neutral, not up to rounding but exactly
                lab[i, r, c, 1] = 0.0 if gray else 500.0 * (f[0] - f[1])
                lab[i, r, c, 2] = 0.0 if gray else 200.0 * (f[1] - f[2])


def cielab(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """CIELAB ``(n, h, w, 3) float32``: L* in 0..100, a* and b*, of sRGB images, white point D65.

    The transfer function of IEC 61966-2-1, the primaries of ITU-R BT.709, and CIE 15:2004. The
    white is exactly that of R = G = B = 255, so that gray pixels have a* = b* = 0; scikit-image
    rounds it to five digits and differs by up to 0.005.
    """
    level = np.arange(256) / 255
    linear = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    matrix = _XYZ_FROM_RGB / _XYZ_FROM_RGB.sum(axis=1, keepdims=True)
    share = matrix[:, :, None] * linear  # in X, Y and Z, by channel and level
    # one step from a table of 4096 roots is exact to 1e-7, more than float32 holds
    root = np.cbrt((np.arange(4097) + 0.5) / 4096)
    lab = np.empty(rgb.shape, dtype=np.float32)
    _cielab(np.ascontiguousarray(rgb), share, root, lab)
    return lab
