"""Images of a folder for segmentation, and which files are their masks."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.data.folders.names.mask_folders import stem
from bench.data.folders.names.mask_names import (
    is_called,
    kind_of_folder,
    place_of,
    without_image_word,
    without_mask_word,
)
from bench.data.folders.names.one_stem import images_of_one_stem
from bench.data.folders.names.spelling import folded
from bench.protocol.errors import DataError

_Key = tuple[tuple[str, ...], str]
"""Place and name, as `folded` gives them."""


@dataclass(frozen=True)
class Pairs:
    """Images, and their masks.

    Attributes:
        images: paths of all images.
        masks: image → paths of its masks, which are joined.
        folders: image → the folders of masks that these lie in, "" for its own folder.
        lonely: masks by their folder or name that have no image.
        doubtful: masks that could be of several images → these.
        unpaired: images that are called like masks → those that could be theirs; it is not certain
            that they are masks.
    """

    images: list[str]
    masks: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    folders: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    lonely: list[str] = field(default_factory=list)
    doubtful: dict[str, list[str]] = field(default_factory=dict)
    unpaired: dict[str, list[str]] = field(default_factory=dict)


def pairs_of(paths: Sequence[str]) -> Pairs:
    """Tell masks from images, and find the image of each.

    A mask lies in a folder that is called like one of masks, or is called like a mask and an image
    of the rest of its name, or one that is called just image, lies beside it. Where a folder of
    masks belongs to a single image, as where each image has its own, its masks may have any name;
    where one image alone has the name of a mask, it may lie anywhere. Beside a mask that no image
    is called like, the single one that has the rest of its name and another word is its image.
    Names are compared without regard to case and to how letters are composed.
    """
    apart = {path: folder for path in paths if (folder := _folder_of_masks(path)) is not None}
    others = [path for path in paths if path not in apart]
    index = _Index(others)
    beside = {path for path in others if _is_beside(path, index)}
    found = Pairs([path for path in others if path not in beside])
    index = _Index(found.images)
    for path in paths:
        folder = apart.get(path, "" if path in beside else None)
        if folder is None:
            continue
        owners = index.owners(path, alone=bool(folder))
        if len(owners) == 1:
            found.masks[owners[0]].append(path)
            found.folders[owners[0]].add(folder)
        elif owners:
            found.doubtful[path] = owners
        else:
            found.lonely.append(path)
    return _with_images_of_one_stem(found)


def called_after(path: str) -> str:
    """The path without suffix that the image of a mask would have by the mask's name; "" where it
    is not called like a mask.

    >>> called_after("a/x_SEG.nii.gz"), called_after("a/x.png")
    ('a/x', '')
    """
    own = stem(path)
    folder, slash, name = own.rpartition("/")
    short = without_mask_word(name)
    return "" if short == name else folder + slash + short


def _with_images_of_one_stem(found: Pairs) -> Pairs:
    """The same where what is called like a mask, and is none yet, has the mask's word and the image
    another one. An image that has masks of its own name has no others."""
    names = {path: name for path in found.images if (name := called_after(path))}
    names = {path: name for path, name in names.items() if path not in found.masks}
    if not names:
        return found
    images = [path for path in found.images if path not in names]
    several = images_of_one_stem(names, images)
    owners = {path: own[0] for path, own in several.items() if len(own) == 1}
    owners = {path: own for path, own in owners.items() if own not in found.masks}
    for path, owner in owners.items():
        found.masks[owner].append(path)
        found.folders[owner].add("")
    of_none = {path: several.get(path, []) for path in names if path not in owners}
    images = [path for path in found.images if path not in owners]
    return replace(found, images=images, unpaired=of_none)


def refuse_unclear(root: Path, pairs: Pairs) -> None:
    """Raise where it is not certain which mask belongs to which image.

    Raises:
        DataError: if a mask has no image, or could be of several; or if images have masks in more
            than one place, which may be of different things, or masks whose names differ in case
            alone.
    """
    how = "name the mask of each image in a manifest.csv with the columns path and mask."
    for path, owners in pairs.doubtful.items():
        listed = " and ".join(owners[:3])
        raise DataError(f"{root / path}: could be the mask of {listed}. Keep one, or {how}")
    for image, folders in pairs.folders.items():
        if len(folders) > 1:
            named = " and ".join(sorted(f"in {f!r}" if f else "beside it" for f in folders))
            raise DataError(
                f"{root / image}: has masks {named}, and they may be of different things. Move one "
                f"of them away, or {how}"
            )
        same = _of_one_name(pairs.masks[image])
        if same:
            raise DataError(
                f"{root / image}: {same[0]} and {same[1]} could both be its mask: case and how "
                f"letters are composed tell no names apart. Keep one, or {how}"
            )
    if pairs.lonely:
        raise DataError(
            f"{root / pairs.lonely[0]}: is called, or lies in a folder that is called, like a "
            f"mask, and no image has its name. Move it away, or {how}"
        )


def _of_one_name(masks: Sequence[str]) -> list[str]:
    """Masks of an image whose paths are the same but for case and composition; [] if none are."""
    known: dict[str, list[str]] = defaultdict(list)
    for path in masks:
        known[folded(stem(path))].append(path)
    return next((same for same in known.values() if len({stem(p) for p in same}) > 1), [])


class _Index:
    """Images by where they lie and what they are called."""

    def __init__(self, images: Iterable[str]) -> None:
        self._exact: dict[_Key, list[str]] = defaultdict(list)
        self._short: dict[_Key, list[str]] = defaultdict(list)
        self._place: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self._names: dict[str, list[str]] = defaultdict(list)
        for path in images:
            place, name = _key(path)
            self._exact[place, name].append(path)
            self._short[place, without_image_word(name)].append(path)
            self._place[place].append(path)
            self._names[name].append(path)

    def owners(self, path: str, alone: bool) -> list[str]:
        """The images that a mask can be of.

        Args:
            path: of the mask.
            alone: whether it is in a folder of masks, so that it is of the image of its name,
                wherever that lies, or of the only image beside that folder, whatever its name.
        """
        place, name = _key(path)
        short = without_mask_word(name)
        for index, key in ((self._exact, name), (self._exact, short), (self._short, short)):
            found = [owner for owner in index.get((place, key), ()) if owner != path]
            if found:
                return found
        if not alone:
            beside = self._place.get(place, []) if is_called("masks", name) else []
            return [owner for owner in beside if is_called("images", _key(owner)[1])]
        only = self._place.get(place, [])
        return self._names.get(name) or self._names.get(short) or (only if len(only) == 1 else [])


def _is_beside(path: str, index: _Index) -> bool:
    name = _key(path)[1]
    named = without_mask_word(name) != name or is_called("masks", name)
    return named and bool(index.owners(path, alone=False))


def _key(path: str) -> _Key:
    *names, last = stem(path).split("/")
    return tuple(map(folded, place_of(names))), folded(last)


def _folder_of_masks(path: str) -> str | None:
    """The folder of masks that a file lies in, from the outermost on."""
    names = path.split("/")[:-1]
    for i, name in enumerate(names):
        if kind_of_folder(name) == "masks":
            return "/".join(names[: i + 1])
    return None
