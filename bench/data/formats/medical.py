"""DICOM files and NIfTI slices → arrays; needs the extra `medical`.

Of a DICOM file only the tags that describe its pixels are read, and PatientID where it is asked
for. No tag's value is stored, printed or put into a message: what the reader says of a broken file
may quote one, so messages are made here.
"""

import gzip
import warnings
import zlib
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bench.data.formats.picture import Part, Picture, refuse_too_large
from bench.protocol.errors import DataError

_DICOM = (".dcm", ".dicom")
_NIFTI = (".nii", ".nii.gz")
_PREAMBLE = 128  # bytes before the letters DICM
_TAILS = (0.5, 99.5)  # percentiles that become black and white where a file names no window
_MOST_EXPANDED = 10**9  # bytes of a compressed volume
_MOST_KEPT = 2 * 10**8  # bytes of the last one, for its other slices
_TAGS = [
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
    "RescaleSlope",
    "RescaleIntercept",
    "ModalityLUTSequence",
    "WindowCenter",
    "WindowWidth",
    "VOILUTFunction",
    "VOILUTSequence",
    "PixelPresentation",
    "PixelData",
    "RedPaletteColorLookupTableDescriptor",
    "GreenPaletteColorLookupTableDescriptor",
    "BluePaletteColorLookupTableDescriptor",
    "RedPaletteColorLookupTableData",
    "GreenPaletteColorLookupTableData",
    "BluePaletteColorLookupTableData",
    "SegmentedRedPaletteColorLookupTableData",
    "SegmentedGreenPaletteColorLookupTableData",
    "SegmentedBluePaletteColorLookupTableData",
    "ExtendedOffsetTable",
    "ExtendedOffsetTableLengths",
    "PatientID",
]


def is_medical(path: Path) -> bool:
    """Whether the file's name, or without a suffix its first bytes, say DICOM or NIfTI."""
    if path.name.lower().endswith(_DICOM + _NIFTI):
        return True
    if path.suffix and not path.suffix[1:].isdigit():  # DICOM files are often called 1.2.840.1
        return False
    try:
        with path.open("rb") as file:
            return file.read(_PREAMBLE + 4)[_PREAMBLE:] == b"DICM"
    except OSError:
        return False


def kind(path: Path, data: bytes) -> Literal["dicom", "nifti", ""]:
    """What a file is by its name or its first bytes; "" if neither."""
    name = path.name.lower()
    if name.endswith(_NIFTI):
        return "nifti"
    return "dicom" if name.endswith(_DICOM) or data[_PREAMBLE:][:4] == b"DICM" else ""


def dicom(path: Path, data: bytes, part: Part) -> Picture:
    """The picture of a DICOM file.

    Gray: rescaled, then the file's first window (linear, linear exact or sigmoid; DICOM PS3.3,
    C.11.2.1.2 and .3) or its VOI table becomes 0..255, or where it has neither the 0.5 and 99.5
    percentiles without padding; MONOCHROME1 inverted. RGB, YBR and palettes become RGB.

    Raises:
        DataError: if the reader is not installed, the file is broken, has several frames of which
            none is chosen, or is of a kind that is not supported.
    """
    try:
        return _dicom(path, data, part)
    except DataError:
        raise
    except ImportError as error:
        raise _not_installed(path, error) from None
    except Exception as error:  # a broken file can raise errors of any kind, which may quote a tag
        raise DataError(
            f"{path}: cannot be read as DICOM ({type(error).__name__}). Replace or remove it."
        ) from None


def patient(path: Path, data: bytes) -> str:
    """The PatientID of a DICOM file, "" where it has none or cannot be read.

    It identifies a person: it may only be hashed, in memory.
    """
    if kind(path, data) != "dicom":
        return ""
    try:
        return _patient(_reader().dcmread(BytesIO(data), True, True, specific_tags=["PatientID"]))
    except Exception:  # reading the pixels says what is wrong
        return ""


def nifti(path: Path, data: bytes, part: Part) -> Picture:
    """A slice of a NIfTI volume, rotated as viewers show it; the 0.5 and 99.5 percentiles of its
    values become black and white.

    Raises:
        DataError: if the reader is not installed, the file is broken or there is no such slice.
    """
    return Picture(_to_8_bit(nifti_values(path, data, part)), "nifti")


def nifti_values(path: Path, data: bytes, part: Part) -> NDArray[np.float64]:
    """The values of a slice of a NIfTI volume, scaled as its header says.

    Raises:
        DataError: as `nifti` does.
    """
    try:
        return _slice(path, data, part)
    except DataError:
        raise
    except ImportError as error:
        raise _not_installed(path, error) from None
    except Exception as error:  # a broken file can raise errors of any kind
        raise DataError(
            f"{path}: cannot be read as NIfTI ({type(error).__name__}). Replace or remove it."
        ) from None


