"""Small DICOM files, made element by element."""

from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

RAMP = np.tile(np.arange(4096)[::16], (8, 1))
"""0, 16, ... 4080 along each row."""


def dataset(pixels: np.ndarray, photometric: str = "MONOCHROME2", stored: int = 0, **tags):
    """A data set of these pixels `(h, w)`, `(n, h, w)` or, in colour, `(h, w, 3)`."""
    bits = 8 if pixels.dtype == np.uint8 else 16
    stored = stored or bits
    file = pydicom.Dataset()
    file.file_meta = FileMetaDataset()
    file.file_meta.TransferSyntaxUID = tags.pop("syntax", ExplicitVRLittleEndian)
    file.file_meta.MediaStorageSOPClassUID = file.SOPClassUID = SecondaryCaptureImageStorage
    file.file_meta.MediaStorageSOPInstanceUID = file.SOPInstanceUID = generate_uid()
    colour = pixels.ndim == 3 and pixels.shape[2] == 3
    file.Rows, file.Columns = pixels.shape[:2] if colour else pixels.shape[-2:]
    file.SamplesPerPixel = 3 if colour else 1
    if colour:
        file.PlanarConfiguration = 0
    elif pixels.ndim == 3:
        file.NumberOfFrames = len(pixels)
    file.PhotometricInterpretation = photometric
    file.BitsAllocated, file.BitsStored, file.HighBit = bits, stored, stored - 1
    file.PixelRepresentation = int(pixels.dtype.kind == "i" and bool((pixels < 0).any()))
    order = "<" if file.file_meta.TransferSyntaxUID.is_little_endian else ">"
    kind = "i" if file.PixelRepresentation else "u"
    file.PixelData = pixels.astype(f"{order}{kind}{bits // 8}").tobytes()
    for name, value in tags.items():
        setattr(file, name, value)
    return file


def write(path: Path, pixels: np.ndarray, photometric: str = "MONOCHROME2", **tags) -> Path:
    """A file of such a data set."""
    dataset(pixels, photometric, **tags).save_as(path, enforce_file_format=True)
    return path


def items(**tags) -> list[pydicom.Dataset]:
    """A sequence of one item of these tags."""
    item = pydicom.Dataset()
    for name, value in tags.items():
        setattr(item, name, value)
    return [item]


def lookup(descriptor: list[int], data, vr: str = "US") -> list[pydicom.Dataset]:
    """A sequence of one lookup table; `data` of the VR "OW" are bytes."""
    item = pydicom.Dataset()
    item.add_new(0x00283002, "SS" if min(descriptor) < 0 else "US", descriptor)
    item.add_new(0x00283006, vr, data)
    return [item]
