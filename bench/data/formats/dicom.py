"""DICOM files → pictures; needs the extra `medical`.

Only the tags that describe pixels are read, and PatientID where it is asked for. No tag's value is
stored, printed or put into a message: what the reader says of a broken file may quote one, so
messages are made here.
"""

import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data.formats.dicom_display import Description, shown
from bench.data.formats.dicom_pixels import OVERLAYS, CutOff, Undecodable, stored_values
from bench.data.formats.dicom_tables import Unreadable, palette
from bench.data.formats.kinds import START, begins_like_dicom
from bench.data.formats.picture import Part, Picture, chosen_frame, refuse_too_large
from bench.protocol.errors import DataError

IDENTIFYING = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientAddress",
    "PatientTelephoneNumbers",
    "OtherPatientIDs",
    "AccessionNumber",
    "ReferringPhysicianName",
    "OperatorsName",
    "InstitutionName",
)
"""Tags that tell who the patient is, or lead there."""

BURNED_IN = "text is burned into the picture, by its tag BurnedInAnnotation"

_BURNED = "BurnedInAnnotation"
_PREAMBLE = 128  # bytes before the letters DICM
_DEFLATED = "1.2.840.10008.1.2.1.99"
SEGMENTATIONS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
"""What DICOM calls files of segments, and of label maps."""

_MOST_EXPANDED = 5 * 10**8  # bytes of a deflated file
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


def dicom(path: Path, data: bytes, part: Part) -> Picture:
    """The picture of a DICOM file.

    Gray as `bench.data.formats.dicom_display` says, MONOCHROME1 inverted; RGB, YBR and palettes
    become RGB.

    Raises:
        DataError: if the reader is not installed, the file is broken, has several frames of which
            none is chosen, or is of a kind that is not supported.
    """
    with guarded(path):
        return _picture(path, data, part)


def dicom_values(path: Path, data: bytes, part: Part) -> NDArray[Any]:
    """The stored values of a frame, `(h, w)` or `(h, w, 3)`, before any rescaling or window.

    Raises:
        DataError: as `dicom` does.
    """
    with guarded(path):
        file, frame = _opened(path, data, part)
        return stored_values(file, frame)[0]


def patient(data: bytes) -> str:
    """The PatientID of a DICOM file, "" where it has none or cannot be read.

    It identifies a person: it may only be hashed, in memory.
    """
    try:
        return _patient(reader().dcmread(BytesIO(data), True, True, specific_tags=["PatientID"]))
    except Exception:  # reading the pixels says what is wrong
        return ""


def instance_of(data: bytes) -> str:
    """What other files call a DICOM file, "" where it does not say, or cannot be read."""
    try:
        file = reader().dcmread(BytesIO(data), True, True, specific_tags=["SOPInstanceUID"])
    except Exception:  # reading the pixels says what is wrong
        return ""
    return str(file.get("SOPInstanceUID") or "")


def number_of_frames(data: bytes) -> int:
    """How many frames a DICOM file says that it has; 1 where it does not say, or is broken."""
    try:
        file = reader().dcmread(BytesIO(data), True, True, specific_tags=["NumberOfFrames"])
        return max(int(file.get("NumberOfFrames") or 1), 1)
    except Exception:  # reading the pixels says what is wrong
        return 1


def protected_tags(data: bytes) -> tuple[str, ...]:
    """Which of a file's tags may tell who the patient is, by their names; never what they say."""
    try:
        file = reader().dcmread(BytesIO(data), True, True, specific_tags=[*IDENTIFYING, _BURNED])
    except Exception:  # reading the pixels says what is wrong
        return ()
    found = [name for name in IDENTIFYING if str(file.get(name) or "").strip()]
    said = (f"tags that identify a patient: {', '.join(found)}",) if found else ()
    burned = str(file.get(_BURNED) or "").strip().upper() == "YES"
    return (*said, BURNED_IN) if burned else said


