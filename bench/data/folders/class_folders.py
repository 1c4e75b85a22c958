"""A folder with a sub-folder per class → the list of its cases.

`x_mask.png`, `x_mask_1.png` and so on are masks of the image `x`. Where no image has a mask, a name
like `with_mask_1.png` is one of an image.
"""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from sys import intern

from bench.data.folders.case import HOW, SPLITS, Case
from bench.data.formats.kinds import PICTURES, is_image
from bench.protocol.errors import DataError

_PATIENT = re.compile(r"(patient|pat|pt|subject|subj|sub|case)[-_ ]?\d+", re.IGNORECASE)
_FEW = 4  # classes that may be called so
_MASK = re.compile(r"_mask(_\d+)?$")


def cases_of_folders(root: Path) -> list[Case]:
    """Every case of a folder, in the order of the paths.

    Args:
        root: with a sub-folder per class, or with train, val and test that have such.

    Raises:
        DataError: if there is none, or masks have no image.
    """
    below = _folders(root)
    if below and all(folder.name.lower() in SPLITS for folder in below):
        found = [
            case
            for folder in below
            for case in _of_classes(root, _folders(folder), SPLITS[folder.name.lower()])
        ]
    else:
        found = _of_classes(root, below, "")
    if not found:
        raise DataError(f"Folder {root} holds no images in sub-folders. {HOW}")
    return found


def _of_classes(root: Path, folders: Iterable[Path], split: str) -> list[Case]:
    found: list[Case] = []
    lonely: list[str] = []
    folders = [*folders]
    _refuse_patients(root, [folder.name for folder in folders])
    for folder in folders:
        names = _images_below(root, folder)
        stems = {os.path.splitext(name)[0] for name in names}
        masks: dict[str, list[str]] = {}
        images = []
        for name in names:
            stem = os.path.splitext(name)[0]
            owner = _MASK.sub("", stem)
            if owner != stem and owner in stems:
                masks.setdefault(owner, []).append(name)
            else:
                images.append((name, stem))
                lonely += [name] if owner != stem else []
        label = intern(folder.name)
        found += [Case(name, label, split, "", tuple(masks.get(stem, ()))) for name, stem in images]
    if lonely and any(case.masks for case in found):
        stem, suffix = os.path.splitext(lonely[0])
        raise DataError(
            f"{root / lonely[0]}: looks like the mask of an image {_MASK.sub('', stem)}{suffix}, "
            "and there is none. Remove or rename it."
        )
    return found


def _refuse_patients(root: Path, names: Sequence[str]) -> None:
    """A study is often stored with a folder per patient, which would become as many classes."""
    if len(names) > _FEW and all(map(_PATIENT.fullmatch, names)):
        raise DataError(
            f"Folder {root}: its sub-folders, such as {names[0]!r}, are called like patients, and "
            "here a sub-folder is a class. Write a manifest.csv with the columns path, label and "
            "group."
        )


def _images_below(root: Path, folder: Path) -> list[str]:
    """Paths of the images in a folder and below it, relative to the root, in order.

    Plain strings throughout: a folder may hold a million files.
    """
    found = []
    for place, below, files in os.walk(folder):
        below[:] = [name for name in below if not name.startswith(".")]
        relative = os.path.relpath(place, root).replace(os.sep, "/")
        for name in files:
            known = os.path.splitext(name)[1].lower() in PICTURES
            if not name.startswith(".") and (known or is_image(Path(place, name))):
                found.append(f"{relative}/{name}")
    return sorted(found, key=lambda path: path.split("/"))


def _folders(root: Path) -> list[Path]:
    return sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
