"""The cache of decoded folders and files: pixels as memory maps, found by what they were made from.

    <cache>/decoded/<name>-<recipe>/<content>/
        images.npy    (n, side, side, c), train, then val, then test; for segmentation followed by
                      the targets, see `truth`
        rows.npz      per case: keys of its files, digest of its pixels, facts of its file
        about.json    everything else, with checksums of all three

An entry is used if no file of the folder has been touched since (`files.quick_keys`) and the entry
is intact. If something was touched, images whose bytes are the same are taken from it and only the
others are decoded.
"""

import hashlib
import json
import os
import shutil
import tempfile
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data.cache.table import Recipe
from bench.data.folders.files import Keys
from bench.protocol.errors import DataError, way_out

SCHEMA = 10
"""Version of an entry and of everything that decides its pixels, parts and remarks."""

_READERS = (  # libraries that decide pixels
    "pillow",
    "tifffile",
    "imagecodecs",
    "pydicom",
    "nibabel",
    "scikit-image",
)
_BLOCK = 1 << 20  # bytes that share a checksum
_ALL_CHECKED = 256  # blocks; of a larger, untouched file a sample of as many is checked
_DAY = 86_400.0  # seconds after which an entry that was left incomplete is removed,
_SUPERSEDED = 7 * _DAY  # one that others have replaced, which a long run may still open,
_UNUSED = 60 * _DAY  # and one that nobody opens

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Entry:
    """A decoded folder, or an npz file, which counts as one case that all images come from.

    Attributes:
        folder: where it lies.
        arrangement: what was done with the cases: their ids, labels, groups and parts.
        quick, content: keys of each case, in the order of the cases.
        order: `(n,)` case of each stored image.
        parts: images of train, val and test, and of each external part.
        shape: of an image.
        bits: that the folder's 16-bit images use, 8 without such.
        facts: per case what `table.Table` has, and "groups" where they come from the files; of an
            npz file see `unpacked`.
        fingerprint: of the data set, "" where it is an external part as a whole.
        open: the pixels of each part, where they would be gone if nobody held them.
        open_targets: the same of their targets.
    """

    folder: Path
    arrangement: str
    quick: Keys
    content: Keys
    order: NDArray[np.int64]
    parts: tuple[int, ...]
    shape: tuple[int, int, int]
    bits: int
    facts: dict[str, Array]
    fingerprint: str = ""
    open: tuple[NDArray[np.uint8], ...] = ()
    open_targets: tuple[NDArray[np.uint8], ...] = ()

    def images(self, part: int) -> NDArray[np.uint8]:
        """The pixels of a part, 0 to 2 or of an external one, as a read-only memory map."""
        if self.open:
            return self.open[part]
        path = self.folder / "images.npy"
        start = sum(self.parts[:part])
        with path.open("rb") as file:
            np.lib.format.read_magic(file)
            np.lib.format.read_array_header_1_0(file)
            offset = file.tell() + start * int(np.prod(self.shape))
        return np.memmap(path, np.uint8, "r", offset, (self.parts[part], *self.shape))

    def rows(self, part: int) -> NDArray[np.int64]:
        """Which case each image of a part is."""
        start = sum(self.parts[:part])
        return self.order[start : start + self.parts[part]]


def home(cache: Path, name: str, recipe: Recipe | None) -> Path:
    """The folder of all entries of a folder of images and a recipe, or of an npz file and None."""
    made: list[object] = (
        [recipe.side, recipe.resize, recipe.steps, _versions()] if recipe else ["as it is"]
    )
    if recipe and recipe.task != "classification":
        made.append(recipe.task)
    text = json.dumps([SCHEMA, *made])
    safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)[:60]
    digest = hashlib.blake2b(f"{name}\0{text}".encode(), digest_size=6).hexdigest()
    return cache / "decoded" / f"{safe}-{digest}"


def entries(home: Path) -> list[Entry]:
    """The entries whose tables are intact, the one that was used last first.

    Damaged ones are removed. Their pixels are checked by `is_intact`.
    """
    if not home.is_dir():
        return []
    found = []
    for folder in home.iterdir():
        if folder.name.startswith("."):
            continue
        try:
            entry = _read(folder)
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
            shutil.rmtree(folder, ignore_errors=True)  # it is made again
        else:
            found.append((folder.stat().st_mtime_ns, entry))
    return [entry for _, entry in sorted(found, key=lambda item: -item[0])]


def is_intact(entry: Entry, wholly: bool = False) -> bool:
    """Whether the pixels are those that were written; if not, the entry is removed.

    Every block is checked if there are few or the file was touched; else a sample, the first and
    the last among it, so that a start need not read gigabytes.

    Args:
        entry: to be checked.
        wholly: whether every block is checked in any case.
    """
    try:
        about = json.loads((entry.folder / "about.json").read_text(encoding="utf-8"))["about"]
    except OSError:  # it was removed since it was read, here or by another process
        return False
    path = entry.folder / "images.npy"
    if not path.is_file() or path.stat().st_size != about["size"]:
        shutil.rmtree(entry.folder, ignore_errors=True)
        return False
    seen = path.stat()
    n = _blocks(seen.st_size)
    chosen = list(range(n))
    if not wholly and n > _ALL_CHECKED and seen.st_mtime_ns == about["changed"]:
        chosen = np.unique(np.linspace(0, n - 1, _ALL_CHECKED).astype(int)).tolist()
    found = _block_digests(path, chosen)
    intact = all(d.hex() == about["blocks"][i] for i, d in zip(chosen, found, strict=True))
    if not intact:
        shutil.rmtree(entry.folder, ignore_errors=True)
    return intact


