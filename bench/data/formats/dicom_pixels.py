"""The stored values of one frame of a DICOM file, whatever its transfer syntax.

pydicom decodes, with the decoders that are installed (GDCM, OpenJPEG, Pillow); what they do not
know, JPEG of 12 bits above all, imagecodecs does.
"""

from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.data.formats.codestream import Codestream, header
from bench.data.formats.dicom_tables import Unreadable

OVERLAYS = [(0x6000 + 2 * i, 0x0102) for i in range(16)]
"""Tags of the bits of pixels that overlays lie in."""

_JPEG8 = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51")
_JPEG_XL = ("1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.111", "1.2.840.10008.1.2.4.112")
_VIDEO = "1.2.840.10008.1.2.4.10"  # 100 to 108: MPEG-2, MPEG-4 and HEVC
_GRAY = ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")


class Undecodable(ValueError):
    """No installed decoder can read the pixels; the text says what they are."""


class CutOff(ValueError):
    """Pixels are missing at the end."""


def stored_values(file: Any, frame: int) -> tuple[NDArray[Any], str]:
    """One frame, `(h, w)` or `(h, w, 3)`, and the meaning of its samples: "RGB" for colours.

    Raises:
        Undecodable: if no decoder can read it.
        CutOff: if it is not complete.
        Unreadable: if the file contradicts itself.
    """
    syntax = file.file_meta.get("TransferSyntaxUID") if hasattr(file, "file_meta") else None
    if syntax is None:
        implicit, little = file.original_encoding
        plain = "1.2.840.10008.1.2" if implicit else "1.2.840.10008.1.2.1"
        syntax = plain if little else "1.2.840.10008.1.2.2"
    meaning = str(file.get("PhotometricInterpretation") or "").strip().upper()
    if _is_native(str(syntax)):
        values, meaning = _native(file, str(syntax), frame)
        return _in_use(values, file), meaning
    return _expanded(file, str(syntax), frame, meaning)


def _is_native(syntax: str) -> bool:
    return syntax in ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2") or (
        syntax == "1.2.840.10008.1.2.1.99"
    )


def _native(file: Any, syntax: str, frame: int) -> tuple[NDArray[Any], str]:
    from pydicom.pixels.decoders.base import get_decoder

    if "PixelData" in file:
        if file["PixelData"].is_undefined_length:
            raise Unreadable("its pixels are compressed, and it does not say how")
        bits = int(file.Rows) * int(file.Columns) * int(file.get("SamplesPerPixel") or 1)
        bits *= int(file.BitsAllocated)
        if str(file.PhotometricInterpretation) == "YBR_FULL_422":
            bits = bits * 2 // 3
        if len(file.PixelData) * 8 < bits * (frame + 1):
            raise CutOff("pixels are missing")
    decoder: Any = get_decoder(syntax)
    values, about = decoder.as_array(file, index=frame, correct_unused_bits=False)
    return values, str(about["photometric_interpretation"])


def _in_use(values: NDArray[Any], file: Any) -> NDArray[Any]:
    """The bits that are stored, without those above and below them, in which overlays may lie.

    Raises:
        Unreadable: if something else lies above them.
    """
    allocated, stored = int(file.BitsAllocated), int(file.get("BitsStored") or file.BitsAllocated)
    below = int(file.get("HighBit", stored - 1)) + 1 - stored
    if values.dtype.kind not in "iu" or allocated == 1 or (stored == allocated and not below):
        return values
    if not 0 < stored <= allocated or not 0 <= below <= allocated - stored:
        raise Unreadable("its bits stored and its high bit do not fit its bits allocated")
    unsigned = values.view(f"u{values.dtype.itemsize}") >> np.array(
        below, values.dtype.char.upper()
    )
    kept: NDArray[Any] = unsigned & ((1 << stored) - 1)
    above = unsigned >> stored
    if file.PixelRepresentation == 1:
        kept = kept.astype(np.int64)
        negative = kept >= 1 << (stored - 1)
        kept[negative] -= 1 << stored
        extended = negative & (above == (1 << (allocated - below - stored)) - 1)
        above = np.where(extended, 0, above)
    if above.any() and not any(int(file[tag].value or 0) for tag in OVERLAYS if tag in file):
        raise Unreadable("its pixels use more bits than it says are stored")
    return kept


