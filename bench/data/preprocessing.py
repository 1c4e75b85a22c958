"""What a study may have done to the images before any method sees them, for both families alike.

The order is fixed, whatever order a study lists the steps in:

    crop-to-mask → gray → denoise → (resizing) → clahe → (black borders)

Images of a folder come to the first three at the size of their files, and to CLAHE without the
borders of letterboxing. MedMNIST sets, phantoms and plugins have one size already; their images go
through the same steps, and through resizing only after a crop.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from bench.data.resizing import fit, pad
from bench.protocol.preprocessing import Resize

DONE = {
    "crop-to-mask": "cropped to the mask's box with a tenth of its sides around it",
    "gray": "colour reduced to luma (Rec. 601)",
    "denoise": "median of 3×3 px",
    "clahe": "CLAHE (8×8 tiles, clip limit 0.01)",
}
"""What the card of a data set says of each step."""

_MARGIN = 0.1  # of the box's sides, so that a lesion's border stays in the picture
_TILES = 8  # along each side
_CLIP_LIMIT = 0.01

Pixels = NDArray[np.uint8]


def prepare_image(
    picture: Pixels,
    mask: Pixels | None,
    steps: tuple[str, ...],
    shape: tuple[int, int],
    resize: Resize,
) -> tuple[Pixels, Pixels | None]:
    """Take the steps and bring an image and its mask to one shape.

    Args:
        picture: `(h, w)` or `(h, w, 3)`.
        mask: `(h, w)`, > 0 inside the lesion, or None; or the classes of pixels. It follows its
            image through crop and resizing, the nearest pixel taken.
        steps: as `in_order` gives them.
        shape: height and width of the result.
        resize: how its sides are reached.

    Returns:
        The image as `shape` or `(*shape, 3)`, and the mask as `shape`.
    """
    if mask is not None and "crop-to-mask" in steps:
        box = _box(mask)
        picture, mask = picture[box], mask[box]
    if "gray" in steps and picture.ndim == 3:
        picture = np.asarray(Image.fromarray(picture).convert("L"))
    if "denoise" in steps:
        picture = _median(picture)
    picture = fit(picture, shape, resize)
    if "clahe" in steps:
        picture = _equalised(picture)
    if mask is not None:
        mask = pad(fit(mask, shape, resize, smooth=False), shape)
    return pad(picture, shape), mask


def prepare_batch(images: Pixels, steps: tuple[str, ...], resize: Resize) -> Pixels:
    """The steps for images `(n, h, w, c)` of one size, which stays; c is 1 to 2 with "gray".

    Masks are taken from the last channel of an even count and come out there.
    """
    n, h, w, c = images.shape
    masked = c % 2 == 0
    colours = 1 if "gray" in steps else c - masked
    done = np.empty((n, h, w, colours + masked), np.uint8)
    for image, result in zip(images, done, strict=True):
        picture = np.ascontiguousarray(image[..., 0] if c < 3 else image[..., :3])
        mask = np.where(image[..., -1] > 0, np.uint8(255), np.uint8(0)) if masked else None
        picture, mask = prepare_image(picture, mask, steps, (h, w), resize)
        result[..., :colours] = picture.reshape(h, w, colours)
        if mask is not None:
            result[..., -1] = mask
    return done


def _box(mask: Pixels) -> tuple[slice, slice]:
    """Rows and columns of the mask's box with a margin; all of them where the mask is empty."""
    if not (mask > 0).any():
        return slice(None), slice(None)
    sides = []
    for axis in (1, 0):
        inside = np.flatnonzero((mask > 0).any(axis=axis))
        first, last = int(inside[0]), int(inside[-1])
        margin = round(_MARGIN * (last - first + 1))
        sides.append(slice(max(first - margin, 0), last + 1 + margin))
    return sides[0], sides[1]


def _median(picture: Pixels) -> Pixels:
    """Each channel's median of 3×3 px."""
    if min(picture.shape[:2]) < 3:
        return picture
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.MedianFilter(3)))


def _equalised(picture: Pixels) -> Pixels:
    """Contrast-limited adaptive histogram equalisation; of colour images, of their HSV value.

    A constant image stays as it is.
    """
    from skimage.exposure import equalize_adapthist

    if picture.min() == picture.max():
        return picture
    tiles = [max(side // _TILES, 2) for side in picture.shape[:2]]
    if min(picture.shape[:2]) < 4:
        return picture
    levels = equalize_adapthist(picture, kernel_size=tiles, clip_limit=_CLIP_LIMIT)
    equalised: Pixels = np.rint(255 * np.clip(levels, 0, 1)).astype(np.uint8)
    return equalised
