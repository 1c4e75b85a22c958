"""What a worker does for the server: uploaded bytes → images, and what a bundle says of them."""

import hashlib
import io
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.data.folders.case import Case
from bench.deploy import asking
from bench.deploy.asking import Answers, Target
from bench.deploy.explaining import heatmap, picture_of
from bench.deploy.manifest import InputRules
from bench.deploy.pictures import Place, ReadImage, images_in
from bench.protocol.errors import DataError

MOST_FRAMES = 32
"""Of one upload."""

SIDE = 96
"""Pixels of a thumbnail, at most."""

_NAME = "image"  # no name that a client gave is looked at
_ITSELF = "Send the file itself as the body, as curl --data-binary @FILE does."
_NO_IMAGES = (
    *((b"PK", "a zip archive"), (b"%PDF", "a PDF file"), (b"<", "HTML or XML")),
    *((b"{", "JSON"), (b"data:", "a data URL")),
)
_IN_ANSWERS = (
    (
        r"frame is for DICOM and TIFF; name axis and index of a volume\.",
        "a volume has no frames. Leave out ?frame for its middle slice, or send a slice as an "
        "image of its own.",
    ),
    (r"; for all slices list each in a manifest\.csv.*", "; send others as images of their own"),
    (r"Name one in the column 'frame' of a manifest, (.*)\.", r"Name one of them, \1: ?frame=1."),
    (r"Move it away, or name it as the mask of its images in .*\.", "Send the image."),
    (r"(?:Replace or remove|Name another, or remove|Remove) it\.", "Send another file."),
)
"""What readers say of files in folders → the same of an upload, which comes without a manifest."""

_NIFTI_MAGIC = 344  # where the letters lie
_NIFTI_BYTES = 348
_LONGEST_PART = 1000  # bytes of the header of the first part of a form


@dataclass(frozen=True)
class Upload:
    """One file that was sent.

    Attributes:
        content: its bytes.
        frame: which of several is meant, from 1; None for all.
        picture: whether the image as it was read is wanted, too.
        heatmap: whether it is wanted where the models look.
        thumbnail: whether a small picture is wanted.
    """

    content: bytes
    frame: int | None = None
    picture: bool = False
    heatmap: bool = False
    thumbnail: bool = False


@dataclass(frozen=True, eq=False)
class Read:
    """What was read of one upload.

    Attributes:
        error: why nothing was, or "".
        frames: number of each image, None in a file of one.
        remarks: of each image.
        pictures: PNG of each image, where wanted.
        heatmaps: model → PNG of each image, where wanted and possible.
        thumbnails: PNG of each image, where wanted.
        patients: of each image, as the file names it, in memory only; see `ReadImage`.
    """

    error: str = ""
    frames: tuple[int | None, ...] = ()
    remarks: tuple[tuple[str, ...], ...] = ()
    pictures: tuple[bytes, ...] = ()
    heatmaps: dict[str, tuple[bytes, ...]] = field(default_factory=dict)
    thumbnails: tuple[bytes, ...] = ()
    patients: tuple[str, ...] = field(default=(), repr=False)


def ask_uploads(target: Target, uploads: Sequence[Upload]) -> tuple[list[Read], Answers | None]:
    """What a bundle says of the images in some uploads.

    Returns:
        what was read of each upload, and the answers to all of their images, one after the other.
    """
    rules = asking.rules_of(target)
    found = [_images(upload, rules) for upload in uploads]
    images = [image for each in found if not isinstance(each, str) for image in each]
    if not images:
        return [Read(error=str(each)) for each in found], None
    pixels = np.stack([image.pixels for image in images])
    answers = asking.ask(target, pixels)
    read = []
    for upload, each in zip(uploads, found, strict=True):
        if isinstance(each, str):
            read.append(Read(error=each))
            continue
        own = np.stack([image.pixels for image in each])
        maps = asking.explain(target, own) if upload.heatmap else {}
        read.append(
            Read(
                frames=tuple(_frame(image.name) for image in each),
                remarks=tuple(image.remarks for image in each),
                pictures=tuple(_png(picture_of(p)) for p in own) if upload.picture else (),
                heatmaps={
                    model: tuple(_png(heatmap(p, g)) for p, g in zip(own, grids, strict=True))
                    for model, grids in maps.items()
                },
                thumbnails=tuple(map(_thumbnail, own)) if upload.thumbnail else (),
                patients=tuple(image.patient for image in each),
            )
        )
    return read, answers


def digest_of(content: bytes) -> str:
    """The SHA-256 of an upload."""
    return hashlib.sha256(content).hexdigest()


def _images(upload: Upload, rules: InputRules) -> list[ReadImage] | str:
    """The images of an upload, or why there is none."""
    try:
        path = Path(_NAME + suffix_of(upload.content))
    except DataError as error:
        return str(error)
    place = Place(Path(), Case(path.name, "", frame=upload.frame), _NAME)
    found: list[ReadImage] = []
    for image in images_in(upload.content, path, place, rules, []):
        if not isinstance(image, ReadImage):
            return _in_answers(image.error)
        if len(found) == MOST_FRAMES:
            return f"It has more than {MOST_FRAMES} frames. Name one of them: ?frame=1."
        found.append(replace(image, remarks=tuple(map(_in_answers, image.remarks))))
    return found


def _in_answers(sentence: str) -> str:
    for pattern, words in _IN_ANSWERS:
        sentence = re.sub(pattern, words, sentence)
    return sentence


def suffix_of(content: bytes) -> str:
    """The suffix that files of this content usually have, where their first bytes alone are read
    otherwise; "" else.

    Raises:
        DataError: if it is a form, an archive or a text, which no reader of images is to try.
    """
    if content.startswith(b"\x1f\x8b"):
        start = _inflated(content)
        if _is_nifti(start):
            return ".nii.gz"
        raise DataError("It is a gzip file, and no NIfTI volume lies in it.")
    if content.startswith(b"--") and b"form-data" in content[:_LONGEST_PART].lower():
        raise DataError(f"It is a form (multipart/form-data), and no image. {_ITSELF}")
    for sign, what in _NO_IMAGES:
        if content.startswith(sign):
            raise DataError(f"It is {what}, and no image. {_ITSELF}")
    if _is_nifti(content):
        return ".nii"
    return ".bmp" if content.startswith(b"BM") else ""


def _is_nifti(start: bytes) -> bool:
    return start[_NIFTI_MAGIC:_NIFTI_BYTES] == b"n+1\0" or start[4:8] == b"n+2\0"


def _inflated(content: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(content, _NIFTI_BYTES)
    except zlib.error:
        return b""


def _frame(name: str) -> int | None:
    number = name.rpartition("#frame=")[2]
    return int(number) if number.isdigit() else None


def _thumbnail(pixels: NDArray[np.uint8]) -> bytes:
    picture = picture_of(pixels)
    picture.thumbnail((SIDE, SIDE))
    return _png(picture)


def _png(picture: Image.Image) -> bytes:
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()
