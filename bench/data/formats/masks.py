"""Files that show where a lesion is → inside or outside, pixel by pixel."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data.formats import kinds
from bench.data.formats.dicom import dicom_values
from bench.data.formats.images import read
from bench.data.formats.nifti import nifti_values
from bench.data.formats.picture import Part, Picture
from bench.data.formats.pillow import alpha, pages
from bench.protocol.errors import DataError

SOFT = "soft mask: inside is what is above half of its range"
"""Said of a mask with a gradual or a lossy border."""

TURNED = (
    "turned as the EXIF of the image says, its mask is not, or otherwise: they may not fit each "
    "other"
)
"""Said of a mask that EXIF does not turn like its image."""

_LABELS = 3  # values between none and the largest that a mask of labels may have in any shape
_SOLID = 0.1  # of a mask of more labels, the share of their pixels that lie amidst their own kind

STEPS = (0.25, 0.75)
"""Share of a mask's values between none and the largest that are steps of a gradual border: at most
the first of thin or small labels, at least the second of a soft mask; see `steps`."""


@dataclass(frozen=True, eq=False)
class Mask:
    """Where a lesion is.

    Attributes:
        inside: `(h, w)`.
        remarks: what has to be said of how that was found.
    """

    inside: NDArray[np.bool_]
    remarks: tuple[str, ...] = ()


def read_mask(path: Path, data: bytes, part: Part, of: Picture | None = None) -> Mask:
    """The mask in a file: what is above 0, of several channels in any of them, and not transparent.

    Where its border is gradual, as after scaling or JPEG, inside is what is above half of its
    range. A mask of labels, several whole numbers for several structures, is inside wherever it is
    above 0.

    It is read like its image: the same slice of a volume, and the same frame where the mask has
    several.

    Args:
        path: the file, for its name.
        data: its content.
        part: of its image.
        of: its image, whose volume has to lie where that of the mask lies.

    Raises:
        DataError: as `bench.data.formats.images.read` does, if the mask has other sides than its
            image, or if it cannot be told what is inside.
    """
    values, lossy, clear, remarks = values_of_mask(path, data, part, of)
    if values.ndim == 3:
        values = values.max(axis=2)
    found = _inside(path, values, lossy)
    if clear is not None and clear.min() < 255:
        found = Mask(found.inside & (clear > 127), found.remarks)
    return Mask(found.inside, (*found.remarks, *remarks))


def values_of_mask(
    path: Path, data: bytes, part: Part, of: Picture | None
) -> tuple[NDArray[np.float64], bool, NDArray[np.uint8] | None, tuple[str, ...]]:
    """The values of a mask `(h, w)` or `(h, w, 3)`, whether they were compressed with loss, its
    transparency `(h, w)` if it has any, and what has to be said of how it was read.

    Raises:
        DataError: as `read_mask` does, but for what is inside.
    """
    kind = kinds.kind_of(path, data[: kinds.START])
    clear, turned = None, 1
    if kind == "nifti":
        found = nifti_values(path, data, part)
        values = np.nan_to_num(found.values, nan=0.0)
        _refuse_elsewhere(path, found.grid, None if of is None else of.grid)
        if of is not None and of.slices not in (None, found.slices):
            raise DataError(
                f"{path}: the mask has {found.slices} slices, its image {of.slices}. Save it in "
                "the size of its image."
            )
    elif kind == "dicom":
        values = dicom_values(path, data, Part(frame=part.frame)).astype(np.float64)
    else:
        one = part.frame is not None and pages(data) == 1
        own = Part(frame=None if one else part.frame)
        picture = read(path, data, own)
        values, turned = picture.pixels.astype(np.float64), picture.orientation
        clear = alpha(data, own)
    if of is not None and values.shape[:2] != of.pixels.shape[:2]:
        h, w = of.pixels.shape[:2]
        exif = "" if of.orientation == turned else ", turned as its EXIF says"
        raise DataError(
            f"{path}: the mask is {values.shape[1]}×{values.shape[0]} px, its image {w}×{h}{exif}. "
            "Save it in the size of its image."
        )
    alike = of is None or of.orientation == turned
    return values, kind == "jpeg", clear, () if alike else (TURNED,)


def _inside(path: Path, values: NDArray[np.float64], lossy: bool) -> Mask:
    largest = float(values.max(initial=0.0))
    if largest <= 0:
        return Mask(np.zeros(values.shape, np.bool_))
    if lossy:
        refuse_unclear_jpeg(path, values, largest)
        return Mask(values > 127.5, (SOFT,))
    if is_soft(values, largest) and not _are_labels(values, largest):
        refuse_gray_areas(path, values, largest)
        return Mask(values > largest / 2, (SOFT,))
    return Mask(values > 0)


def _are_labels(values: NDArray[np.float64], largest: float) -> bool:
    """Whether whole numbers lie side by side rather than in steps, as thin labels do."""
    if not np.equal(values, np.rint(values)).all():
        return False
    found, between = steps(values, largest)
    return found <= STEPS[0] * between


def refuse_unclear_jpeg(path: Path, values: NDArray[np.float64], largest: float) -> None:
    """Refuse a mask as JPEG that has not only black and white, give or take what its coding adds.

    Raises:
        DataError: if it is dark, or has solid areas of a gray between.
    """
    if largest < 128:
        raise DataError(
            f"{path}: a mask as JPEG whose largest value is {largest:.0f} of 255: it cannot be "
            "told what is inside. Save it as PNG."
        )
    between = values[_level_areas(values) & (values > _DARK) & (values < 255 - _DARK)]
    if len(between) > _GRAY * (values > _DARK).sum() and _of_few_grays(between):
        raise DataError(
            f"{path}: a mask as JPEG with areas of gray beside black and white: its coding blurs "
            "which class a pixel is of. Save it as PNG."
        )


_DARK = 48  # gray levels by which JPEG changes black or white, at most, but for their borders
_LEVEL = 24  # and those by which it changes neighbours in an area of one gray
_GRAY = 0.05  # share of a mask's pixels that lie in gray areas by chance, at most
_FLAT = 4  # pixels in such an area that a small lesion with a gradual border hardly has
_ALIKE = 0.4  # share of these pixels within `_LEVEL` grays, of a border that is gradual 0.2


def _level_areas(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where all eight neighbours are of nearly the same gray."""
    from scipy import ndimage

    spread = ndimage.maximum_filter(values, 3) - ndimage.minimum_filter(values, 3)
    return np.asarray(spread <= _LEVEL, dtype=bool)


