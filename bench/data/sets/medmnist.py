"""MedMNIST's npz files: reading and downloading them (Yang et al. 2023, Scientific Data 10:41)."""

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bench.data.cache.decoded import Entry
from bench.data.cache.unpacked import File, Packed
from bench.data.dataset import SPLITS, Dataset, Provenance, Split, SplitName
from bench.data.folders.medmnist_facts import MODALITIES, MULTI_LABEL, ORIGINS, SETS, VOLUMES
from bench.data.formats.npz import Archive
from bench.data.sets.download import Progress
from bench.data.sets.download import download as fetch
from bench.protocol.errors import DataError, did_you_mean

SIZES = (28, 64, 128, 224)
"""Sides in px of the files that are published."""
BASE = "https://zenodo.org/records/10519652/files"
"""Address of the folder that holds them."""

_CITATION = "Yang et al. 2023, MedMNIST v2, Scientific Data 10:41"


def file_name(name: str, size: int) -> str:
    """The published file's name, for example `breastmnist_64.npz`."""
    return f"{name}.npz" if size == SIZES[0] else f"{name}_{size}.npz"


def check_name(name: str) -> None:
    """Refuse what is not a two-dimensional, single-label set of MedMNIST.

    Raises:
        DataError: saying why.
    """
    if name in MULTI_LABEL:
        raise DataError(
            f"Data set {name!r} is multi-label: an image has several findings at once. "
            "Only single-label classification is supported."
        )
    if name in VOLUMES:
        raise DataError(
            f"Data set {name!r} is three-dimensional; only two-dimensional images are supported."
        )
    if name not in SETS:
        raise DataError(f"MedMNIST has no set {name!r}. {did_you_mean(name, SETS)}")


def load(path: Path, name: str) -> Dataset:
    """Read a file with its official split.

    Pixels are unpacked once into the user's cache, and found there from then on.

    Args:
        path: the npz file.
        name: of the set, a key of `SETS`.

    Raises:
        DataError: if it is no npz file, lacks an array, or an array has another form; or if the
            cache cannot be written.
    """
    facts = SETS[name]
    file = File(path, "\0".join((name, *facts.class_names)))
    entry = file.remembered()
    if entry is None:
        largest = 2 * sum(facts.cases) * SIZES[-1] ** 2 * 3  # twice what the largest file holds
        hint = f"Delete it and get it again with 'python -m bench data get {name}'."
        with Archive(path, largest, hint) as arrays:
            parts = [_part(path, arrays, part, len(facts.class_names)) for part in SPLITS]
            entry = file.unpacked(arrays, parts, lambda e: _dataset(path, name, e).fingerprint)
    return _dataset(path, name, entry)


def download(name: str, size: int, folder: Path, progress: Progress | None = None) -> Path:
    """Download a file into a folder, resuming what an earlier attempt has left.

    Args:
        name: of the set.
        size: 28, 64, 128 or 224 px.
        folder: is made if need be.
        progress: is told how far it is.

    Returns:
        The file; nothing is downloaded if it is there already.

    Raises:
        DataUnavailable: if the server cannot be reached, refuses, or sends other bytes than those
            published.
        DataError: if there is no such set or size, or the folder cannot be written.
    """
    check_name(name)
    if size not in SIZES:
        raise DataError(f"MedMNIST has no size {size}; there are {', '.join(map(str, SIZES))}.")
    target = folder / file_name(name, size)
    return fetch(f"{BASE}/{target.name}", target, SETS[name].md5[size], progress)


def _part(path: Path, arrays: Archive, part: SplitName, k: int) -> Packed:
    needed = [f"{part}_images", f"{part}_labels"]
    for key in needed:
        if key not in arrays.names:
            raise DataError(
                f"{path}: there is no array {key!r}; it holds {', '.join(arrays.names) or 'none'}. "
                "A MedMNIST file has images and labels of train, val and test."
            )
    header = arrays.header(needed[0])
    shape = (*header.shape, 1) if len(header.shape) == 3 else header.shape
    if len(shape) != 4 or header.dtype != np.uint8 or shape[3] not in (1, 3):
        raise DataError(
            f"{path}: {needed[0]} is {header.dtype} {header.shape}; needed is uint8 (n, h, w) "
            "or (n, h, w, 3)."
        )
    if 0 in shape:
        raise DataError(f"{path}: {needed[0]} is empty, {header.shape}.")
    labels = arrays.read(needed[1])
    if labels.size != shape[0] or labels.dtype.kind not in "iu":
        raise DataError(
            f"{path}: {needed[1]} is {labels.dtype} {labels.shape}; needed is one whole number "
            f"for each of {shape[0]} images."
        )
    labels = labels.reshape(-1).astype(np.int64)
    if labels.min() < 0 or labels.max() >= k:
        raise DataError(f"{path}: {needed[1]} has labels outside 0..{k - 1}.")
    return Packed(needed[0], shape, labels)


def _dataset(path: Path, name: str, entry: Entry) -> Dataset:
    facts = SETS[name]
    ends = np.cumsum(entry.parts)[:-1]
    parts = {
        part: Split(entry.images(i), labels, _case_ids(part, len(labels)))
        for i, (part, labels) in enumerate(
            zip(SPLITS, np.split(entry.facts["labels"], ends), strict=True)
        )
    }
    data = Dataset(
        name=name,
        class_names=facts.class_names,
        train=parts["train"],
        val=parts["val"],
        test=parts["test"],
        provenance=Provenance(
            source=f"MedMNIST v2, {path.name}",
            licence=facts.licence,
            citation=_CITATION,
            split="official",
            origin=ORIGINS.get(name, ""),
            modality=MODALITIES[name],
            checksum=_checksum(str(entry.facts["md5"]), facts.md5.get(entry.shape[0])),
        ),
        positive=facts.positive,
    )
    if entry.fingerprint:
        data.recall(entry.fingerprint)
    return data


def _case_ids(part: str, n: int) -> NDArray[np.str_]:
    return np.array([f"{part}-{i:06d}" for i in range(n)])


def _checksum(found: str, published: str | None) -> Literal["matched", "differs", "none"]:
    if published is None:
        return "none"
    return "matched" if found == published else "differs"
