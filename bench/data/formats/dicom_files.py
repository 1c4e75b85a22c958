"""DICOM files without their pixels: opened, and asked for single tags; needs the extra `medical`.

No tag's value is stored, printed or put into a message: what the reader says of a broken file may
quote one, so messages are made here.
"""

import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from bench.data.formats.dicom_pixels import CutOff, Undecodable
from bench.data.formats.dicom_tables import Unreadable
from bench.data.formats.picture import without_reader
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
PREAMBLE = 128
"""Bytes before the letters DICM."""

SEGMENTATIONS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
"""What DICOM calls files of segments, and of label maps."""

_DEFLATED = "1.2.840.10008.1.2.1.99"
_MOST_EXPANDED = 5 * 10**8  # bytes of a deflated file


def patient_of(file: Any) -> str:
    """The PatientID of an opened file, "" where it has none; it may only be hashed, in memory."""
    return str(file.get("PatientID") or "").strip()


def position_of(place: Any) -> tuple[float, float, float] | None:
    """Where the first pixel of an image, or of the plane of a frame, lies in the patient, mm; None
    where that is not told."""
    try:
        x, y, z = (float(mm) for mm in place.get("ImagePositionPatient") or ())
    except (TypeError, ValueError):
        return None
    return x, y, z


def patient(data: bytes) -> str:
    """The PatientID of a DICOM file, "" where it has none or cannot be read.

    It identifies a person: it may only be hashed, in memory.
    """
    try:
        return patient_of(reader().dcmread(BytesIO(data), True, True, specific_tags=["PatientID"]))
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
    plain = inflated(path, data)
    forced = plain[PREAMBLE:][:4] != b"DICM"
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
        raise without_reader(path, error) from None
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


def inflated(path: Path, data: bytes) -> bytes:
    """A deflated file expanded, without its first group; others as they are.

    Raises:
        DataError: if it would expand to any size.
        CutOff: if it is damaged.
    """
    plain = _expanded(path, data)
    _refuse_deflated_elsewhere(path, plain)
    return plain


def _expanded(path: Path, data: bytes) -> bytes:
    if data[PREAMBLE : PREAMBLE + 10] != b"DICM\x02\0\0\0UL":
        return data
    start = PREAMBLE + 16 + int.from_bytes(data[PREAMBLE + 12 : PREAMBLE + 16], "little")
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
    if _DEFLATED.encode() in data[:65536] and data[PREAMBLE : PREAMBLE + 4] == b"DICM":
        raise DataError(f"{path}: deflated DICOM without a group length. Save it without.")