def _of_few_grays(values: NDArray[np.float64]) -> bool:
    """Whether many are within a narrow range, as of a class, and not of a gradual border."""
    counts = np.bincount(np.rint(values).astype(np.int64), minlength=256)
    within = np.convolve(counts, np.ones(_LEVEL), mode="valid").max()
    return bool(within > _ALIKE * len(values))


def is_soft(values: NDArray[np.float64], largest: float) -> bool:
    """Whether the border is gradual. Labels are few, or lie in solid areas; values of a gradual
    border hardly ever lie amidst pixels of the same value."""
    between = (values > 0) & (values < largest)
    if not between.any():
        return False
    some = np.unique(values[between])
    if not np.equal(some, np.rint(some)).all():
        return True
    if len(some) <= _LABELS:
        return False
    alike = _amidst_their_own(values)
    return bool(np.mean(alike[between]) < _SOLID)


def refuse_gray_areas(path: Path, values: NDArray[np.float64], largest: float) -> None:
    """Refuse a mask with a gradual border that has areas of gray; a map of probabilities, up to 1,
    may have them.

    Raises:
        DataError: if it has.
    """
    if largest > 1 and has_gray_areas(values, largest):
        raise DataError(
            f"{path}: a mask with a gradual border and areas of gray between: it cannot be told "
            "whether these are inside, or a class of their own. Save it without smoothing, one "
            "value for each class."
        )


