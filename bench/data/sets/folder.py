"""A folder of the user's images → `Dataset`, or the external part of one."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from bench.data.cache.grouping import shared_groups
from bench.data.cache.table import Recipe
from bench.data.dataset import Dataset, Split
from bench.data.folders.case import Case
from bench.data.folders.class_folders import table_beside
from bench.data.folders.listing import image_table
from bench.data.folders.manifest import cases
from bench.data.folders.metadata import refusal
from bench.data.folders.names.cases import is_of_a_case
from bench.data.folders.names.parts import parts_begun_with
from bench.data.folders.names.spelling import key_of
from bench.data.folders.reading import AS_IT_IS, Reading
from bench.data.folders.said import parts_in_names
from bench.data.folders.tree import tree_of
from bench.data.sets.folder_parts import FolderParts, in_two_parts
from bench.data.sets.namesakes import refuse_masks_as_images
from bench.data.sets.problems import Problems
from bench.data.splits import refuse_too_few
from bench.data.too_few import ClassTooSmall, Owner
from bench.protocol.errors import DataError, DataUnsuitable, nearest
from bench.protocol.metadata import EXTERNAL
from bench.protocol.preprocessing import Resize, in_order

DEFAULT_SIZE = 64
"""Pixels per side where the user names none."""

SEGMENTATION_SIZE = 256
"""The same for segmentation."""

_MANY = 4  # folders that are rather patients than classes


def load(
    root: Path,
    size: int | None = None,
    split_seed: int = 0,
    resize: Resize = "letterbox",
    preprocess: Sequence[str] = (),
    reading: Reading = AS_IT_IS,
    problems: Problems | None = None,
) -> Dataset:
    """Read a folder with one sub-folder per class, or with a manifest; for segmentation one of
    images and masks.

    The images are gray if all of them are, else RGB; a mask channel is added if any image has a
    mask. Splits are taken from the manifest (or from sub-folders train, val and test), a validation
    part is cut from train where none is given, and all three are made where no split is given.
    Where no groups are given, the files may tell them, see `bench.data.cache.grouping`.

    Pixels are decoded once, and found in the user's cache from then on.

    Args:
        root: the folder; its name is the data set's.
        size: pixels per side, by default 64, and for segmentation 256.
        split_seed: random state of the parts that are made here.
        resize: how images reach that size.
        preprocess: steps to take, see `bench.data.preprocessing`.
        reading: how its manifest is to be read.
        problems: takes what would be refused otherwise.

    Raises:
        DataError: if the folder, its manifest or an image cannot be used; names the file.
    """
    listing = cases(root, reading)
    if listing.closed and problems is None:
        raise DataError(listing.closed[0])
    if problems is not None:
        problems.unreadable += listing.closed
    classifies = reading.task == "classification"
    if listing.identifying and problems is None:
        raise refusal(f"Folder {root}", listing.identifying)
    found = listing.cases
    names = tuple(sorted({case.label for case in found if not case.external}))
    if classifies and len(names) < 2:
        hint = "" if image_table(root) else _inside(root, names[0]) or table_beside(root)
        raise DataUnsuitable(
            f"Folder {root} has one class only, {names[0]!r}; two are needed.{hint}"
        )
    _refuse_other_classes(f"Folder {root}", found, names)
    side = size or (DEFAULT_SIZE if classifies else SEGMENTATION_SIZE)
    recipe = Recipe(side, resize, in_order(preprocess), reading.task)
    if "crop-to-mask" in recipe.steps and not any(case.masks for case in found):
        raise DataError(f"Folder {root}: the step 'crop-to-mask' needs masks, and there is none.")
    if problems is not None and listing.split is not None:
        problems.split = listing.split
    shared = shared_groups(found)
    if shared and problems is None:
        raise in_two_parts(root, shared, listing.split)
    if shared and problems is not None:
        problems.shared += sorted(shared)
        found = [replace(case, group="") for case in found]
    work = FolderParts(
        root,
        found,
        names,
        recipe,
        split_seed,
        listing.metadata,
        problems is not None,
        listing.split,
    )
    try:
        if classifies and not any(case.split and not case.external for case in found):
            _refuse_too_few(root, [case for case in found if not case.external], names)
        by_folders = classifies and image_table(root) is None
        look = partial(refuse_masks_as_images, root, found) if by_folders else None
        data = work.dataset(work.entry(problems, look))
    except DataError as error:
        raise _of_patients(root, names, error) from None
    if data.files is None:
        return data
    own = [case for case in found if not case.external]
    begun = () if any(case.split for case in own) else parts_begun_with(map(_file_name, own))
    said = (*listing.findings, *([parts_in_names(begun)] if begun else []))
    return data.with_files(replace(data.files, said=said))


def _file_name(case: Case) -> str:
    return case.path.rpartition("/")[2]


def load_external(
    name: str,
    root: Path,
    class_names: tuple[str, ...],
    recipe: Recipe,
    reading: Reading = AS_IT_IS,
) -> Split:
    """Read a folder whose images are all of one external part, whatever parts they are in there.

    Args:
        name: of the part, with which the ids of the cases begin.
        root: the folder.
        class_names: of the data set.
        recipe: how the images of the data set were made.
        reading: how its manifest is to be read.

    Raises:
        DataError: if the folder, its manifest or an image cannot be used, or it has another class.
    """
    where = f"External part {name!r}"
    try:
        listing = cases(root, reading)
    except DataError as error:
        raise DataError(f"{where}: {error}") from None
    if listing.closed:
        raise DataError(f"{where}: {listing.closed[0]}")
    if listing.identifying:
        raise refusal(f"{where}, folder {root}", listing.identifying)
    spelled = {key_of(own): own for own in class_names}
    found = [
        replace(case, split=f"{EXTERNAL}{name}", label=spelled.get(key_of(case.label), case.label))
        for case in listing.cases
    ]
    _refuse_other_classes(f"{where}, folder {root}", found, class_names)
    if "crop-to-mask" in recipe.steps and not any(case.masks for case in found):
        raise DataError(f"{where}: the step 'crop-to-mask' needs masks, and there is none.")
    work = FolderParts(root, found, class_names, recipe, 0, listing.metadata)
    part = work.external_part(work.entry(None))
    ids = np.array([f"{name}/{case}" for case in part.case_ids.tolist()])
    return replace(part, case_ids=ids)


def _inside(root: Path, name: str) -> str:
    """Which folder inside the one that was taken for a class may be the data set, a sentence after
    a space; "" if none."""
    place = root / name
    while place.is_dir():
        below = sorted(path for path in place.iterdir() if path.is_dir() and tree_of(path).images)
        if len(below) > 1:
            return f" If the folders in it are the classes, or train and test: --data {place}"
        if not below:
            break
        place = below[0]
    return ""


def _of_patients(root: Path, names: Sequence[str], error: DataError) -> DataError:
    """What to say where classes are too small that are called like patients: a folder of each is
    no class."""
    small = isinstance(error, ClassTooSmall)
    if not small or len(names) < _MANY or not all(map(is_of_a_case, names)) or image_table(root):
        return error
    told = str(error).partition("; ")[0]
    return DataError(
        f"{told}. The {len(names):,} sub-folders, such as {names[0]!r} and {names[1]!r}, are "
        "called as patients or cases often are; here a sub-folder is a class. If they are "
        "patients, write a manifest.csv with the columns path, label and group."
        f"{table_beside(root)}"
    )


def _refuse_other_classes(where: str, found: Sequence[Case], names: tuple[str, ...]) -> None:
    """Refuse an external part with a class that the training images do not have."""
    others = sorted({case.label for case in found} - set(names))
    if others:
        near = nearest(others[0], names)
        hint = f"Is it {near!r}? " if near else ""
        raise DataError(
            f"{where} has the class {others[0]!r} outside the training images, which have "
            f"{', '.join(map(repr, names))}. {hint}Rename it, or leave its images out."
        )


def _refuse_too_few(root: Path, found: Sequence[Case], names: tuple[str, ...]) -> None:
    """Refuse a class that cannot be in each part before hours go into decoding."""
    labels = np.array([names.index(case.label) for case in found])
    groups = np.array([case.group for case in found]) if found[0].group else None
    owner = Owner(f"Folder {root}: ")
    refuse_too_few(labels, names, groups, 3, groups is not None, owner)
