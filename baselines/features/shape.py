"""The shape of the lesion: its size, its form, and how smooth its margin is.

The lesion is the mask channel, or what `baselines.segmentation.lesions` finds. Lengths are divided
by the square root of the image area and areas by the image area, so that the pixel size does not
matter.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import ndimage

from baselines.features.channels import has_mask
from baselines.features.family import FeatureFamily, ImageBatch
from baselines.kernels.margin import MARGIN, margin_descriptors
from baselines.kernels.outline import outlines
from baselines.kernels.zernike import ZERNIKE, zernike_moments

REGION = (
    "area",
    "perimeter",
    "major_axis",
    "minor_axis",
    "feret_diameter",
    "eccentricity",
    "orientation_cos",
    "orientation_sin",
    "extent",
    "bounding_box_aspect",
    "solidity",
    "convexity",
    "compactness",
    "centroid_row",
    "centroid_col",
    "hu1",
    "hu2",
    "hu3",
    "hu4",
    "hu5",
    "hu6",
    "hu7",
)
"""Names of the columns of `region_descriptors`."""

TOPOLOGY = ("components", "euler_number")
"""Names of the columns of `topology`, of a mask channel only: a lesion that the threshold found
is one component without holes."""

SEGMENTATION = ("bright", "separability", "border_share")
"""Names of the columns that tell how the lesion was found, where there is no mask channel."""


@njit(cache=True, nogil=True)
def _signed_log(x: float) -> float:
    return -np.sign(x) * np.log10(max(abs(x), 1e-12)) if x != 0.0 else 0.0


@njit(cache=True, nogil=True)
def _region(
    mask: NDArray[np.uint8], outline: NDArray[np.float64], out: NDArray[np.float64]
) -> None:
    n, h, w = mask.shape
    side = np.sqrt(float(h * w))
    for i in range(n):
        area = 0
        sum_r = 0
        sum_c = 0
        top = h
        bottom = -1
        left = w
        right = -1
        for r in range(h):
            for c in range(w):
                if mask[i, r, c]:
                    area += 1
                    sum_r += r
                    sum_c += c
                    top = min(top, r)
                    bottom = max(bottom, r)
                    left = min(left, c)
                    right = max(right, c)
        if area == 0:
            continue
        row = sum_r / area
        col = sum_c / area
        m20 = 0.0
        m02 = 0.0
        m11 = 0.0
        m30 = 0.0
        m03 = 0.0
        m21 = 0.0
        m12 = 0.0
        for r in range(top, bottom + 1):
            y = r - row
            for c in range(left, right + 1):
                if mask[i, r, c]:
                    x = c - col
                    m20 += y * y
                    m02 += x * x
                    m11 += y * x
                    m30 += y * y * y
                    m03 += x * x * x
                    m21 += y * y * x
                    m12 += y * x * x

        half_sum = 0.5 * (m20 + m02) / area
        half_gap = np.sqrt(0.25 * (m20 - m02) ** 2 + m11 * m11) / area
        large = half_sum + half_gap
        small = max(0.0, half_sum - half_gap)

        e2 = float(area) * float(area)
        e3 = e2 * np.sqrt(float(area))
        n20 = m20 / e2
        n02 = m02 / e2
        n11 = m11 / e2
        n30 = m30 / e3
        n03 = m03 / e3
        n21 = m21 / e3
        n12 = m12 / e3
        a = n30 + n12
        b = n21 + n03
        c3 = n30 - 3.0 * n12
        d3 = 3.0 * n21 - n03
        hu7 = d3 * a * (a * a - 3.0 * b * b) - c3 * b * (3.0 * a * a - b * b)

        perimeter = outline[i, 0]
        hull_area = outline[i, 1]
        hull_perimeter = outline[i, 2]
        height = bottom - top + 1
        width = right - left + 1

        out[i, 0] = area / (h * w)
        out[i, 1] = perimeter / side
        out[i, 2] = 4.0 * np.sqrt(large) / side
        out[i, 3] = 4.0 * np.sqrt(small) / side
        out[i, 4] = outline[i, 3] / side
        out[i, 5] = np.sqrt(1.0 - small / large) if large > 0.0 else 0.0
        out[i, 6] = (m02 - m20) / (2.0 * half_gap * area) if half_gap > 1e-12 else 0.0
        out[i, 7] = m11 / (half_gap * area) if half_gap > 1e-12 else 0.0
        out[i, 8] = area / (height * width)
        out[i, 9] = min(height, width) / max(height, width)
        out[i, 10] = area / hull_area
        out[i, 11] = hull_perimeter / perimeter if perimeter > 0.0 else 1.0
        out[i, 12] = 4.0 * np.pi * area / perimeter**2 if perimeter > 0.0 else 1.0
        out[i, 13] = (row + 0.5) / h - 0.5
        out[i, 14] = (col + 0.5) / w - 0.5
        out[i, 15] = _signed_log(n20 + n02)
        out[i, 16] = _signed_log((n20 - n02) ** 2 + 4.0 * n11 * n11)
        out[i, 17] = _signed_log(c3 * c3 + d3 * d3)
        out[i, 18] = _signed_log(a * a + b * b)
        out[i, 19] = _signed_log(c3 * a * (a * a - 3.0 * b * b) + d3 * b * (3.0 * a * a - b * b))
        out[i, 20] = _signed_log((n20 - n02) * (a * a - b * b) + 4.0 * n11 * a * b)
        out[i, 21] = _signed_log(hu7)


def region_descriptors(mask: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Size and form ``(n, 22)`` of masks ``(n, h, w) uint8``, in the order of `REGION`.

    - ``area``; ``perimeter`` as `baselines.kernels.outline` defines it;
    - ``major_axis``, ``minor_axis``, ``eccentricity`` of the ellipse with the same second moments;
      ``orientation_cos`` and ``_sin`` are those of twice the angle of its major axis with the
      rows, both 0 for a region without a direction;
    - ``feret_diameter`` the largest distance of two points of the convex hull;
    - ``extent`` area over that of the bounding box; ``bounding_box_aspect`` its short over its
      long side;
    - ``solidity`` area over that of the convex hull; ``convexity`` perimeter of the hull over
      perimeter; ``compactness`` 4π area / perimeter²;
    - ``centroid_row``, ``centroid_col`` from the image centre, -0.5..0.5 of the side;
    - ``hu1`` … ``hu7`` the moment invariants of Hu 1962 as -sign(x) log10 |x|, 0 for |x| = 0 and
      cut at |x| = 1e-12.

    A mask without foreground gives zeros. A perimeter of 0 (one pixel) gives convexity and
    compactness 1.

    Left out, since they tell no more than a column that is there: the equivalent diameter (of the
    area), elongation √(1 - eccentricity²), circularity and sphericity (√compactness) and its
    inverse, the spherical disproportion.
    """
    out = np.zeros((len(mask), len(REGION)))
    _region(mask, outlines(mask), out)
    return out


