"""What lies inside the field of view of an image, where the rest is dark.

Where patients are unknown, what most images have in common cannot be told from a film, whose frames
are alike because they are copies. But the edge of a field of view can be seen in a single image:
the details of photographs of the back of the eye are compared without it.
"""

import numpy as np
from numpy.typing import NDArray

from bench.data.likeness.vectors import Vectors, reduced, unit_length

ALIKE = 0.85
"""Least correlation of details inside the field, for images of 48 px and more.

retina-vessels at 48 to 256 px: of 1,054 to 1,123 pairs of different eyes that are alike with the
edge one correlates by more (0.857, at 48 px); docs/measurements/groups.md.
"""

ALIKE_SMALL = 0.90
"""The same for smaller images."""

_DARK = 0.1  # of the way from the corners' gray level to the 95th percentile
_DARKER = 4  # gray levels above the corners, at least
_CORNERS = [0, 0, -1, -1], [0, -1, 0, -1]
_OUTSIDE = 0.05  # least share of the image that is dark and reaches its border
_INSIDE = 0.4  # least share inside: a small spot on black holds too few details
_FLAT = 8.0  # gray levels of standard deviation of what is outside, at most
_EDGE = 1 / 32  # of the side, that is left out beside the dark
_BLUR = 1 / 16  # of the side, as of all details

FIELD_LIMITS = (ALIKE, ALIKE_SMALL, _DARK, _DARKER, _OUTSIDE, _INSIDE, _FLAT, _EDGE, _BLUR)
"""On which the pairs that are found depend."""


def inside_vectors(images: NDArray[np.uint8], bars: float) -> Vectors:
    """The details of images `(n, h, w, c)` inside their fields of view, as vectors of length 1.

    What is as dark as the four corners and reaches the border is outside; averages are over what is
    inside alone. An image without such a ground gives zeros.

    Args:
        images: as above.
        bars: see `bench.data.likeness.vectors.coarse_pictures`; bars that stay are dark ground.
    """
    from scipy.ndimage import binary_erosion, gaussian_filter, label

    gray = reduced(images, bars)
    _, h, w = gray.shape
    blur = h * _BLUR, w * _BLUR
    wide = max(1, round(min(h, w) * _EDGE))
    ground = np.median(gray[:, *_CORNERS], axis=1)
    bright = np.percentile(gray, 95, axis=(1, 2))
    dark = gray < (ground + np.maximum(_DARKER, _DARK * (bright - ground)))[:, None, None]
    dark &= dark[:, *_CORNERS].all(axis=1)[:, None, None]
    found = np.zeros(gray.shape, np.float32)
    for picture, own, image in zip(gray, dark, found, strict=True):
        areas, _ = label(own)
        border = np.concatenate([areas[0], areas[-1], areas[:, 0], areas[:, -1]])
        inside = ~np.isin(areas, border[border > 0])
        kept = binary_erosion(inside, iterations=wide, border_value=1)
        outside = binary_erosion(~inside, iterations=wide, border_value=1)
        if not _INSIDE < inside.mean() < 1 - _OUTSIDE or not outside.any():
            continue
        if picture[outside].std() > _FLAT:
            continue
        share = inside.astype(np.float32)
        around = gaussian_filter(picture * share, blur) / np.maximum(
            gaussian_filter(share, blur), 1e-3
        )
        details = (picture - around)[kept]
        image[kept] = details - details.mean()
    return unit_length(found.reshape(len(found), -1))
