"""Folders of masks that lie beside folders of images, or in them."""

import os
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.data.folders.names.spelling import folded
from bench.protocol.errors import DataError

MASKS = frozenset(
    {"mask", "masks", "label", "labels", "annotation", "annotations", "gt", "groundtruth"}
    | {"ground_truth", "seg", "segs", "segmentation", "segmentations", "manual", "1st_manual"}
)
"""What a folder of masks may be called where others may be classes."""

IMAGES = frozenset({"image", "images", "img", "imgs", "picture", "pictures", "data", "original"})
"""What a folder of images beside one of masks may be called."""

_BESIDE = re.compile(r"_(?:mask|seg|segmentation)(?:_\d+)?$")
_OF_A_MASK = re.compile(r"[-_](?:mask|seg|segmentation|gt|label|annotation|manual1)(?:[-_]?\d+)?$")


@dataclass(frozen=True)
class Paired:
    """Images of a folder, and their masks.

    Attributes:
        images: their paths.
        masks: image → paths of its masks.
        beside: folders that hold a folder of masks.
    """

    images: list[str]
    masks: dict[str, tuple[str, ...]]
    beside: frozenset[str]


def pair(root: Path, paths: Sequence[str]) -> Paired:
    """Find folders like `masks` whose files are called like images elsewhere, case and composition
    of letters apart.

    Raises:
        DataError: if a mask of such a folder has no image, or could be of several.
    """
    folders: dict[str, list[str]] = defaultdict(list)
    images: list[str] = []
    for path in paths:
        place = _place_of_masks(path)
        if place is None:
            images.append(path)
        else:
            folders[place].append(path)
    if not folders:
        return Paired(images, {}, frozenset())
    known: dict[str, list[str]] = defaultdict(list)
    for path in images:
        known[_key(path, IMAGES)].append(path)
    masks: dict[str, list[str]] = defaultdict(list)
    beside = set()
    for place, found in folders.items():
        owners = [(path, _owner(root, path, known)) for path in found]
        lonely = [path for path, owner in owners if owner is None]
        if 2 * len(lonely) > len(found) and not _is_of(place, images):  # a class of that name
            images += found
            continue
        if lonely:
            raise DataError(
                f"{root / lonely[0]}: lies in a folder of masks, and there is no image of its "
                "name. Rename it like its image, or remove it."
            )
        beside.add(place.rpartition("/")[0])
        for path, owner in owners:
            if owner is not None:
                masks[owner].append(path)
    images.sort(key=lambda path: path.split("/"))
    return Paired(images, {k: tuple(v) for k, v in masks.items()}, frozenset(beside))


def stem(path: str) -> str:
    """A path without its suffix, `.nii.gz` being one."""
    if path.lower().endswith(".nii.gz"):
        return path[: -len(".nii.gz")]
    return os.path.splitext(path)[0]


def image_of(name: str) -> str:
    """The name of the image whose mask, beside it, is called so; "" where it is no such name.

    >>> image_of("a/x_mask_1"), image_of("x_segmentation"), image_of("x_masked")
    ('a/x', 'x', '')
    """
    owner = _BESIDE.sub("", name)
    return "" if owner == name else owner


def _place_of_masks(path: str) -> str | None:
    """The folder of masks that a file lies in."""
    names = path.split("/")
    for i, name in enumerate(names[:-1]):
        if name.lower() in MASKS:
            return "/".join(names[: i + 1])
    return None


def _key(path: str, ignored: frozenset[str]) -> str:
    names = stem(path).split("/")
    return folded("/".join([*(n for n in names[:-1] if n.lower() not in ignored), names[-1]]))


def _owner(root: Path, path: str, known: Mapping[str, list[str]]) -> str | None:
    key = _key(path, MASKS)
    found = known.get(key) or known.get(_OF_A_MASK.sub("", key, count=1)) or []
    if len({stem(owner) for owner in found}) > 1:
        raise of_either(root / path, found[0], found[1])
    return found[0] if found else None


def of_either(mask: Path, one: str, other: str) -> DataError:
    """What to say of a mask whose name fits two images."""
    return DataError(
        f"{mask}: could be the mask of {one} and {other}: case and how letters are composed tell "
        "no names apart. Rename one of them and its mask."
    )


def _is_of(place: str, images: Sequence[str]) -> bool:
    """Whether a folder of masks lies beside one of images, or in a folder that holds images."""
    parent = place.rpartition("/")[0]
    for path in images:
        names = path.split("/")[:-1]
        folder = "/".join(names)
        if names and names[-1].lower() in IMAGES and folder.rpartition("/")[0] == parent:
            return True
        if parent and folder == parent:
            return True
    return False
