"""DICOM files → pictures; needs the extra `medical`.

Only the tags that describe pixels are read, and PatientID where it is asked for. No tag's value is
stored, printed or put into a message: what the reader says of a broken file may quote one, so
messages are made here.
"""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data.formats.dicom_display import Description, shown
from bench.data.formats.dicom_files import (
    PREAMBLE,
    SEGMENTATIONS,
    guarded,
    inflated,
    patient_of,
    position_of,
    reader,
)
from bench.data.formats.dicom_pixels import OVERLAYS, stored_values
from bench.data.formats.dicom_tables import Unreadable, palette
from bench.data.formats.kinds import START, begins_like_dicom
from bench.data.formats.picture import Part, Picture, chosen_frame, refuse_too_large
from bench.protocol.errors import DataError

_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
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
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
    *_PIXELS,
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
    *OVERLAYS,
    "PatientID",
    "SOPClassUID",
    "SOPInstanceUID",
    "PixelSpacing",
    "ImagerPixelSpacing",
    "ImagePositionPatient",
]


def dicom(path: Path, data: bytes, part: Part, of_before: bool = False) -> Picture:
    """The picture of a DICOM file.

    Gray as `bench.data.formats.dicom_display` says, MONOCHROME1 inverted; RGB, YBR and palettes
    become RGB. `of_before` is that of `bench.data.formats.dicom_display.shown`.

    Raises:
        DataError: if the reader is not installed, the file is broken, has several frames of which
            none is chosen, or is of a kind that is not supported.
    """
    with guarded(path):
        return _picture(path, data, part, of_before)


def dicom_values(path: Path, data: bytes, part: Part) -> NDArray[Any]:
    """The stored values of a frame, `(h, w)` or `(h, w, 3)`, before any rescaling or window.

    Raises:
        DataError: as `dicom` does.
    """
    with guarded(path):
        file, frame = _opened(path, data, part)
        return stored_values(file, frame)[0]


def _opened(path: Path, data: bytes, part: Part) -> tuple[Any, int]:
    """The file, and which frame of it is meant, from 0."""
    pydicom = reader()
    if part.axis is not None or part.index is not None:
        raise DataError(f"{path}: axis and index are for NIfTI volumes; this file is DICOM.")
    plain = inflated(path, data)
    try:
        file: Any = pydicom.dcmread(
            BytesIO(plain), force=plain[PREAMBLE:][:4] != b"DICM", specific_tags=_TAGS
        )
    except pydicom.errors.InvalidDicomError:
        raise DataError(f"{path}: is no DICOM file. Replace or remove it.") from None
    if not any(name in file for name in _PIXELS):
        if "Rows" in file or "BitsAllocated" in file or _is_of_images(file):
            raise DataError(
                f"{path}: its pixels are missing: it was cut off, or holds no image. Replace or "
                "remove it."
            )
        if data[PREAMBLE:][:4] != b"DICM" and not begins_like_dicom(data[:START]):
            raise DataError(f"{path}: is no DICOM file. Replace or remove it.")
        raise DataError(f"{path}: holds no image, as reports and plans do. Remove it.")
    if str(file.get("SOPClassUID") or "") in SEGMENTATIONS:
        raise DataError(
            f"{path}: is a segmentation and no image. Move it away, or name it as the mask of its "
            "images in a manifest.csv."
        )
    if not file.get("NumberOfFrames", 1):
        del file.NumberOfFrames  # of an empty one pydicom would warn
    frame = chosen_frame(path, int(file.get("NumberOfFrames") or 1), part)
    refuse_too_large(path, int(file.Rows) * int(file.Columns))
    return file, frame


def _is_of_images(file: Any) -> bool:
    """Whether a file says before everything else that it holds an image."""
    kind = file.file_meta.get("MediaStorageSOPClassUID") if hasattr(file, "file_meta") else None
    return kind is not None and "Image" in str(kind.name)


def _picture(path: Path, data: bytes, part: Part, of_before: bool) -> Picture:
    file, frame = _opened(path, data, part)
    values, meaning = stored_values(file, frame)
    if meaning == "PALETTE COLOR" and values.ndim == 2:
        return _of_file(_coloured(values, file), file)
    if values.ndim == 3:
        if meaning != "RGB" or values.shape[2] != 3:
            raise Unreadable("its colour space is not supported")
        return _of_file(_colours(values, file), file)
    if meaning not in ("MONOCHROME1", "MONOCHROME2"):
        raise Unreadable("it does not say whether it is gray or in colour")
    found = shown(values, Description(file, frame), of_before)
    pixels = 255 - found.levels if meaning == "MONOCHROME1" else found.levels
    return _of_file(pixels, file, found.said, found.stretched)


def _of_file(
    pixels: NDArray[np.uint8], file: Any, said: tuple[str, ...] = (), stretched: bool = False
) -> Picture:
    instance = str(file.get("SOPInstanceUID") or "")
    return Picture(
        pixels,
        "dicom",
        patient_of(file),
        said,
        spacing=_spacing(file),
        instance=instance,
        position=position_of(file),
        stretched=stretched,
    )


def _spacing(file: Any) -> tuple[float, float] | None:
    """Of the patient where it is known, else of the detector."""
    places = [file]
    for name in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for group in (file.get(name) or [])[:1]:
            places += list(group.get("PixelMeasuresSequence") or [])[:1]
    for name in ("PixelSpacing", "ImagerPixelSpacing"):
        for place in places:
            try:
                rows, columns = (float(mm) for mm in place.get(name) or ())
            except (TypeError, ValueError):
                continue
            if 0 < rows < 1000 and 0 < columns < 1000:
                return rows, columns
    return None


def _colours(values: NDArray[Any], file: Any) -> NDArray[np.uint8]:
    """RGB in 8 bits: of the bits that are stored the upper 8."""
    if values.dtype.kind != "u" and values.min() < 0:
        raise Unreadable("its colours are negative")
    bits = max(int(file.BitsStored), int(values.max()).bit_length(), 8)
    return np.asarray(values >> (bits - 8)).astype(np.uint8)


def _coloured(values: NDArray[Any], file: Any) -> NDArray[np.uint8]:
    """Each value's colour in the palette; of entries of 16 bits the upper 8."""
    signed, big_endian = file.get("PixelRepresentation") == 1, not file.original_encoding[1]
    tables = [
        palette(
            file.get(f"{colour}PaletteColorLookupTableDescriptor"),
            file.get(f"{colour}PaletteColorLookupTableData"),
            file.get(f"Segmented{colour}PaletteColorLookupTableData"),
            signed,
            big_endian,
        )
        for colour in ("Red", "Green", "Blue")
    ]
    wide = max(int(table.entries.max()) for table in tables) > 255
    colours = np.stack([table.of(values) >> (8 if wide else 0) for table in tables], axis=2)
    return colours.astype(np.uint8)