def _not_installed(path: Path, error: ImportError) -> DataError:
    return DataError(
        f"{path}: reading it needs {error.name}. Install it with: "
        "pip install 'classical-vs-deep[medical]'"
    )


@cache
def _reader() -> Any:
    """pydicom, which is told not to warn: its warnings quote the values of tags."""
    import pydicom

    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    pydicom.config.logger.disabled = True
    warnings.filterwarnings("ignore", module=r"pydicom\b")
    return pydicom


@cache
def _nifti_reader() -> Any:
    """nibabel, which is told not to write about broken headers to the terminal."""
    import nibabel

    nibabel.imageglobals.logger.disabled = True
    return nibabel


def _patient(file: Any) -> str:
    return str(file.get("PatientID") or "").strip()


def _dicom(path: Path, data: bytes, part: Part) -> Picture:
    pydicom = _reader()
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.pixels.processing import apply_color_lut

    if data[_PREAMBLE:][:4] != b"DICM":
        raise DataError(f"{path}: is no DICOM file. Replace or remove it.")
    if pydicom.uid.DeflatedExplicitVRLittleEndian.encode() in data:  # it could expand to any size
        raise DataError(f"{path}: deflated DICOM is not supported; save it without.")
    file: Any = pydicom.dcmread(BytesIO(data), specific_tags=_TAGS)
    syntax = file.file_meta.TransferSyntaxUID
    if "PixelData" not in file:
        raise DataError(f"{path}: holds no image, as reports and plans do. Remove it.")
    frames = int(file.get("NumberOfFrames") or 1)
    frame = _chosen_frame(path, frames, part)
    refuse_too_large(path, int(file.Rows) * int(file.Columns))
    try:
        decoder = get_decoder(syntax)
        ready = decoder.is_available
    except NotImplementedError:
        ready = False
    if not ready:
        raise DataError(
            f"{path}: no decoder is installed for {syntax.name}. Get them with: "
            "pip install 'classical-vs-deep[medical]'"
        )
    values, about = decoder.as_array(file, index=frame)
    meaning = str(about["photometric_interpretation"])
    if meaning == "PALETTE COLOR":
        values = apply_color_lut(values, file)[..., :3]
    if values.ndim == 3:
        return Picture(_colours(values, int(file.BitsStored)), "dicom", _patient(file))
    pixels = _shown(values, file)
    return Picture(255 - pixels if meaning == "MONOCHROME1" else pixels, "dicom", _patient(file))


def _chosen_frame(path: Path, frames: int, part: Part) -> int:
    if part.axis is not None or part.index is not None:
        raise DataError(f"{path}: axis and index are for NIfTI volumes; this file is DICOM.")
    if part.frame is None and frames > 1:
        raise DataError(
            f"{path}: has {frames} frames. Name one in the column 'frame' of a manifest, from 1 "
            f"to {frames}."
        )
    if part.frame is not None and part.frame > frames:
        raise DataError(f"{path}: there is no frame {part.frame}; it has {frames}.")
    return (part.frame or 1) - 1


def _colours(values: NDArray[Any], stored: int) -> NDArray[np.uint8]:
    """RGB in 8 bits; the upper 8 of more."""
    bits = 16 if values.max() > 255 and stored <= 8 else max(stored, 8)  # palettes of 16 bits
    levels: NDArray[np.uint8] = np.minimum(values >> (bits - 8), 255).astype(np.uint8)
    return levels


def _shown(stored: NDArray[Any], file: Any) -> NDArray[np.uint8]:
    """Gray levels as the file wants to be shown."""
    from pydicom.pixels.processing import apply_modality_lut, apply_voi

    values = np.asarray(apply_modality_lut(stored, file))
    if file.get("WindowCenter") is not None and file.get("WindowWidth") is not None:
        return _windowed(values.astype(float), file)
    if file.get("VOILUTSequence"):
        depth = int(file.VOILUTSequence[0].LUTDescriptor[2])
        shown = apply_voi(np.rint(values).astype(np.int32), file)
        return _scaled(shown.astype(float), 0.0, 2.0**depth - 1)
    return _to_8_bit(values.astype(float), _not_padding(stored, file))


