"""A data set as memory maps in a folder, so that worker processes share one copy of the pixels.

    <folder>/about.json            name, classes, provenance; where the pixels of each part are
             train-images.npy …    the pixels, unless they are a memory map somewhere else already
             train-labels.npy, train-case_ids.npy, train-groups.npy …
             train-targets.npy …   for segmentation, as the pixels
             external-0-images.npy …

What is known of cases beside images and labels, their metadata, is not written: no method can come
by it.

`about.json` names the file, offset and shape of pixels that lie somewhere else (in the cache of
decoded folders); `external_files` lists these, for whoever wants to copy a folder to another
machine, and `copy_external_pixels` replaces them by copies.
"""

import json
import mmap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data.chunks import BYTES, chunks, release
from bench.data.dataset import SPLITS, Dataset, Provenance, Split
from bench.data.splits import Fold, Pooled, Rows
from bench.protocol.metadata import EXTERNAL


def write_memory_maps(data: Dataset, folder: Path) -> None:
    """Write a data set to a new folder; its known answer stays behind.

    Pixels that are a memory map already are not copied.
    """
    folder.mkdir(parents=True)
    parts = [*data.parts(), *_external_files(data)]
    elsewhere = _write_all(folder, parts)
    _write_about(folder, data, data.provenance, elsewhere)


def write_fold(pooled: Pooled, fold: Fold, folder: Path) -> None:
    """Write one fold of cross-validation to a new folder, some images at a time."""
    rows: dict[str, Rows] = {name: getattr(fold, name) for name in SPLITS}
    provenance = replace(pooled.data.provenance, split="cross-validation")
    write_parts(pooled, rows, folder, provenance)


