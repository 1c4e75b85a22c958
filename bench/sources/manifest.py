"""A folder of images → the list of its cases: from a manifest.csv, or from its sub-folders."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.dataset import SplitName
from bench.errors import DataError, did_you_mean
from bench.sources.images import is_image

MANIFEST = "manifest.csv"
_COLUMNS = ("path", "label", "split", "group", "mask")
_SPLITS: Mapping[str, SplitName] = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
_HOW = (
    "A data set is a folder with one sub-folder per class, or with a manifest.csv that has the "
    "columns path and label."
)


@dataclass(frozen=True)
class Case:
    """One image of a folder.

    Attributes:
        path: relative to the folder, with forward slashes; it identifies the case.
        label: name of its class.
        split: "train", "val", "test", or "" where it is to be chosen.
        group: patient, or "" where patients are not known.
        masks: relative paths of the masks of its lesions.
    """

    path: str
    label: str
    split: SplitName | str = ""
    group: str = ""
    masks: tuple[str, ...] = ()


def cases(root: Path) -> list[Case]:
    """Every case of a folder, in the order of the manifest or of the paths.

    Raises:
        DataError: if there is none, or the manifest is wrong; names the line.
    """
    if not root.is_dir():
        raise DataError(f"Folder {root} does not exist.")
    file = root / MANIFEST
    return _from_manifest(root, file) if file.is_file() else _from_folders(root)


def _from_manifest(root: Path, file: Path) -> list[Case]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: cannot be read as UTF-8 text ({error}).") from None
    header = text.partition("\n")[0]
    delimiter = ";" if ";" in header and "," not in header else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = [name.strip() for name in reader.fieldnames or ()]
    for needed in ("path", "label"):
        if needed not in columns:
            raise DataError(
                f"{file}: there is no column {needed!r}; its columns are {', '.join(columns)}. "
                + (did_you_mean(needed, columns) if columns else _HOW)
            )
    reader.fieldnames = columns
    found = [_row(root, file, reader.line_num, row) for row in reader if any(row.values())]
    if not found:
        raise DataError(f"{file}: lists no image.")
    _check(file, found)
    return found


def _row(root: Path, file: Path, line: int, row: Mapping[str, str | None]) -> Case:
    where = f"{file}, line {line}"
    values = {name: (row.get(name) or "").strip() for name in _COLUMNS}
    if not values["path"] or not values["label"]:
        raise DataError(f"{where}: path and label must not be empty.")
    split = values["split"].lower()
    if split and split not in _SPLITS:
        raise DataError(
            f"{where}: unknown split {values['split']!r}. "
            + did_you_mean(split, ("train", "val", "test"))
        )
    masks = (_inside(root, where, values["mask"]),) if values["mask"] else ()
    return Case(
        path=_inside(root, where, values["path"]),
        label=values["label"],
        split=_SPLITS[split] if split else "",
        group=values["group"],
        masks=masks,
    )


def _inside(root: Path, where: str, path: str) -> str:
    """The path with forward slashes, if it lies in the folder and exists."""
    relative = path.replace("\\", "/")
    resolved = (root / relative).resolve()
    if not resolved.is_relative_to(root.resolve()):
        raise DataError(f"{where}: {path} lies outside the folder {root}. Move the image into it.")
    if not resolved.is_file():
        raise DataError(f"{where}: there is no file {path}.")
    return resolved.relative_to(root.resolve()).as_posix()


def _check(file: Path, found: list[Case]) -> None:
    seen: set[str] = set()
    for case in found:
        if case.path in seen:
            raise DataError(f"{file}: {case.path} is listed more than once.")
        seen.add(case.path)
    for what in ("split", "group"):
        given = [bool(getattr(case, what)) for case in found]
        if any(given) and not all(given):
            case = found[given.index(False)]
            raise DataError(
                f"{file}: {case.path} has no {what}, others have one. Fill in the column "
                f"{what!r}, or leave it out."
            )


def _from_folders(root: Path) -> list[Case]:
    below = _folders(root)
    if below and all(folder.name.lower() in _SPLITS for folder in below):
        found = [
            case
            for folder in below
            for case in _of_classes(root, _folders(folder), _SPLITS[folder.name.lower()])
        ]
    else:
        found = _of_classes(root, below, "")
    if not found:
        raise DataError(f"Folder {root} holds no images in sub-folders. {_HOW}")
    return found


def _of_classes(root: Path, folders: Iterable[Path], split: str) -> list[Case]:
    found = []
    for folder in folders:
        files = sorted(p for p in folder.rglob("*") if _is_listed(p))
        masks = [p for p in files if "_mask" in p.stem]
        for path in files:
            if path in masks:
                continue
            own = tuple(
                mask.relative_to(root).as_posix()
                for mask in masks
                if mask.parent == path.parent and mask.stem.partition("_mask")[0] == path.stem
            )
            found.append(Case(path.relative_to(root).as_posix(), folder.name, split, "", own))
    return found


def _folders(root: Path) -> list[Path]:
    return sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))


def _is_listed(path: Path) -> bool:
    return path.is_file() and is_image(path) and not path.name.startswith(".")