def use(entry: Entry) -> None:
    """Note that an entry was used now."""
    try:
        os.utime(entry.folder)
    except OSError:  # a cache that others own can be used all the same
        return


@contextmanager
def incomplete(home: Path) -> Iterator[Path]:
    """A new folder for an entry that is being made; it is gone in the end if it was not published.

    Raises:
        DataError: if it, or what is put into it, cannot be written.
    """
    made = home
    try:
        home.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".incomplete-", dir=home))
        yield made
    except OSError as error:
        raise DataError(
            f"{made}: decoded images cannot be kept there ({error.strerror or error}). "
            f"{way_out(error)}, or name another folder in $BENCH_CACHE."
        ) from None
    finally:
        if made != home:
            shutil.rmtree(made, ignore_errors=True)


def write_images(raw: Path, shape: tuple[int, ...], order: NDArray[np.int64], target: Path) -> None:
    """Write raw images in another order as `images.npy`, a few at a time.

    Args:
        raw: `(n, h, w, c)` bytes in the order of the cases.
        shape: of all of them.
        order: which case comes at each place.
        target: is written.

    Raises:
        OSError: if it cannot be written.
    """
    size = int(np.prod(shape[1:]))
    few = max(1, (1 << 24) // size)
    header = {"descr": "|u1", "fortran_order": False, "shape": (len(order), *shape[1:])}
    with raw.open("rb") as source, target.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, len(order), few):
            rows = order[start : start + few]
            block = np.empty((len(rows), size), np.uint8)
            for image, row in zip(block, rows.tolist(), strict=True):
                if source.tell() != row * size:
                    source.seek(row * size)
                source.readinto(image.data)
            file.write(block.data)


def write_about(entry: Entry) -> None:
    """Write everything but the images.

    Raises:
        OSError: if it cannot be written.
    """
    rows = entry.folder / "rows.npz"
    columns: dict[str, Any] = {
        "quick": entry.quick,
        "content": entry.content,
        "order": entry.order,
        **entry.facts,
    }
    np.savez(rows, allow_pickle=False, **columns)
    images = entry.folder / "images.npy"
    seen = images.stat()
    about = {
        "schema": SCHEMA,
        "arrangement": entry.arrangement,
        "parts": entry.parts,
        "shape": entry.shape,
        "bits": entry.bits,
        "fingerprint": entry.fingerprint,
        "rows": _digest_of(rows),
        "size": seen.st_size,
        "changed": seen.st_mtime_ns,
        "blocks": [d.hex() for d in _block_digests(images, range(_blocks(seen.st_size)))],
    }
    text = json.dumps(about)
    checked = {"about": about, "checksum": hashlib.blake2b(text.encode()).hexdigest()}
    (entry.folder / "about.json").write_text(json.dumps(checked), encoding="utf-8")


def publish(made: Path, home: Path) -> Path:
    """Give a complete entry its name, which is that of its content; another's like it stays.

    Raises:
        OSError: if it cannot be renamed.
    """
    digest = hashlib.blake2b((made / "about.json").read_bytes(), digest_size=8).hexdigest()
    target = home / digest
    try:
        made.rename(target)
    except OSError:
        if not target.is_dir():
            raise
        shutil.rmtree(made, ignore_errors=True)
    return target


def forget_old(cache: Path, home: Path, newest: Path) -> None:
    """Remove what nobody will miss: entries that others have replaced, or that nobody opens.

    None that a run began with within a week, since it may go on and open it for every trial.
    """
    now = time.time()
    for folder in (cache / "decoded").glob("*/*"):
        limit = _SUPERSEDED if folder.parent == home else _UNUSED
        limit = _DAY if folder.name.startswith(".") else limit
        try:
            if folder != newest and now - folder.stat().st_mtime > limit:
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue


def _versions() -> list[str]:
    """Of the libraries that decode and scale."""
    from importlib import metadata

    found = []
    for name in _READERS:
        try:
            found.append(metadata.version(name))
        except metadata.PackageNotFoundError:
            found.append("")
    return found


def _read(folder: Path) -> Entry:
    checked = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    about = checked["about"]
    if hashlib.blake2b(json.dumps(about).encode()).hexdigest() != checked["checksum"]:
        raise ValueError("about.json was changed")
    if about["schema"] != SCHEMA or _digest_of(folder / "rows.npz") != about["rows"]:
        raise ValueError("rows.npz was changed")
    with np.load(folder / "rows.npz", allow_pickle=False) as arrays:
        facts = {name: arrays[name] for name in arrays.files}
    return Entry(
        folder=folder,
        arrangement=about["arrangement"],
        quick=facts.pop("quick"),
        content=facts.pop("content"),
        order=facts.pop("order"),
        parts=tuple(about["parts"]),
        shape=tuple(about["shape"]),
        bits=about["bits"],
        facts=facts,
        fingerprint=about["fingerprint"],
    )


def _blocks(size: int) -> int:
    return -(-size // _BLOCK)


def _block_digests(path: Path, blocks: Any) -> Iterator[bytes]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(partial(_block_digest, path), blocks)


def _block_digest(path: Path, block: int) -> bytes:
    with path.open("rb") as file:
        file.seek(block * _BLOCK)
        return hashlib.blake2b(file.read(_BLOCK), digest_size=8).digest()


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
