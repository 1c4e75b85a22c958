"""Data sets that lie on this machine: in the folders of $BENCH_DATA, then in the user's cache.

Each of these folders may hold `medmnist/NAME.npz` (or `NAME.npz`) and `NAME/manifest.csv` (or
`NAME/manifest.parquet`).
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.data.dataset import Dataset
from bench.data.folders.listing import MANIFESTS
from bench.data.folders.medmnist_facts import MULTI_LABEL, SETS, VOLUMES
from bench.data.folders.reading import AS_IT_IS, Reading
from bench.data.sets import folder, medmnist
from bench.machine.cache_folder import cache as cache  # where downloads go, too
from bench.protocol.errors import DataError, DataUnavailable, dead_link
from bench.protocol.preprocessing import Resize

VARIABLE = "BENCH_DATA"
"""Environment variable that names folders, separated as in PATH."""


def folders() -> list[Path]:
    """Where data sets are looked for, in this order.

    Raises:
        DataError: if $BENCH_DATA names a folder that does not exist.
    """
    named = [Path(p) for p in os.environ.get(VARIABLE, "").split(os.pathsep) if p]
    for path in named:
        if not path.is_dir():
            raise DataError(
                f"${VARIABLE} names {path}, which is not a folder. Correct it.{dead_link(path)}"
            )
    return [*named, cache()] if cache().is_dir() else named


def available() -> list[str]:
    """Names of the data sets that can be loaded."""
    found = {name for name in SETS if any(_npz(name, size) for size in medmnist.SIZES)}
    for root in folders():
        found |= {path.parent.name for name in MANIFESTS for path in root.glob(f"*/{name}")}
    return sorted(found)


def missing() -> list[str]:
    """Names of the MedMNIST sets that could be downloaded."""
    return sorted(set(SETS) - set(available()))


def refuse_if_known(name: str) -> None:
    """Say why a MedMNIST set cannot be used, if the name is one of them.

    Raises:
        DataUnavailable: if it is not on this machine.
        DataError: if it is of a kind that is not supported.
    """
    if name in {*SETS, *MULTI_LABEL, *VOLUMES}:
        medmnist.check_name(name)
        raise DataUnavailable(
            f"Data set {name!r} is not on this machine. Get it with "
            f"'python -m bench data get {name}', or put {name}.npz into a folder named in "
            f"${VARIABLE}."
        )


def load(
    name: str,
    size: int | None = None,
    split_seed: int = 0,
    resize: Resize = "letterbox",
    preprocess: Sequence[str] = (),
    reading: Reading = AS_IT_IS,
) -> Dataset:
    """Load a data set by name.

    Args:
        name: one of `available()`.
        size: pixels per side. A MedMNIST set has a file for each size; None takes the smallest
            that is here. A folder's images are scaled; None takes 64.
        split_seed: random state of a split that is made here.
        resize, preprocess, reading: for a folder, see `folder.load`; the images of a MedMNIST
            set come as they are.

    Raises:
        DataUnavailable: if it is not on this machine in that size.
        DataError: if it cannot be used as it is.
    """
    if place := place_of(name):
        return folder.load(place, size, split_seed, resize, preprocess, reading)
    if name not in SETS:
        raise DataUnavailable(f"Data set {name!r} is not on this machine.")
    if size is not None and size not in medmnist.SIZES:
        sizes = ", ".join(map(str, medmnist.SIZES))
        raise DataError(f"Data set {name!r} is published with {sizes} px, not {size}.")
    for side in [size] if size else medmnist.SIZES:
        if path := _npz(name, side):
            return medmnist.load(path, name)
    raise DataUnavailable(
        f"Data set {name!r} is not on this machine with {size} px. Get it with "
        f"'python -m bench data get {name} --size {size}'."
    )


def load_segmentation(
    name: str,
    size: int | None = None,
    split_seed: int = 0,
    resize: Resize = "letterbox",
    preprocess: Sequence[str] = (),
    reading: Reading = AS_IT_IS,
) -> Dataset:
    """Load a folder of images and masks by name; see `load`.

    Raises:
        DataUnavailable: if it is not on this machine.
        DataError: if it cannot be used as it is.
    """
    place = place_of(name)
    if place is None:
        raise DataUnavailable(f"Data set {name!r} has no folder of images and masks here.")
    outlines = replace(reading, task="segmentation")
    return folder.load(place, size, split_seed, resize, preprocess, outlines)


def place_of(name: str) -> Path | None:
    """The folder of images with a manifest that has this name, None where there is none."""
    for root in folders():
        if any((root / name / manifest).is_file() for manifest in MANIFESTS):
            return root / name
    return None


def npz_file(name: str) -> Path | None:
    """The smallest file of a MedMNIST set that is here, None where there is none."""
    return next((path for side in medmnist.SIZES if (path := _npz(name, side))), None)


def _npz(name: str, size: int) -> Path | None:
    file = medmnist.file_name(name, size)
    for root in folders():
        for path in (root / "medmnist" / file, root / file):
            if path.is_file():
                return path
    return None
