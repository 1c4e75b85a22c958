"""MedMNIST's npz files: reading and downloading them (Yang et al. 2023, Scientific Data 10:41)."""

import hashlib
import http.client
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bench.dataset import SPLITS, Dataset, Provenance, Split, SplitName
from bench.errors import DataError, DataUnavailable, did_you_mean
from bench.sources.medmnist_facts import MULTI_LABEL, SETS, VOLUMES

SIZES = (28, 64, 128, 224)
"""Sides in px of the files that are published."""
BASE = "https://zenodo.org/records/10519652/files"
_CITATION = "Yang et al. 2023, MedMNIST v2, Scientific Data 10:41"
_ATTEMPTS = 4
_CHUNK = 1 << 18  # bytes read at a time

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are here and the bytes there are in all, if that is known."""


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

    Args:
        path: the npz file.
        name: of the set, a key of `SETS`.

    Raises:
        DataError: if it is no npz file, lacks an array, or an array has another form.
    """
    facts = SETS[name]
    try:
        with np.load(path, allow_pickle=False) as arrays:
            parts = {part: _part(path, arrays, part, len(facts.class_names)) for part in SPLITS}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path}: cannot be read as an npz file ({error}). Delete it and get it again with "
            f"'python -m bench data get {name}'."
        ) from None
    side = parts["train"].images.shape[1]
    return Dataset(
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
            checksum=_checksum(path, facts.md5.get(side)),
        ),
        positive=facts.positive,
    )


def download(
    name: str, size: int, folder: Path, progress: Progress | None = None, base: str = BASE
) -> Path:
    """Download a file into a folder, resuming what an earlier attempt has left.

    Args:
        name: of the set.
        size: 28, 64, 128 or 224 px.
        folder: is made if need be.
        progress: is told how far it is.
        base: address of the folder that holds the files.

    Returns:
        The file; nothing is downloaded if it is there already.

    Raises:
        DataUnavailable: if the server cannot be reached, refuses, or sends other bytes than those
            published.
    """
    check_name(name)
    if size not in SIZES:
        raise DataError(f"MedMNIST has no size {size}; there are {', '.join(map(str, SIZES))}.")
    target = folder / file_name(name, size)
    if target.exists():
        return target
    url = f"{base}/{target.name}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        _fetch(url, part, progress or (lambda *_: None))
        found = _md5(part)
        if found != SETS[name].md5[size]:
            part.unlink()
            raise DataUnavailable(
                f"{url}: the file has checksum {found}, published is {SETS[name].md5[size]}. "
                "It was deleted; try again later."
            )
        part.rename(target)
    except OSError as error:
        raise DataUnavailable(
            f"{url}: cannot be downloaded ({error}). Check the connection and try again; what has "
            f"arrived is kept. Or put the file into a folder named in $BENCH_DATA."
        ) from None
    return target


def _fetch(url: str, part: Path, progress: Progress) -> None:
    """Append what is missing to `part`, trying again after a cut."""
    for attempt in range(_ATTEMPTS):
        try:
            if _fetch_once(url, part, progress):
                return
            problem = OSError("the connection was cut")
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 416:  # nothing is missing, or what is here is not what is there
                return
            if error.code < 500:
                raise
            problem = error
        except (OSError, http.client.HTTPException) as error:
            problem = error if isinstance(error, OSError) else OSError(repr(error))
        if attempt + 1 < _ATTEMPTS:
            time.sleep(0.2 * 4**attempt)
    raise problem


def _fetch_once(url: str, part: Path, progress: Progress) -> bool:
    """Whether the file is complete after one request."""
    here = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={here}-"} if here else {})
    with urllib.request.urlopen(request, timeout=30) as answer:
        if answer.status != 206:  # the server sends all of it
            here = 0
        length = answer.headers.get("Content-Length")
        total = here + int(length) if length else None
        with part.open("ab" if here else "wb") as file:
            while chunk := answer.read(_CHUNK):
                file.write(chunk)
                here += len(chunk)
                progress(here, total)
    return total is None or here >= total


def _part(path: Path, arrays: Any, part: SplitName, k: int) -> Split:
    needed = [f"{part}_images", f"{part}_labels"]
    for key in needed:
        if key not in arrays.files:
            raise DataError(
                f"{path}: there is no array {key!r}; it holds {', '.join(arrays.files) or 'none'}. "
                "A MedMNIST file has images and labels of train, val and test."
            )
    images, labels = arrays[needed[0]], arrays[needed[1]]
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4 or images.dtype != np.uint8 or images.shape[3] not in (1, 3):
        raise DataError(
            f"{path}: {needed[0]} is {images.dtype} {images.shape}; needed is uint8 (n, h, w) "
            "or (n, h, w, 3)."
        )
    if labels.size != len(images) or labels.dtype.kind not in "iu":
        raise DataError(
            f"{path}: {needed[1]} is {labels.dtype} {labels.shape}; needed is one whole number "
            f"for each of {len(images)} images."
        )
    labels = labels.reshape(-1).astype(np.int64)
    if labels.min() < 0 or labels.max() >= k:
        raise DataError(f"{path}: {needed[1]} has labels outside 0..{k - 1}.")
    return Split(images, labels, _case_ids(part, len(images)))


def _case_ids(part: str, n: int) -> NDArray[np.str_]:
    return np.array([f"{part}-{i:06d}" for i in range(n)])


def _checksum(path: Path, published: str | None) -> Literal["matched", "differs", "none"]:
    if published is None:
        return "none"
    return "matched" if _md5(path) == published else "differs"


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
