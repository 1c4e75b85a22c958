"""Two folders of any name whose files are called alike, one of which holds masks.

raw/1.png                       binary/1.png
benign/raw/1.png                benign/binary/1.png
701_StillsRaw_full/1.png        LabeledApproved_full/1_L.png                CamVid
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.data.folders.case import Case
from bench.data.folders.names.mask_folders import stem
from bench.data.folders.names.spelling import folded
from bench.data.formats.images import file_bytes, read
from bench.data.formats.picture import Picture
from bench.protocol.errors import DataError

_FEW_FOLDERS = 4  # that may be images, masks and what else is made of them
_LOOKED_AT = 6  # files of a folder
_FEW_VALUES = 32  # of a mask, in gray or in colours; an image has more
_FEW_GRAYS = 16  # that make up most of a mask at any size
_PIXELS = 10**6  # that are counted of a file
_EXTREME = 16  # levels that JPEG adds to black and takes from white
_NEARLY_ALL = 0.97  # pixels of a black-and-white picture saved as JPEG
_BETWEEN = re.compile(r"[-_. ]")

_Name = tuple[str, str]
"""The folders of a file but for the one that is compared, and its name without suffix."""


def refuse_masks_as_images(root: Path, cases: Sequence[Case], pixels: NDArray[np.uint8]) -> None:
    """Refuse two folders where each file of one is called like one of the other, and shows what a
    mask does, while the others do not.

    Args:
        root: the data set.
        cases: n images, each in the folder of its class.
        pixels: `(n, h, w, c)` what was made of them; files are opened only where these hold few
            levels.

    Raises:
        DataError: naming both.
    """
    classes: dict[str, list[int]] = defaultdict(list)
    lowest: dict[str, list[int]] = defaultdict(list)
    for row, case in enumerate(cases):
        classes[case.label].append(row)
        lowest[case.path.split("/")[-2]].append(row)
    paths = [case.path for case in cases]
    for folders in [classes] if lowest == classes else [classes, lowest]:
        if 2 <= len(folders) <= _FEW_FOLDERS:
            _refuse(root, paths, folders, pixels)


def _refuse(
    root: Path,
    paths: Sequence[str],
    folders: Mapping[str, Sequence[int]],
    pixels: NDArray[np.uint8],
) -> None:
    known = {called: [_name(paths[row], called) for row in own] for called, own in folders.items()}
    chosen = {called: own[:: -(-len(own) // _LOOKED_AT)] for called, own in folders.items()}
    for images, masks in permutations(folders, 2):
        there = set(known[images])
        if not all(any(owner in there for owner in _owners(name)) for name in known[masks]):
            continue
        if not _are_of_few_grays(pixels[chosen[masks]]):
            continue
        values = _values(root, [paths[row] for row in chosen[masks]])
        if not values or max(values) > _FEW_VALUES or max(values) < 2:
            continue
        others = _values(root, [paths[row] for row in chosen[images]])
        if others and min(others) > _FEW_VALUES:
            raise DataError(
                f"Folder {root}: every file in {masks!r} is called like one in {images!r}, and "
                f"those that were looked at hold {max(values)} different values at most, as masks "
                "do: these seem to be images and their masks, and not all are images of a class. "
                "Call the folders images and masks, and each mask like its image (to segment, add "
                "--task segmentation). If all are images of a class, write a manifest.csv with the "
                "columns path and label."
            )


def _name(path: str, called: str) -> _Name:
    *names, last = stem(path).split("/")
    if called in names:  # and not another spelling of it
        names.remove(called)
    return folded("/".join(names)), folded(last)


def _owners(name: _Name) -> Iterator[_Name]:
    """Names that the image of a mask may have: its own, or that without words before or after."""
    folder, own = name
    yield name
    for between in _BETWEEN.finditer(own):
        yield folder, own[: between.start()]
        yield folder, own[between.end() :]


def _are_of_few_grays(pixels: NDArray[np.uint8]) -> bool:
    """Whether a few levels make up most of each of some images `(n, h, w, c)`, as of masks that
    have come to one size."""
    counted = [np.sort(np.bincount(one.ravel(), minlength=256)) for one in pixels]
    return all(levels[-_FEW_GRAYS:].sum() > levels.sum() / 2 for levels in counted)


def _values(root: Path, paths: Sequence[str]) -> list[int]:
    """How many values some files hold, without those that cannot be read."""
    found = []
    for path in paths:
        try:
            found.append(_different(read(root / path, file_bytes(root / path))))
        except DataError:  # named where the images are read
            continue
    return found


def _different(picture: Picture) -> int:
    """How many gray levels or colours a picture holds; 2 for black and white as JPEG."""
    pixels = picture.pixels.reshape(-1, *picture.pixels.shape[2:])  # (n,) or (n, 3)
    pixels = pixels[:: max(1, len(pixels) // _PIXELS)]
    if picture.format == "jpeg":
        black = (pixels < _EXTREME).reshape(len(pixels), -1).all(axis=1)
        white = (pixels > 255 - _EXTREME).reshape(len(pixels), -1).all(axis=1)
        if black.any() and white.any() and np.mean(black | white) > _NEARLY_ALL:
            return 2
    if pixels.ndim == 2:
        pixels = pixels.astype(np.int64) @ np.array([1, 1 << 16, 1 << 32])
    return len(np.unique(pixels))
