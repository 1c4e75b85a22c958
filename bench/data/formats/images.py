"""Image files → arrays of gray levels or colours."""

import errno
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.data.formats.dicom import dicom
from bench.data.formats.kinds import START, kind_of
from bench.data.formats.nifti import nifti
from bench.data.formats.picture import ONLY, Part, Picture
from bench.data.formats.pillow import by_pillow
from bench.data.formats.tiff import tiff
from bench.protocol.errors import DataError

_LARGEST_FILE = 2 * 10**9  # bytes


def read_image(
    path: str | Path,
    frame: int | None = None,
    axis: int | None = None,
    index: int | None = None,
    bits: int | None = None,
) -> NDArray[np.uint8]:
    """The pixels of an image file, `(h, w, c)` with c = 1 for gray and 3 for RGB.

    It is what a run sees of it before it is resized.

    A run gives images in gray three equal channels where others of its folder are in colour.

    Args:
        path: of a PNG, JPEG, TIFF, BMP, WebP, GIF, JPEG 2000, DICOM or NIfTI file.
        frame: which of several frames or pages, from 1.
        axis, index: of a NIfTI volume, which slice, from 0; without them the middle of the last
            axis.
        bits: of a 16-bit image, how many bits are in use; the upper 8 of them are kept. In a folder
            it is the bits of its brightest image; None takes those of this image.

    Raises:
        DataError: if it is missing, broken, or of a kind that is not supported.

    >>> import tempfile
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.png")
    ...     Image.new("RGB", (3, 2), (9, 9, 9)).save(path)
    ...     read_image(path).tolist()
    [[[9], [9], [9]], [[9], [9], [9]]]
    """
    path = Path(path)
    picture = read(path, file_bytes(path), Part(frame, axis, index))
    pixels = gray_if_equal(picture.levels(picture.bits if bits is None else bits))
    return pixels if pixels.ndim == 3 else pixels[..., None]


def decode(path: Path, bits: int = 16, part: Part = ONLY) -> NDArray[np.uint8]:
    """The pixels of an image file, `(h, w)` or `(h, w, 3)`.

    Args:
        path: the file.
        bits: of a 16-bit image, how many bits are in use; the upper 8 of them are kept.
        part: which picture of the file.

    Raises:
        DataError: if the file is missing, broken, or of a kind that is not supported.
    """
    return read(path, file_bytes(path), part).levels(bits)


def file_bytes(path: Path) -> bytes:
    """The content of a file.

    Raises:
        DataError: if it cannot be read.
    """
    try:
        size = path.stat().st_size
        if size > _LARGEST_FILE:
            raise DataError(
                f"{path}: refused, the file has {size / 1e9:.1f} GB; {_LARGEST_FILE / 1e9:.0f} GB "
                "is the most. Save its pictures as files of their own."
            )
        return path.read_bytes()
    except OSError as error:
        raise absent(path, error) from None
    except MemoryError as error:
        raise DataError(f"{path}: cannot be read ({error}).") from None


def absent(path: Path, error: OSError) -> DataError:
    """What to say of a file that is not there, of a link that leads nowhere, and of what the system
    does not let be read."""
    if error.errno not in (errno.ENOENT, errno.ELOOP):
        return DataError(f"{path}: cannot be read ({error.strerror or error}).")
    if os.path.islink(path):
        return DataError(
            f"{path}: a link that leads nowhere, to {os.readlink(path)}. Correct or remove it."
        )
    return DataError(f"{path}: there is no such file.")


def read(path: Path, data: bytes, part: Part = ONLY, of_before: bool = False) -> Picture:
    """The picture in a file, upright by its EXIF orientation, without transparency.

    Args:
        path: the file, for its name.
        data: its content.
        part: which picture of it.
        of_before: whether DICOM is read by the rule of earlier versions, see
            `bench.data.formats.dicom_display.shown`.

    Raises:
        DataError: if it is broken, too large, or of a kind that is not supported.
    """
    if not data:
        raise DataError(f"{path}: the file is empty. Replace or remove it.")
    kind = kind_of(path, data[:START])
    if kind == "dicom":
        return dicom(path, data, part, of_before)
    if kind == "nifti":
        return nifti(path, data, part)
    if part.axis is not None or part.index is not None:
        raise DataError(f"{path}: axis and index are for NIfTI volumes; this file is none.")
    return tiff(path, data, part) if kind == "tiff" else by_pillow(path, data, part)


def gray_if_equal(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The image as `(h, w)` where its three channels are equal, else unchanged."""
    if pixels.ndim == 3 and (pixels == pixels[..., :1]).all():
        return np.ascontiguousarray(pixels[..., 0])
    return pixels