def write_parts(
    pooled: Pooled, parts: Mapping[str, Rows], folder: Path, provenance: Provenance | None = None
) -> None:
    """Write the cases of a data set in other parts to a new folder, some images at a time.

    Args:
        pooled: the cases. The external parts of the data set stay.
        parts: rows of train, val and test, and of "external:NAME" for a further external part.
        folder: is made.
        provenance: in the place of the data set's own.
    """
    folder.mkdir(parents=True)
    data = pooled.data
    further = [name for name in parts if name not in SPLITS]
    names = [*data.external, *(name.removeprefix(EXTERNAL) for name in further)]
    files: dict[str, str] = {name: name for name in SPLITS}
    files |= {name: f"external-{len(data.external) + i}" for i, name in enumerate(further)}
    few = max(1, BYTES // int(np.prod(data.image_shape)))
    for part, rows in parts.items():
        name = files[part]
        some = (pooled.images(rows[start : start + few]) for start in range(0, len(rows), few))
        write_images(folder / f"{name}-images.npy", (len(rows), *data.image_shape), some)
        if data.task == "segmentation":
            true = (pooled.targets(rows[start : start + few]) for start in range(0, len(rows), few))
            shape = (len(rows), *data.image_shape[:2])
            write_images(folder / f"{name}-targets.npy", shape, true)
        groups = None if pooled.groups is None else pooled.groups[rows]
        _write_columns(folder, name, pooled.labels[rows], pooled.case_ids[rows], groups)
    elsewhere = _write_all(folder, _external_files(data))
    _write_about(folder, data, provenance or data.provenance, elsewhere, names)


def _external_files(data: Dataset) -> list[tuple[str, Split]]:
    """The external parts with what their files are called."""
    return [(f"external-{i}", part) for i, part in enumerate(data.external.values())]


def _write_all(folder: Path, parts: Sequence[tuple[str, Split]]) -> dict[str, dict[str, Any]]:
    """Write parts but for pixels and targets that are a memory map already; where these are."""
    elsewhere: dict[str, dict[str, Any]] = {}
    for name, part in parts:
        arrays = {f"{name}-images": part.images}
        if part.targets is not None:
            arrays[f"{name}-targets"] = part.targets
        for file, array in arrays.items():
            place = _mapped(array)
            if place is None:
                write_images(folder / f"{file}.npy", array.shape, chunks(array))
            else:
                elsewhere[file] = place
        _write_columns(folder, name, part.labels, part.case_ids, part.groups)
    return elsewhere


def open_memory_maps(folder: Path) -> Dataset:
    """The data set in a folder, its pixels as read-only memory maps."""
    about = _about(folder)
    train, val, test = (_part(folder, name, about["elsewhere"]) for name in SPLITS)
    return Dataset(
        name=about["name"],
        class_names=tuple(about["class_names"]),
        train=train,
        val=val,
        test=test,
        provenance=Provenance(**about["provenance"]),
        positive=about["positive"],
        external={
            name: _part(folder, f"external-{i}", about["elsewhere"])
            for i, name in enumerate(about["external"])
        },
        left_out=about["left_out"],
        task=about["task"],
        target_names=tuple(about["target_names"]),
    )


def external_files(folder: Path) -> tuple[Path, ...]:
    """The files outside a laid-out folder that hold pixels of it."""
    return tuple(sorted({Path(p["file"]) for p in _about(folder)["elsewhere"].values()}))


def copy_external_pixels(folder: Path) -> None:
    """Copy pixels that lie somewhere else into a laid-out folder."""
    about = _about(folder)
    for name, place in about["elsewhere"].items():
        images = _map(place)
        write_images(folder / f"{name}.npy", images.shape, chunks(images))
    about["elsewhere"] = {}
    (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")


def _about(folder: Path) -> dict[str, Any]:
    about: dict[str, Any] = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    return about


def _part(folder: Path, name: str, elsewhere: dict[str, Any]) -> Split:
    groups = folder / f"{name}-groups.npy"
    return Split(
        images=_pixels(folder / f"{name}-images.npy", elsewhere.get(f"{name}-images")),
        labels=np.load(folder / f"{name}-labels.npy", allow_pickle=False),
        case_ids=np.load(folder / f"{name}-case_ids.npy", allow_pickle=False),
        groups=np.load(groups, allow_pickle=False) if groups.exists() else None,
        targets=_targets(folder / f"{name}-targets.npy", elsewhere.get(f"{name}-targets")),
    )


def _pixels(file: Path, elsewhere: dict[str, Any] | None) -> NDArray[np.uint8]:
    if elsewhere:
        return _map(elsewhere)
    found: NDArray[np.uint8] = np.load(file, mmap_mode="r", allow_pickle=False)
    return found


def _targets(file: Path, elsewhere: dict[str, Any] | None) -> NDArray[np.uint8] | None:
    return _pixels(file, elsewhere) if elsewhere or file.exists() else None


def _map(place: dict[str, Any]) -> NDArray[np.uint8]:
    shape = tuple(place["shape"])
    return np.memmap(place["file"], np.uint8, "r", place["offset"], shape)


def _mapped(images: NDArray[np.uint8]) -> dict[str, Any] | None:
    """Where the images lie if they are the whole of a memory map, None if not."""
    whole = isinstance(images, np.memmap) and isinstance(images.base, mmap.mmap)
    if not whole or images.filename is None or not images.flags.c_contiguous:  # type: ignore[attr-defined]
        return None
    file = str(Path(images.filename).resolve())  # type: ignore[attr-defined]
    return {"file": file, "offset": images.offset, "shape": images.shape}  # type: ignore[attr-defined]


def write_images(path: Path, shape: tuple[int, ...], some: Iterator[NDArray[np.uint8]]) -> None:
    """Write images that come a few at a time as one npy file of the given shape."""
    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for images in some:
            file.write(np.ascontiguousarray(images).data)
            release(images)


def _write_columns(
    folder: Path,
    name: str,
    labels: NDArray[np.int64],
    case_ids: NDArray[np.str_],
    groups: NDArray[np.str_] | None,
) -> None:
    np.save(folder / f"{name}-labels.npy", labels)
    np.save(folder / f"{name}-case_ids.npy", case_ids)
    if groups is not None:
        np.save(folder / f"{name}-groups.npy", groups)


def _write_about(
    folder: Path,
    data: Dataset,
    provenance: Provenance,
    elsewhere: dict[str, dict[str, Any]],
    external: Sequence[str] | None = None,
) -> None:
    about = {
        "name": data.name,
        "class_names": data.class_names,
        "positive": data.positive,
        "provenance": asdict(provenance),
        "elsewhere": elsewhere,
        "external": [*data.external] if external is None else external,
        "left_out": data.left_out,
        "task": data.task,
        "target_names": data.target_names,
    }
    (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")
