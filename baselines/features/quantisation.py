"""Gray levels to the few levels of which texture matrices are made, in a region of the image.

The bins have equal width over 0..255 whatever the image holds, so that a level means the same
intensity in every image. Zwanenburg et al. 2020 (The Image Biomarker Standardization Initiative,
Radiology 295:328) call this a fixed bin size, here with the fixed lower bound 0.
"""

import numpy as np
from numpy.typing import NDArray

from baselines.features.family import ImageBatch

REGIONS = ("image", "lesion")
"""Where a texture matrix is taken: in the whole image, or in the lesion of `ImageBatch`."""

MOST_LEVELS = 255
"""Largest number of levels: uint8 has room for them and for 0, which means outside."""


def quantise(
    gray: NDArray[np.uint8], levels: int, mask: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """Level 1..`levels` of every pixel of `gray`, ``(n, h, w) uint8``, and 0 where `mask` is 0.

    Gray level g has the level ⌊g levels / 256⌋ + 1.

    Raises
    ------
    ValueError
        If `levels` is not in 2..255.

    Examples
    --------
    >>> quantise(np.array([[[0, 63, 64, 255]]], np.uint8), 4, np.array([[[1, 1, 1, 0]]], np.uint8))
    array([[[1, 1, 2, 0]]], dtype=uint8)
    """
    if not 2 <= levels <= MOST_LEVELS:
        raise ValueError(f"levels must be from 2 to {MOST_LEVELS}, got {levels}")
    scaled = gray.astype(np.uint16) * np.uint16(levels)  # at most 255 · 255, and no table is read
    quantised: NDArray[np.uint8] = (scaled >> 8).astype(np.uint8) + np.uint8(1)
    if mask is not None:
        quantised *= mask != 0
    return quantised


def region_levels(batch: ImageBatch, levels: int, region: str) -> NDArray[np.uint8]:
    """Levels ``(n, h, w) uint8`` of the gray images in `region`, 0 outside of it.

    Raises
    ------
    ValueError
        If `region` is not one of `REGIONS`, or `levels` is not in 2..255.
    """
    return quantise(batch.gray, levels, batch.lesions.mask if region_prefix(region) else None)


def region_prefix(region: str) -> str:
    """What the names of features of `region` begin with: nothing, or ``lesion_``.

    Raises
    ------
    ValueError
        If `region` is not one of `REGIONS`.
    """
    if region not in REGIONS:
        raise ValueError(f"region must be one of {', '.join(REGIONS)}; got {region!r}")
    return "" if region == "image" else f"{region}_"
