"""True label maps of a folder's cases in the cache: in the size of images, and in that of files.

Behind the pixels of an entry's `images.npy` lie its targets, one byte for each pixel, in the order
of the images; its table holds the maps at the size of their files.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data.cache.decoded import Entry
from bench.data.cache.masks import Masks
from bench.data.folders.target_classes import TargetClasses
from bench.data.targets import Originals, Shown, absent, has
from bench.protocol.errors import DataError
from bench.protocol.label_maps import decode, encode

STRAYS = "stray values of a mask: each is taken for the nearest class"
"""Said of a mask with a few pixels of values that are no class."""

_FEW = 1 << 24  # bytes of images that are written at a time


def write_with_targets(
    raw: Path,
    shape: tuple[int, ...],
    order: NDArray[np.int64],
    target: Path,
    classes: TargetClasses,
) -> None:
    """Write raw images in another order as `images.npy`, and their targets behind them.

    Args:
        raw: `(n, h, w, c + 1)` bytes in the order of the cases, the last channel a value of masks.
        shape: of all of them.
        order: which case comes at each place.
        target: is written.
        classes: what the values mean.

    Raises:
        OSError: if it cannot be written.
    """
    pixels = np.memmap(raw, np.uint8, "r", shape=shape)
    few = max(1, _FEW // int(np.prod(shape[1:])))
    header = {"descr": "|u1", "fortran_order": False}
    header["shape"] = (len(order), *shape[1:-1], shape[-1] - 1)
    lookup = _lookup(classes)
    with target.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, len(order), few):
            some = pixels[order[start : start + few]]
            file.write(np.ascontiguousarray(some[..., :-1]).data)
        for start in range(0, len(order), few):
            file.write(
                np.ascontiguousarray(lookup[pixels[order[start : start + few], ..., -1]]).data
            )


def targets(entry: Entry, part: int) -> NDArray[np.uint8]:
    """The targets `(n, h, w)` of a part, 0 to 2 or of an external one, as a memory map."""
    if entry.open_targets:
        return entry.open_targets[part]
    h, w, c = entry.shape
    path = entry.folder / "images.npy"
    with path.open("rb") as file:
        np.lib.format.read_magic(file)
        np.lib.format.read_array_header_1_0(file)
        behind = file.tell() + sum(entry.parts) * h * w * c
    offset = behind + sum(entry.parts[:part]) * h * w
    return np.memmap(path, np.uint8, "r", offset, (entry.parts[part], h, w))


def facts(masks: Masks, classes: TargetClasses, remarks: list[str]) -> dict[str, NDArray[Any]]:
    """What an entry keeps beside pixels: maps, spacings, names.

    Args:
        masks: of n cases.
        classes: what their values mean.
        remarks: n, one is added where a map has stray values.
    """
    lookup, same = _lookup(classes), classes.values == tuple(range(len(classes.values)))
    strays = np.array(sorted(classes.strays), np.uint8)
    pngs = []
    for row, png in enumerate(masks.pngs):
        if not png or (same and not len(strays)):
            pngs.append(png)
            continue
        values = decode(png)
        if len(strays) and np.isin(values, strays).any():
            remarks[row] = f"{remarks[row]}\n{STRAYS}".strip()
        pngs.append(encode(lookup[values]))
    return {
        "maps": np.frombuffer(b"".join(pngs), np.uint8),
        "map_ends": np.cumsum([len(png) for png in pngs]).astype(np.int64),
        "spacings": masks.spacings,
        "target_names": np.array(classes.names),
    }


def shown(
    masks: Masks, classes: TargetClasses, pixels: NDArray[np.uint8]
) -> dict[str, NDArray[np.str_]]:
    """Which classes the masks of each case show in their files, and which of these are gone in the
    size of images, as names separated by line breaks.

    Args:
        masks: of n cases.
        classes: what their values mean.
        pixels: `(n, h, w)` the values in the size of images.
    """
    lookup = _lookup(classes)
    shows, lost = [], []
    for counts, small in zip(masks.counts, pixels, strict=True):
        present = {int(lookup[value]) for value in counts} - {0}
        left = set(lookup[np.unique(small)].tolist())
        shows.append("\n".join(classes.names[c] for c in sorted(present)))
        lost.append("\n".join(classes.names[c] for c in sorted(present - left)))
    return {"mask_shows": np.array(shows), "mask_lost": np.array(lost)}


def shows(
    classes: TargetClasses, found: Mapping[str, NDArray[np.str_]], n: int
) -> NDArray[np.bool_]:
    """`(n, k)` which classes but the background each of n cases shows in the size of images, of
    what `shown` found; of no classes `(n, 0)`."""
    names = classes.names[1:]
    if not names:
        return np.zeros((n, 0), np.bool_)
    each = [has(found["mask_shows"], name) & ~has(found["mask_lost"], name) for name in names]
    return np.stack(each, axis=1)


def shown_inside(
    share: NDArray[np.float32], pixels: NDArray[np.uint8] | None
) -> dict[str, NDArray[np.str_]]:
    """The same of masks that have an inside alone.

    Args:
        share: `(n,)` of the image that is inside its masks in their files.
        pixels: `(n, h, w)` the masks in the size of images, None without masks.
    """
    drawn = share > 0
    gone = drawn.copy()
    if pixels is not None:
        gone &= np.array([not small.any() for small in pixels])
    names = (("mask_shows", drawn), ("mask_lost", gone))
    return {name: np.where(rows, "mask", "") for name, rows in names}


def refuse_absent(root: Path, entry: Entry, side: int, named_in: str, split_given: bool) -> None:
    """Refuse a class of which the training part of a folder shows nothing, and say why that is.

    Args:
        root: the folder.
        entry: it decoded.
        side: px of its images.
        named_in: the file that names the classes, "" where their values do.
        split_given: whether the parts are those of the folder.

    Raises:
        DataError: if there is one.
    """
    rows = entry.order[: sum(entry.parts[:3])]
    in_train = np.arange(len(rows)) < entry.parts[0]
    shown = Shown(entry.facts["mask_shows"][rows], entry.facts["mask_lost"][rows], in_train)
    problem = absent(target_names(entry), shown, side, named_in, not split_given)
    if problem:
        raise DataError(f"Folder {root}: {problem}")


def originals(entry: Entry) -> Originals:
    """The maps of an entry, in the order train, val, test."""
    ends = entry.facts["map_ends"]
    starts = np.concatenate([[0], ends[:-1]])
    joined = entry.facts["maps"]
    return Originals(
        pngs=tuple(joined[starts[row] : ends[row]].tobytes() for row in entry.order.tolist()),
        heights=entry.facts["height"][entry.order],
        widths=entry.facts["width"][entry.order],
        spacings=entry.facts["spacings"][entry.order],
    )


def target_names(entry: Entry) -> tuple[str, ...]:
    """The classes of pixels of an entry."""
    return tuple(map(str, entry.facts["target_names"].tolist()))


def _lookup(classes: TargetClasses) -> NDArray[np.uint8]:
    lookup = np.zeros(256, np.uint8)
    for index, value in enumerate(classes.values):
        lookup[value] = index
    for stray, value in classes.strays.items():
        lookup[stray] = lookup[value]
    return lookup
