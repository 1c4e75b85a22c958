"""Files → images as the methods of a bundle see them, by the rules that were frozen with it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.data.folders.case import Case
from bench.data.formats.dicom_files import number_of_frames
from bench.data.formats.images import file_bytes, gray_if_equal, read
from bench.data.formats.kinds import START, kind_of
from bench.data.formats.masks import read_mask
from bench.data.formats.picture import Part, Picture
from bench.data.formats.pillow import pages
from bench.data.formats.protection import remarks_on
from bench.data.preprocessing import prepare_image
from bench.deploy.manifest import READING_OF_BEFORE, InputRules
from bench.protocol.errors import DataError

Pixels = NDArray[np.uint8]

GRAY_OF_COLOUR = "in colour, reduced to gray as the training images are gray"
_EIGHT = 8  # bits of ordinary pictures, beside which those of 16 are of another kind
_CUT_OFF = 0.1  # of the pixels of an image of one bit more, beyond which it is left out
_LOST = 4  # bits of 8; with as few left an image is all but black

DEEPER = "brighter than any training image: cut off at their depth"
SHALLOWER = "far darker than the training images at their depth: it comes out all but black"
STRETCHED = (
    "it names no window: its own darkest and brightest values became black and white, as those of "
    "no training image did"
)
ONE_FILE = "\0"
"""Before the name of a file in the place of a patient: frames and slices of a file that names none
are of one."""

MOST_FRAMES = 10_000
"""Of one file; each is an image of its own."""


@dataclass(frozen=True)
class Place:
    """Where one image, or a file of several, lies.

    Attributes:
        root: folder that paths are relative to.
        case: the file, and which part of it.
        name: what it is called in the file of predictions, without the part.
        problem: why it cannot be read, where that is known already; else "".
    """

    root: Path
    case: Case
    name: str
    problem: str = ""

    @property
    def id(self) -> str:
        """What its image is called; each frame of a file of several has one of its own."""
        return self.case.called(self.name)


@dataclass(frozen=True, eq=False)
class ReadImage:
    """One image.

    Attributes:
        name: of the case.
        pixels: `(h, w, c)` as a method sees it.
        sha256: of its file.
        remarks: what has to be said of it.
        label: as a manifest gives it, or "".
        patient: as a manifest or the file names it, in memory only; see `ONE_FILE`.
    """

    name: str
    pixels: Pixels
    sha256: str
    remarks: tuple[str, ...] = ()
    label: str = ""
    patient: str = field(default="", repr=False)


@dataclass(frozen=True)
class Unread:
    """One image that cannot be read, and why."""

    name: str
    error: str


def images_of(place: Place, rules: InputRules) -> Iterator[ReadImage | Unread]:
    """The image of a place, or those of all frames of its file, read one after the other."""
    if place.problem:
        yield Unread(place.name, place.problem)
        return
    path = place.root / place.case.path
    try:
        data = file_bytes(path)
        masks = [(place.root / name, file_bytes(place.root / name)) for name in place.case.masks]
    except DataError as error:
        yield Unread(place.name, str(error))
        return
    yield from images_in(data, path, place, rules, masks)


def images_in(
    data: bytes,
    path: Path,
    place: Place,
    rules: InputRules,
    masks: list[tuple[Path, bytes]],
) -> Iterator[ReadImage | Unread]:
    """The same of content that was read before.

    Args:
        data: of the file.
        path: its name, for messages and where its first bytes do not tell what it is.
        place: which part of it.
        rules: of the bundle.
        masks: names and contents of the masks.
    """
    digest = hashlib.sha256(data).hexdigest()
    for case in _frames(path, data, place.case):
        name = case.called(place.name)
        try:
            part = Part(case.frame, case.axis, case.index)
            picture = read(path, data, part, of_before=rules.reading == READING_OF_BEFORE)
            pixels, remarks = _one(path, data, case, rules, masks, picture)
        except DataError as error:
            yield Unread(name, str(error))
        else:
            of_file = ONE_FILE + place.name if name != place.name else ""
            patient = case.group or picture.patient or of_file
            yield ReadImage(name, pixels, digest, remarks, case.label, patient)


def _frames(path: Path, data: bytes, case: Case) -> list[Case]:
    """One case for each frame of a file of several, where none is named."""
    if case.frame is not None or case.axis is not None or case.index is not None:
        return [case]
    kind = kind_of(path, data[:START])
    if kind == "dicom":
        frames = number_of_frames(data)
    elif kind == "nifti" or kind == "":
        frames = 1
    else:
        frames = pages(data)
    if frames < 2 or frames > MOST_FRAMES:
        return [case]
    return [replace(case, frame=frame) for frame in range(1, frames + 1)]


def _one(
    path: Path,
    data: bytes,
    case: Case,
    rules: InputRules,
    masks: list[tuple[Path, bytes]],
    picture: Picture,
) -> tuple[Pixels, tuple[str, ...]]:
    if _is_of_another_depth(picture, rules.bits):
        raise DataError(
            f"{path}: its values take {picture.bits} bits, those of the training images "
            f"{rules.bits}: what is bright in it would come out white. Save it in {rules.bits} "
            "bits, as they were."
        )
    part = Part(case.frame, case.axis, case.index)
    inside = _inside(path, part, rules, masks, picture)
    remarks = [*picture.remarks, *remarks_on(data, picture)]
    if picture.stretched and rules.stretched is False:
        remarks.append(STRETCHED)
    if picture.bits > rules.bits:
        remarks.append(DEEPER)
    elif picture.pixels.dtype != np.uint8 and rules.bits - picture.bits >= _LOST:
        remarks.append(SHALLOWER)
    pixels = gray_if_equal(picture.levels(rules.bits))
    if pixels.ndim == 3 and not rules.colour:
        pixels = np.asarray(Image.fromarray(pixels).convert("L"))
        remarks.append(GRAY_OF_COLOUR)
    shape = (rules.height, rules.width)
    prepared, mask = prepare_image(pixels, inside, rules.steps, shape, rules.resize)
    image = np.zeros((*shape, rules.channels), np.uint8)
    colours = rules.channels - rules.masked
    image[..., :colours] = prepared if prepared.ndim == 3 else prepared[..., None]
    if mask is not None:
        image[..., -1] = mask
    return image, tuple(dict.fromkeys(remarks))


def _is_of_another_depth(picture: Picture, bits: int) -> bool:
    """Whether a picture takes bits that the training images do not have, and not by being a little
    brighter: any beside those of 8, two or more beside deeper ones, or one, if a tenth of its
    pixels would be cut off."""
    more = picture.bits - bits
    if more == 1 and bits > _EIGHT:
        return bool(np.mean(picture.pixels >= 1 << bits) > _CUT_OFF)
    return more > 0


def _inside(
    path: Path,
    part: Part,
    rules: InputRules,
    masks: list[tuple[Path, bytes]],
    picture: Picture,
) -> Pixels | None:
    """255 inside the lesion, None where the bundle wants no mask."""
    if not rules.masked:
        return None
    if not masks:
        raise DataError(
            f"{path}: this bundle was trained with lesion masks, and there is none of this image. "
            "Give one (name_mask.png beside it, or a column 'mask' of a manifest.csv), or train "
            "with --without-masks."
        )
    inside = np.zeros(picture.pixels.shape[:2], np.uint8)
    for name, data in masks:
        inside[read_mask(name, data, part, picture).inside] = 255
    return inside