def topology(mask: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Number of 8-connected components, and Euler number, ``(n, 2)``, of ``(n, h, w) uint8``.

    The Euler number, components minus holes, is counted from the 2 x 2 squares of pixels with one,
    three, and two opposite pixels set (Gray 1971, Local properties of binary images in two
    dimensions). A mask without foreground has 0 and 0.
    """
    within_image = np.zeros((3, 3, 3), dtype=np.bool_)
    within_image[1] = True
    labels, _ = ndimage.label(mask, within_image)
    # labels count on from image to image
    highest = np.maximum.accumulate(labels.max(axis=(1, 2)))
    components = np.diff(highest, prepend=0)

    framed = np.pad(mask, ((0, 0), (1, 1), (1, 1)))
    a, b = framed[:, :-1, :-1], framed[:, :-1, 1:]
    c, d = framed[:, 1:, :-1], framed[:, 1:, 1:]
    total = a + b + c + d
    one = np.count_nonzero(total == 1, axis=(1, 2))
    three = np.count_nonzero(total == 3, axis=(1, 2))
    opposite = np.count_nonzero((total == 2) & (a == d), axis=(1, 2))
    return np.stack([components, (one - three - 2 * opposite) / 4], axis=1)


class Shape(FeatureFamily):
    """Size, form and margin of the lesion; topology of a given mask, else how it was found."""

    def names(self, n_channels: int) -> list[str]:
        """``shape_area`` …, ``shape_radial_mean`` …, ``shape_segmentation_bright`` … ."""
        names = [f"shape_{name}" for name in (*REGION, *MARGIN, *ZERNIKE)]
        if has_mask(n_channels):
            return names + [f"shape_{name}" for name in TOPOLOGY]
        return names + [f"shape_segmentation_{name}" for name in SEGMENTATION]

    def describe(self, batch: ImageBatch) -> NDArray[np.float64]:
        """`region_descriptors`, `margin_descriptors`, `zernike_moments`, and the rest."""
        lesions = batch.lesions
        mask = lesions.mask
        blocks = [region_descriptors(mask), margin_descriptors(mask), zernike_moments(mask)]
        if lesions.from_threshold:
            quality = [lesions.bright, lesions.separability, lesions.border_share]
            blocks.append(np.stack(quality, axis=1).astype(np.float64))
        else:
            blocks.append(topology(mask))
        return np.hstack(blocks)
