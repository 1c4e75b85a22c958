"""What kind of file it is, by its first bytes and, where these do not tell, by its name."""

from pathlib import Path
from typing import Literal

Kind = Literal["dicom", "nifti", "tiff", "png", "jpeg", "jpeg2000", "picture", ""]
"""What reads a file: "picture" is everything else that Pillow knows, "" nothing."""

PICTURES = frozenset(
    {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif"}
    | {".jp2", ".j2k", ".jpc", ".jpf", ".jpx"}
)
"""Suffixes of files that are images whatever they begin with."""

START = 264
"""Bytes that tell a kind."""

_DICOM = (".dcm", ".dicom", ".ima")
_NIFTI = (".nii", ".nii.gz")
_PREAMBLE = 128  # bytes before the letters DICM
_SIGNS: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "jpeg2000"),
    (b"\xff\x4f\xff\x51", "jpeg2000"),
    (b"GIF8", "picture"),
)
_VRS = frozenset(
    b"AE AS AT CS DA DS DT FL FD IS LO LT OB OF OW PN SH SL SQ SS ST TM UI UL UN US UT".split()
)


def kind_of(path: Path, start: bytes) -> Kind:
    """The kind of a file.

    Args:
        path: for its name.
        start: its first bytes, `START` of them or all that there are.
    """
    name = path.name.lower()
    if start[_PREAMBLE : _PREAMBLE + 4] == b"DICM":  # before it a file may look like a TIFF
        return "dicom"
    for sign, kind in _SIGNS:
        if start.startswith(sign):
            return kind
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "picture"
    if name.endswith(_NIFTI):
        return "nifti"
    if name.endswith(_DICOM):
        return "dicom"
    if path.suffix.lower() in PICTURES:
        return "picture"
    return "dicom" if begins_like_dicom(start) else ""


def is_image(path: Path) -> bool:
    """Whether the file's name, or else its first bytes, say that it is an image.

    A file with a usual name is not opened. One without a suffix of letters that may not be read
    counts as an image, since files of DICOM are called so.
    """
    if is_named_like_an_image(path.name):
        return True
    try:
        with path.open("rb") as file:
            return kind_of(path, file.read(START)) != ""
    except PermissionError:
        return not any(map(str.isalpha, path.suffix))
    except OSError:
        return False


def is_named_like_an_image(name: str) -> bool:
    """Whether a name or path has a suffix of images.

    >>> is_named_like_an_image("masks/a.NII.gz"), is_named_like_an_image("drawn by hand")
    (True, False)
    """
    return name.lower().endswith((*PICTURES, *_NIFTI, *_DICOM))


def begins_like_dicom(start: bytes) -> bool:
    """Whether bytes begin with the first elements of a DICOM file, group 2 or 8, as some devices
    write them."""
    if len(start) < 16 or start[:2] not in (b"\x02\0", b"\x08\0", b"\0\x08"):
        return False
    if start[4:6] in _VRS:
        return start[2:4] < b"\x20\0" or start[:2] == b"\0\x08"
    length = int.from_bytes(start[4:8], "little")
    following = start[8 + length : 10 + length]
    return start[:2] == b"\x08\0" and length % 2 == 0 and following == b"\x08\0"
