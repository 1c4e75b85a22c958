"""DICOM files and NIfTI slices → 8-bit arrays; needs the extra `medical`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.errors import DataError

_DICOM = (".dcm", ".dicom")
_NIFTI = (".nii", ".nii.gz")
_TAILS = (0.5, 99.5)  # percentiles that become black and white where a file names no window


def is_medical(path: Path) -> bool:
    """Whether the file's name says that it is DICOM or NIfTI."""
    return path.name.lower().endswith(_DICOM + _NIFTI)


def decode(path: Path) -> NDArray[np.uint8]:
    """The pixels of a single-frame DICOM file or of a NIfTI slice, `(h, w)` or `(h, w, 3)` uint8.

    DICOM: rescaled, then the file's first linear window (DICOM PS3.3, C.11.2.1.2) becomes 0..255,
    or where it names none the 0.5 and 99.5 percentiles; MONOCHROME1 inverted, RGB taken as it is.
    NIfTI: the middle slice along the third axis, rotated as viewers show it, windowed by the same
    percentiles. No other tag is read.

    Raises:
        DataError: if the reader is not installed, or the file is broken or of another kind.
    """
    try:
        if path.name.lower().endswith(_DICOM):
            return _dicom(path)
        return _nifti(path)
    except DataError:
        raise
    except ImportError as error:
        raise DataError(
            f"{path}: reading it needs {error.name}. Install it with: "
            "pip install 'classical-vs-deep[medical]'"
        ) from None
    except Exception as error:  # both readers raise errors of many kinds on a broken file
        text = " ".join(str(error).split())[:200]
        raise DataError(f"{path}: cannot be read ({type(error).__name__}: {text}).") from None


def _dicom(path: Path) -> NDArray[np.uint8]:
    import pydicom
    from pydicom.pixels.processing import apply_modality_lut, convert_color_space

    file: Any = pydicom.dcmread(path)
    frames = int(getattr(file, "NumberOfFrames", None) or 1)
    if frames > 1:
        raise DataError(f"{path}: has {frames} frames; save the frame to be used as its own file.")
    values = file.pixel_array
    kind = file.PhotometricInterpretation
    if values.ndim == 3:
        if kind.startswith("YBR"):
            values = convert_color_space(values, kind, "RGB")
        return _to_8_bit(values) if values.dtype != np.uint8 else np.asarray(values, np.uint8)
    values = np.asarray(apply_modality_lut(values, file), dtype=float)
    pixels = _scaled(values, *_window(file)) if "WindowCenter" in file else _to_8_bit(values)
    return 255 - pixels if kind == "MONOCHROME1" else pixels


def _window(file: Any) -> tuple[float, float]:
    """Lowest and highest value of the first window."""
    center, width = (
        float(value[0] if isinstance(value, Sequence) else value)
        for value in (file.WindowCenter, file.WindowWidth)
    )
    middle = center - 0.5
    return middle - (width - 1) / 2, middle + (width - 1) / 2


def _nifti(path: Path) -> NDArray[np.uint8]:
    import nibabel

    loaded: Any = nibabel.load(path)
    values = np.asarray(loaded.dataobj, dtype=float)
    while values.ndim > 3:
        values = values[..., 0]
    if values.ndim == 3:
        values = values[:, :, values.shape[2] // 2]
    if values.ndim != 2:
        raise DataError(f"{path}: is no image: it has {values.ndim} dimension(s).")
    return _to_8_bit(np.rot90(values))


def _to_8_bit(values: NDArray[Any]) -> NDArray[np.uint8]:
    finite = np.nan_to_num(np.asarray(values, dtype=float))
    low, high = np.percentile(finite, _TAILS)
    return _scaled(finite, float(low), float(high))


def _scaled(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.uint8]:
    if high <= low:
        return np.where(values > high, 255, 0).astype(np.uint8)
    scaled = np.clip((values - low) / (high - low), 0, 1)
    levels: NDArray[np.uint8] = np.rint(255 * scaled).astype(np.uint8)
    return levels