def has_gray_areas(values: NDArray[np.float64], largest: float) -> bool:
    """Whether a mask with a gradual border has areas of a gray between, as classes of their own
    have after scaling: they are a good part of it, or lie apart from all that is white.

    >>> one, two = np.zeros((9, 9)), np.zeros((9, 9))
    >>> one[1:8, 1:8], one[2:7, 2:7] = 128, 255
    >>> two[1:8, 1:8], two[2:7, 2:7] = 60, 128
    >>> has_gray_areas(one, 255), has_gray_areas(two, 255)
    (False, True)
    """
    from scipy import ndimage

    scaled = values * (255 / largest)
    level = _level_areas(scaled) & (scaled > _DARK) & (scaled < 255 - _DARK)
    if not level.any():
        return False
    marked = scaled > _DARK
    if level.sum() > _GRAY * marked.sum() and _of_few_grays(scaled[level]):
        return True
    parts, n = ndimage.label(marked)
    each = np.arange(1, n + 1)
    brightest = ndimage.maximum(scaled, parts, each)
    flat = ndimage.sum_labels(level, parts, each)
    return bool(((brightest < 255 - _DARK) & (flat >= _FLAT)).any())


def steps(values: NDArray[np.float64], largest: float) -> tuple[int, int]:
    """How many pixels between none and the largest are steps of a gradual border, and how many
    there are.

    A step has a lower and a higher neighbour, or is as near to black or white as what JPEG leaves
    of them. A label has neighbours of its own kind and of the background.

    >>> steps(np.array([[0.0, 100, 255], [0, 100, 255]]), 255)
    (2, 2)
    >>> steps(np.array([[0.0, 1, 0, 2], [0, 1, 0, 2]]), 2)
    (0, 2)
    """
    from scipy import ndimage

    between = (values > 0) & (values < largest)
    found = ndimage.minimum_filter(values, 3) < values
    found &= ndimage.maximum_filter(values, 3) > values
    if largest >= 128:
        found |= (values <= _DARK) | (values >= largest - _DARK)
    return int((found & between).sum()), int(between.sum())


def seam(values: NDArray[np.float64], largest: float) -> tuple[int, int]:
    """How many pixels between none and the largest have a lower and a higher neighbour, and how
    often none and the largest lie side by side.

    A contour that is a class of its own parts what it surrounds from what lies beyond; where a
    border was smoothed, it is in places no step at all.

    >>> seam(np.array([[0.0, 128, 255], [0, 255, 255]]), 255)
    (1, 1)
    """
    from scipy import ndimage

    between = (values > 0) & (values < largest)
    found = ndimage.minimum_filter(values, 3) < values
    found &= ndimage.maximum_filter(values, 3) > values
    none, most = values == 0, values == largest
    across = none[:, 1:] & most[:, :-1] | most[:, 1:] & none[:, :-1]
    along = none[1:] & most[:-1] | most[1:] & none[:-1]
    return int((found & between).sum()), int(across.sum() + along.sum())


def _amidst_their_own(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Where all eight neighbours have the same value."""
    alike = np.zeros(values.shape, np.bool_)
    if min(values.shape) < 3:
        return alike
    h, w = values.shape
    centre = values[1:-1, 1:-1]
    same = np.ones(centre.shape, np.bool_)
    for i in range(3):
        for j in range(3):
            same &= values[i : h - 2 + i, j : w - 2 + j] == centre
    alike[1:-1, 1:-1] = same
    return alike


def _refuse_elsewhere(
    path: Path, grid: NDArray[np.float64] | None, other: NDArray[np.float64] | None
) -> None:
    """Refuse a mask of a volume that lies elsewhere in space than its image."""
    if grid is None or other is None:
        return
    voxel = np.linalg.norm(other[:3, :3], axis=0).min()
    turned = np.abs(grid[:3, :3] - other[:3, :3]).max() > 0.05 * max(voxel, 1e-9)
    if turned or np.abs(grid[:3, 3] - other[:3, 3]).max() > voxel:
        raise DataError(
            f"{path}: the mask lies elsewhere than its image, by their affines. Resample it to its "
            "image, or give it the header of its image."
        )
