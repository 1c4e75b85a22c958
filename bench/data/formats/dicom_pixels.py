"""The stored values of one frame of a DICOM file, whatever its transfer syntax.

Uncompressed and run-length encoded pixels are read by pydicom, JPEG of 8 bits by Pillow, all others
(JPEG of 12 bits, lossless JPEG, JPEG-LS, JPEG 2000, JPEG XL) by imagecodecs. GDCM ends the whole
process at a damaged lossless JPEG, and so is left aside even where it is installed.
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
_RLE = "1.2.840.10008.1.2.5"
_CODECS = {  # of imagecodecs
    "baseline": "jpeg8_decode",
    "extended": "jpeg8_decode",
    "progressive": "jpeg8_decode",
    "lossless": "jpeg8_decode",
    "ls": "jpegls_decode",
    "jpeg2000": "jpeg2k_decode",
    "jpegxl": "jpegxl_decode",
}
_VIDEO = "1.2.840.10008.1.2.4.10"  # 100 to 108: MPEG-2, MPEG-4 and HEVC


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
    if syntax == _RLE:
        values, meaning = _run_lengths(file, syntax, frame)
    else:
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


def _run_lengths(file: Any, syntax: str, frame: int) -> tuple[NDArray[Any], str]:
    from pydicom.pixels.decoders.base import get_decoder

    decoder: Any = get_decoder(syntax)
    values, about = decoder.as_array(file, index=frame, decoding_plugin="pydicom")
    return values, str(about["photometric_interpretation"])


def _by_imagecodecs(
    file: Any, data: bytes, about: Codestream | None, meaning: str
) -> tuple[NDArray[Any], str]:
    import imagecodecs

    coding = "" if about is None else about.coding
    if str(file.file_meta.TransferSyntaxUID) in _JPEG_XL:
        coding = "jpegxl"
    if coding not in _CODECS:
        raise Undecodable("of a compression that no decoder knows")
    try:
        values = np.asarray(getattr(imagecodecs, _CODECS[coding])(data))
    except Exception as error:  # of each codec an error of its own
        raise Undecodable("compressed, and the decoder cannot read them") from error
    if values.ndim == 3:
        return _coloured(values, coding, meaning), "RGB"
    precision = int(file.BitsStored) if about is None else about.precision
    return _with_sign(values, file.PixelRepresentation == 1, precision), meaning


def _coloured(values: NDArray[Any], coding: str, meaning: str) -> NDArray[Any]:
    """RGB of what a decoder gave, which of JPEG 2000 takes back a transform of its own."""
    if meaning == "RGB" or (meaning in ("YBR_RCT", "YBR_ICT") and coding == "jpeg2000"):
        return values
    if meaning == "YBR_FULL" and values.dtype == np.uint8 and coding in ("lossless", "ls"):
        from pydicom.pixels.processing import convert_color_space

        return np.asarray(convert_color_space(values, "YBR_FULL", "RGB"))
    if meaning.startswith("YBR_FULL") and coding in ("extended", "progressive"):
        return values
    raise Undecodable("of a colour space that is not supported in this compression")


def _with_sign(values: NDArray[Any], signed: bool, precision: int) -> NDArray[Any]:
    """Values whose sign is that of the file, whatever that of the stream."""
    if signed == (values.dtype.kind == "i"):
        return values
    kept = values.astype(np.int64) & ((1 << precision) - 1)
    if not signed:
        return kept
    return np.where(kept >= 1 << (precision - 1), kept - (1 << precision), kept)