def whole_file(path: Path, data: bytes, classes: tuple[str, ...]) -> Any:
    """A file with all of its tags, None if it is of none of these SOP classes.

    Raises:
        DataError: if it would expand to any size.
    """
    pydicom = reader()
    plain = _inflated(path, data)
    _refuse_deflated_elsewhere(path, plain)
    forced = plain[_PREAMBLE:][:4] != b"DICM"
    start = pydicom.dcmread(BytesIO(plain), force=forced, specific_tags=["SOPClassUID"])
    if str(start.get("SOPClassUID") or "") not in classes:
        return None
    return pydicom.dcmread(BytesIO(plain), force=forced)


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Turns whatever reading a file raises into a `DataError` that quotes none of its tags."""
    try:
        yield
    except DataError:
        raise
    except ImportError as error:
        raise DataError(
            f"{path}: reading it needs {error.name}. Install it with: "
            "pip install 'classical-vs-deep[medical]'"
        ) from None
    except Undecodable as error:
        raise DataError(f"{path}: its pixels are {error}. Save it uncompressed.") from None
    except (CutOff, EOFError):
        raise DataError(
            f"{path}: cannot be read as DICOM, it is cut off: pixels are missing at its end. "
            "Replace or remove it."
        ) from None
    except Unreadable as error:
        raise DataError(
            f"{path}: cannot be read as DICOM, {error}. Save it anew with the software that wrote "
            "it, or remove it."
        ) from None
    except Exception as error:  # a broken file can raise errors of any kind, which may quote a tag
        raise DataError(
            f"{path}: cannot be read as DICOM ({type(error).__name__}). Replace or remove it."
        ) from None


@cache
def reader() -> Any:
    """pydicom, which is told not to warn: its warnings quote the values of tags."""
    import pydicom

    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    pydicom.config.logger.disabled = True
    warnings.filterwarnings("ignore", module=r"pydicom\b")
    return pydicom


def _patient(file: Any) -> str:
    return str(file.get("PatientID") or "").strip()


def _opened(path: Path, data: bytes, part: Part) -> tuple[Any, int]:
    """The file, and which frame of it is meant, from 0."""
    pydicom = reader()
    if part.axis is not None or part.index is not None:
        raise DataError(f"{path}: axis and index are for NIfTI volumes; this file is DICOM.")
    plain = _inflated(path, data)
    _refuse_deflated_elsewhere(path, plain)
    try:
        file: Any = pydicom.dcmread(
            BytesIO(plain), force=plain[_PREAMBLE:][:4] != b"DICM", specific_tags=_TAGS
        )
    except pydicom.errors.InvalidDicomError:
        raise DataError(f"{path}: is no DICOM file. Replace or remove it.") from None
    if not any(name in file for name in _PIXELS):
        if "Rows" in file or "BitsAllocated" in file or _is_of_images(file):
            raise DataError(
                f"{path}: its pixels are missing: it was cut off, or holds no image. Replace or "
                "remove it."
            )
        if data[_PREAMBLE:][:4] != b"DICM" and not begins_like_dicom(data[:START]):
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


def _inflated(path: Path, data: bytes) -> bytes:
    """A deflated file expanded, without its first group; others as they are.

    Raises:
        DataError: if it would expand to any size.
        CutOff: if it is damaged.
    """
    if data[_PREAMBLE : _PREAMBLE + 10] != b"DICM\x02\0\0\0UL":
        return data
    start = _PREAMBLE + 16 + int.from_bytes(data[_PREAMBLE + 12 : _PREAMBLE + 16], "little")
    if _DEFLATED.encode() not in data[:start]:
        return data
    try:
        unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
        expanded = unpacking.decompress(data[start:], _MOST_EXPANDED + 1)
    except zlib.error:
        raise CutOff("its compression is damaged") from None
    if len(expanded) > _MOST_EXPANDED:
        raise DataError(
            f"{path}: refused, deflated DICOM that expands to more than "
            f"{_MOST_EXPANDED / 1e9} GB. Save it without."
        )
    if not unpacking.eof:
        raise CutOff("its compression has no end")
    return expanded


def _refuse_deflated_elsewhere(path: Path, data: bytes) -> None:
    """Refuse what pydicom would expand without a limit: a deflated file whose first group does not
    say how long it is."""
    if _DEFLATED.encode() in data[:65536] and data[_PREAMBLE : _PREAMBLE + 4] == b"DICM":
        raise DataError(f"{path}: deflated DICOM without a group length. Save it without.")


def _picture(path: Path, data: bytes, part: Part) -> Picture:
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
    pixels, said = shown(values, Description(file, frame))
    pixels = 255 - pixels if meaning == "MONOCHROME1" else pixels
    return _of_file(pixels, file, said)


def _of_file(pixels: NDArray[np.uint8], file: Any, said: tuple[str, ...] = ()) -> Picture:
    instance = str(file.get("SOPInstanceUID") or "")
    return Picture(
        pixels,
        "dicom",
        _patient(file),
        said,
        spacing=_spacing(file),
        instance=instance,
        position=position_of(file),
    )


def position_of(place: Any) -> tuple[float, float, float] | None:
    """Where the first pixel of an image, or of the plane of a frame, lies in the patient, mm; None
    where that is not told."""
    try:
        x, y, z = (float(mm) for mm in place.get("ImagePositionPatient") or ())
    except (TypeError, ValueError):
        return None
    return x, y, z


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