def _windowed(values: NDArray[np.float64], file: Any) -> NDArray[np.uint8]:
    """The first window, c wide w: y = (x - (c - ½)) / (w - 1) + ½, (x - c) / w + ½ if it is exact,
    1 / (1 + exp(-4 (x - c) / w)) if it is a sigmoid."""
    center, width = (
        float(value[0] if isinstance(value, Sequence) else value)
        for value in (file.WindowCenter, file.WindowWidth)
    )
    function = str(file.get("VOILUTFunction") or "LINEAR")
    if function == "SIGMOID":
        shown = 1 / (1 + np.exp(np.clip(-4 * (values - center) / max(width, 1e-9), -700, 700)))
        return _scaled(shown, 0.0, 1.0)
    if function == "LINEAR_EXACT":
        return _scaled(values, center - width / 2, center + width / 2)
    middle = center - 0.5
    return _scaled(values, middle - (width - 1) / 2, middle + (width - 1) / 2)


def _not_padding(stored: NDArray[Any], file: Any) -> NDArray[np.bool_] | None:
    """Where a picture is not padded, None where no padding is named."""
    first = file.get("PixelPaddingValue")
    if not isinstance(first, int):
        return None
    last = file.get("PixelPaddingRangeLimit")
    last = last if isinstance(last, int) else first
    shown = (stored < min(first, last)) | (stored > max(first, last))
    return shown if shown.any() else None


def _slice(path: Path, data: bytes, part: Part) -> NDArray[np.float64]:
    nibabel = _nifti_reader()
    if part.frame is not None and part.frame > 1:
        raise DataError(f"{path}: frame is for DICOM and TIFF; name axis and index of a volume.")
    volume: Any = nibabel.Nifti1Image.from_bytes(_header_and_values(path, data))
    shape = tuple(volume.shape)
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if volume.get_data_dtype().fields is not None:
        raise DataError(f"{path}: colour NIfTI is not supported; save the slice as PNG.")
    if len(shape) not in (2, 3):
        raise DataError(f"{path}: has {len(shape)} dimensions; a volume of 3 is needed.")
    axis = 2 if part.axis is None else part.axis
    if len(shape) == 2:
        shape = (*shape, 1)
    index = shape[axis] // 2 if part.index is None else part.index
    if index >= shape[axis]:
        raise DataError(
            f"{path}: there is no slice {index} along axis {axis}; it has {shape[axis]}, from 0."
        )
    sides = [n for i, n in enumerate(shape) if i != axis]
    refuse_too_large(path, sides[0] * sides[1])
    where: list[Any] = [slice(None), slice(None), slice(None)][: len(volume.shape)]
    where += [0] * (len(volume.shape) - 3)
    if len(volume.shape) > 2:
        where[axis] = index
    elif axis != 2:
        raise DataError(f"{path}: is one slice; it has no axis {axis}.")
    values = np.asarray(volume.dataobj[tuple(where)], dtype=float)
    return np.rot90(values)


def _header_and_values(path: Path, data: bytes) -> bytes:
    """The file without its compression, expanded to no more than its header says."""
    global _last
    if data[:2] != b"\x1f\x8b":
        return data
    packed_before, expanded = _last
    if packed_before is data:
        return expanded
    nibabel = _nifti_reader()
    try:
        with gzip.open(BytesIO(data)) as packed:
            start = packed.read(352)
            header: Any = nibabel.Nifti1Header.from_fileobj(BytesIO(start))
            voxels = int(np.prod([int(n) for n in header.get_data_shape()], dtype=object))
            needed = int(header.get_data_offset()) + voxels * header.get_data_dtype().itemsize
            if needed > _MOST_EXPANDED:
                raise DataError(
                    f"{path}: refused, it expands to {needed / 1e9:.1f} GB; "
                    f"{_MOST_EXPANDED / 1e9:.0f} GB is the most. Save its slices as files."
                )
            expanded = start + packed.read(max(needed - len(start), 0))
    except (OSError, EOFError, zlib.error):
        raise DataError(f"{path}: its compression is damaged. Replace or remove it.") from None
    if len(expanded) <= _MOST_KEPT:
        _last = (data, expanded)
    return expanded


_last: tuple[bytes, bytes] = (b"", b"")  # a compressed volume and its content


def _to_8_bit(
    values: NDArray[np.float64], counted: NDArray[np.bool_] | None = None
) -> NDArray[np.uint8]:
    finite = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    low, high = np.percentile(finite if counted is None else finite[counted], _TAILS)
    return _scaled(finite, float(low), float(high))


def _scaled(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.uint8]:
    if high <= low:
        return np.where(values > high, 255, 0).astype(np.uint8)
    scaled = np.clip((values - low) / (high - low), 0, 1)
    levels: NDArray[np.uint8] = np.rint(255 * scaled).astype(np.uint8)
    return levels