def _expanded(file: Any, syntax: str, frame: int, meaning: str) -> tuple[NDArray[Any], str]:
    if syntax.startswith(_VIDEO) and syntax not in _JPEG_XL:
        raise Undecodable("video")
    data = _compressed(file, frame)
    shape = (int(file.Rows), int(file.Columns))
    about = header(data)
    if about is not None and (about.height, about.width) != shape:
        raise Unreadable("its compressed picture has other sides than it says")
    samples = int(file.get("SamplesPerPixel") or 1)
    if about is not None and about.samples != samples:
        raise Unreadable("its compressed picture has another number of samples than it says")
    if syntax in _JPEG8 and about is not None and about.precision == 8 and about.coding != "ls":
        return _jpeg(data, about, meaning)
    values, meaning = _by_pydicom(file, syntax, frame, meaning)
    if values is None:
        values, meaning = _by_imagecodecs(file, data, about, meaning)
    if values.shape[:2] != shape:
        raise Unreadable("its compressed picture has other sides than it says")
    return values, meaning


def _compressed(file: Any, frame: int) -> bytes:
    from pydicom.encaps import get_frame

    offsets = None
    if "ExtendedOffsetTable" in file and "ExtendedOffsetTableLengths" in file:
        offsets = (file.ExtendedOffsetTable, file.ExtendedOffsetTableLengths)
    try:
        return bytes(
            get_frame(
                file.PixelData,
                frame,
                extended_offsets=offsets,
                number_of_frames=int(file.get("NumberOfFrames") or 1),
            )
        )
    except ValueError as error:
        raise CutOff("frames are missing") from error


def _jpeg(data: bytes, about: Codestream, meaning: str) -> tuple[NDArray[Any], str]:
    """8-bit JPEG. Whether three samples are RGB is told by the stream; where that is silent, by the
    tag."""
    try:
        with Image.open(BytesIO(data), formats=("JPEG",)) as opened:
            raw = about.samples == 3 and not about.colours and meaning == "RGB"
            if raw:
                opened.draft("YCbCr", opened.size)  # without conversion
            elif about.colours == "RGB" and "adobe_transform" not in opened.info:
                return np.asarray(opened.convert("RGB")), "RGB"
            return np.asarray(opened), "RGB" if about.samples == 3 else meaning
    except OSError as error:
        raise CutOff("a JPEG is not complete") from error


def _by_pydicom(
    file: Any, syntax: str, frame: int, meaning: str
) -> tuple[NDArray[Any] | None, str]:
    """None where none of the decoders that pydicom knows can read it."""
    from pydicom.pixels.decoders.base import get_decoder

    try:
        decoder: Any = get_decoder(syntax)
        if not decoder.is_available:
            return None, meaning
        values, about = decoder.as_array(file, index=frame)
    except (NotImplementedError, RuntimeError):  # RuntimeError: each of them gave up
        return None, meaning
    return values, str(about["photometric_interpretation"])


def _by_imagecodecs(
    file: Any, data: bytes, about: Codestream | None, meaning: str
) -> tuple[NDArray[Any], str]:
    import imagecodecs

    coding = about.coding if about is not None else ""
    if str(file.file_meta.TransferSyntaxUID) in _JPEG_XL:
        coding = "jpegxl"
    try:
        if coding in ("baseline", "extended", "progressive") and about is not None:
            values = imagecodecs.jpeg_decode(data, bitspersample=about.precision)
        elif coding == "lossless":
            values = imagecodecs.ljpeg_decode(data)
        elif coding == "ls":
            values = imagecodecs.jpegls_decode(data)
        elif coding == "jpeg2000":
            values = imagecodecs.jpeg2k_decode(data)
        elif coding == "jpegxl":
            values = imagecodecs.jpegxl_decode(data)
        else:
            raise Undecodable("of a compression that no installed decoder knows")
    except Undecodable:
        raise
    except Exception as error:  # of each codec an error of its own
        raise Undecodable("compressed, and no installed decoder can read them") from error
    if values.ndim == 3 and meaning not in ("RGB", "YBR_RCT", "YBR_ICT"):
        raise Undecodable("of a colour space that is not supported in this compression")
    if file.PixelRepresentation == 1 and values.dtype.kind == "u":
        values = _signed(values, int(file.BitsStored))
    return values, "RGB" if values.ndim == 3 else meaning


def _signed(values: NDArray[Any], stored: int) -> NDArray[Any]:
    kept = values.astype(np.int64) & ((1 << stored) - 1)
    return np.where(kept >= 1 << (stored - 1), kept - (1 << stored), kept)
