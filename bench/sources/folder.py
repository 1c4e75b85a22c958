"""A folder of the user's images → `Dataset`."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.dataset import Dataset, Provenance, Split
from bench.errors import DataError
from bench.sources.images import bits_used, decode, gray_if_equal, letterbox
from bench.sources.manifest import Case, cases
from bench.splits import automatic, validation

DEFAULT_SIZE = 64
"""Pixels per side where the user names none."""


def load(root: Path, size: int | None = None, split_seed: int = 0) -> Dataset:
    """Read a folder with one sub-folder per class, or with a `manifest.csv`.

    The images are gray if all of them are, else RGB; a mask channel is added if any image has a
    mask. Splits are taken from the manifest (or from sub-folders train, val and test), a validation
    part is cut from train where none is given, and all three are made where no split is given.

    Args:
        root: the folder; its name is the data set's.
        size: pixels per side, 64 by default; images are letterboxed.
        split_seed: random state of the parts that are made here.

    Raises:
        DataError: if the folder, its manifest or an image cannot be used; names the file.
    """
    found = cases(root)
    side = size or DEFAULT_SIZE
    names = tuple(sorted({case.label for case in found}))
    if len(names) < 2:
        raise DataError(f"Folder {root} has one class only, {names[0]!r}; two are needed.")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        bits = max(pool.map(bits_used, [root / case.path for case in found]))
    images = _read(root, found, side, bits)
    labels = np.array([names.index(case.label) for case in found], dtype=np.int64)
    groups = np.array([case.group for case in found]) if found[0].group else None
    whole = Split(images, labels, np.array([case.path for case in found]), groups)
    rows = _rows(root, found, whole, names, split_seed)
    return Dataset(
        name=root.resolve().name,
        class_names=names,
        train=whole.take(rows[0]),
        val=whole.take(rows[1]),
        test=whole.take(rows[2]),
        provenance=Provenance(
            source=f"images in the folder {root.resolve().name}",
            split="given" if found[0].split else "automatic",
            preprocessing=_preprocessing(found, side, bits),
        ),
    )


def _rows(
    root: Path, found: Sequence[Case], whole: Split, names: tuple[str, ...], seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    if not found[0].split:
        return automatic(whole.labels, names, whole.groups, whole.images, seed)
    split = np.array([case.split for case in found])
    for needed in ("train", "test"):
        if needed not in split:
            raise DataError(f"Folder {root}: no image is in the split {needed!r}.")
    train, val, test = (np.flatnonzero(split == name) for name in ("train", "val", "test"))
    if not len(val):
        train, val = validation(train, whole, names, seed)
    return train, val, test


def _read(root: Path, found: Sequence[Case], side: int, bits: int) -> NDArray[np.uint8]:
    """`(n, side, side, c)` in the order of the cases."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        read = list(pool.map(partial(_read_case, root, side, bits), found))
    colours = 3 if any(picture.ndim == 3 for picture, _ in read) else 1
    with_masks = any(case.masks for case in found)
    images = np.zeros((len(found), side, side, colours + with_masks), np.uint8)
    for image, (picture, mask) in zip(images, read, strict=True):
        image[..., :colours] = picture if picture.ndim == 3 else picture[..., None]
        if mask is not None:
            image[..., -1] = mask
    return images


def _read_case(
    root: Path, side: int, bits: int, case: Case
) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """The image `(side, side)` or `(side, side, 3)`, and its mask, 255 inside any lesion."""
    pixels = decode(root / case.path, bits)
    picture = letterbox(gray_if_equal(pixels), side)
    if not case.masks:
        return picture, None
    inside = np.zeros((side, side), np.uint8)
    for path in case.masks:
        drawn = decode(root / path)
        if drawn.shape[:2] != pixels.shape[:2]:
            raise DataError(
                f"{root / path}: the mask is {drawn.shape[1]}×{drawn.shape[0]} px, its image "
                f"{pixels.shape[1]}×{pixels.shape[0]}."
            )
        flat = drawn if drawn.ndim == 2 else drawn.max(axis=2)
        inside |= letterbox(np.where(flat > 0, 255, 0).astype(np.uint8), side, smooth=False)
    return picture, inside


def _preprocessing(found: Sequence[Case], side: int, bits: int) -> tuple[str, ...]:
    steps = [f"letterboxed to {side}×{side} px"]
    if bits > 8:
        steps.insert(0, f"the upper 8 of {bits} bits kept")
    if any(case.masks for case in found):
        steps.append("masks added as the last channel")
    return tuple(steps)
