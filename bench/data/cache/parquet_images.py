"""Images inside Parquet files, as Hugging Face keeps them → a folder of files with a manifest.

A column of structs {bytes, path} holds the images, a `ClassLabel` the classes; files are called
after their part, as `data/train-00000-of-00001.parquet`. They are unpacked once into the cache, as
they are: nothing is decoded here.
"""

import csv
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.data.folders.listing import image_table
from bench.data.folders.metadata_files import folders_of
from bench.data.folders.names.parts import part_of
from bench.data.formats.kinds import START, kind_of
from bench.machine.cache_folder import cache
from bench.protocol.errors import DataError, reason

_USUAL = ("image", "img")  # names of the column of images
_SUFFIXES = {"png": ".png", "jpeg": ".jpg", "tiff": ".tif", "jpeg2000": ".jp2", "dicom": ".dcm"}
_ROWS = 64  # read at once
_LARGEST = 2 * 10**9  # bytes of one image
_MEANT = frozenset({"path", "split", "mask", "frame", "axis", "index"})  # columns of a manifest


@dataclass(frozen=True)
class _File:
    path: Path
    shown: str
    part: str
    image: str
    columns: tuple[str, ...]
    classes: dict[str, list[str]]


def unpacked(root: Path) -> Path:
    """The folder itself, or, if Parquet files in it hold images, one with these images as files.

    A folder with a manifest or another table of images is left as it is.

    Raises:
        DataError: if a file is no Parquet table, or a row holds no image; names file and row.
    """
    files = [] if image_table(root) is not None else _files(root)
    if not files:
        return root
    homes = cache() / "parquet" / _short(str(root.resolve()))
    stamp = "".join(
        f"{f.shown} {f.path.stat().st_size} {f.path.stat().st_mtime_ns}\n" for f in files
    )
    home = homes / _short(stamp)
    name = root.resolve().name
    if (home / name / "manifest.csv").is_file():
        return home / name
    _refuse_too_little_room(root, files)
    try:
        homes.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".", dir=homes))
    except OSError as error:
        raise DataError(f"{homes}: cannot be written ({error.strerror or error}).") from None
    try:
        (made / name).mkdir()
        _unpack(files, made / name)
        for old in homes.iterdir():
            if old != made and not old.name.startswith("."):  # of files that are others now
                shutil.rmtree(old, ignore_errors=True)
        made.rename(home)
    except OSError as error:
        if not (home / name / "manifest.csv").is_file():  # else another process was faster
            raise DataError(f"{home}: cannot be written ({error.strerror or error}).") from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return home / name


def _files(root: Path) -> list[_File]:
    """The files of a folder that hold images, in the order of their names."""
    found = []
    folders, closed = folders_of(root)
    for folder in folders:
        for path in sorted(folder.glob("*.parquet")):
            if path.name.startswith(".") or os.path.isdir(path):
                continue
            shown = path.relative_to(root).as_posix()
            try:
                schema = _schema(path)
            except DataError:
                if _part(shown):
                    raise
                continue  # whatever it is, no name says that it is of a data set
            images = [field.name for field in schema if _holds_images(field.type)]
            if not images:
                continue
            image = next((name for name in _USUAL if name in images), images[0])
            if len(images) > 1 and image not in _USUAL:
                raise DataError(
                    f"{path}: the columns {', '.join(images)} hold images. Call the one that is "
                    "meant image."
                )
            plain = tuple(f.name for f in schema if f.name not in images and _is_plain(f.type))
            found.append(_File(path, shown, _part(shown), image, plain, _classes(schema)))
    if found and closed:  # where more of them may be
        raise DataError(closed[0])
    return _of_one_split(root, found)


def _schema(path: Path) -> Any:
    from pyarrow import parquet

    try:
        return parquet.read_schema(path)
    except Exception as error:  # of pyarrow, of many kinds
        raise DataError(f"{path}: cannot be read as a Parquet table ({reason(error)}).") from None


def _part(shown: str) -> str:
    """The part that a file is of, by its name or that of its folder; "" where neither tells."""
    *folders, name = shown.split("/")
    words = [name.removesuffix(".parquet").partition("-")[0], *reversed(folders)]
    return next((part for word in words if (part := part_of(word))), "")


def _of_one_split(root: Path, files: list[_File]) -> list[_File]:
    if not any(file.part for file in files):
        return files
    for file in files:
        if not file.part:
            raise DataError(
                f"{root / file.shown}: its name does not say which part it is, those of others do. "
                "Call it as train-00000-of-00001.parquet is, or move it away."
            )
    return files


def _holds_images(kind: Any) -> bool:
    from pyarrow import types

    if not types.is_struct(kind) or kind.get_field_index("bytes") < 0:
        return False
    stored = kind.field("bytes").type
    return bool(types.is_binary(stored) or types.is_large_binary(stored))


def _is_plain(kind: Any) -> bool:
    from pyarrow import types

    tests = (types.is_string, types.is_large_string, types.is_integer, types.is_floating)
    return any(test(kind) for test in (*tests, types.is_boolean))


def _classes(schema: Any) -> dict[str, list[str]]:
    """Column → names of classes, of what Hugging Face keeps in the schema."""
    try:
        told = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = told["info"]["features"].items()
        return {
            name: [str(one) for one in feature["names"]]
            for name, feature in features
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _refuse_too_little_room(root: Path, files: Sequence[_File]) -> None:
    place = cache()
    while not place.exists():
        place = place.parent
    needed, free = sum(f.path.stat().st_size for f in files), shutil.disk_usage(place).free
    if needed > free:
        raise DataError(
            f"Folder {root}: its images take {needed / 1e9:.1f} GB in the cache {cache()}, where "
            f"{free / 1e9:.1f} GB are free. Make room, or name another folder in $BENCH_CACHE."
        )


def _unpack(files: Sequence[_File], folder: Path) -> None:
    columns = list(dict.fromkeys(name for file in files for name in file.columns))
    split = ["split"] if files[0].part else []
    shown = [f"{n} in the table" if n.casefold() in _MEANT else n for n in columns]
    with (folder / ".manifest.csv").open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(["path", *split, *shown])
        for file in files:
            for name, values in _written(file, folder):
                cells = [_cell(file, column, values.get(column), name) for column in columns]
                table.writerow([name, *([file.part] if split else []), *cells])
    (folder / ".manifest.csv").rename(folder / "manifest.csv")


def _written(file: _File, folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Write the images of a file; the name of each, and the other cells of its row."""
    from pyarrow import parquet

    below = file.shown.removesuffix(".parquet")
    (folder / below).mkdir(parents=True)
    number = 0
    try:
        batches = parquet.ParquetFile(file.path).iter_batches(
            _ROWS, columns=[file.image, *file.columns]
        )
        for batch in batches:
            for row in batch.to_pylist():
                number += 1
                content, suffix = _image(f"{file.path}, row {number}", row[file.image])
                name = f"{below}/row-{number}{suffix}"
                (folder / name).write_bytes(content)
                yield name, row
    except (DataError, OSError):
        raise
    except Exception as error:  # of pyarrow, of many kinds
        raise DataError(
            f"{file.path}, after row {number}: cannot be read as a Parquet table ({reason(error)})."
        ) from None


def _image(where: str, cell: Any) -> tuple[bytes, str]:
    """The bytes of an image, and the suffix of their kind."""
    content = cell.get("bytes") if isinstance(cell, dict) else None
    named = str((cell or {}).get("path") or "")
    if not content:
        beside = f" but only the path {named[:80]!r}" if named else ""
        raise DataError(f"{where}: holds no image{beside}. Remove the row, or put the image in.")
    if len(content) > _LARGEST:
        raise DataError(f"{where}: refused, its image has {len(content) / 1e9:.1f} GB.")
    suffix = Path(named).suffix.lower() if len(named) < 256 else ""
    kind = kind_of(Path("image"), content[:START])
    if kind == "picture" or (not kind and content[:2] == b"BM"):
        return content, ".bmp" if content[:2] == b"BM" else ".webp" if content[
            :4
        ] == b"RIFF" else ".gif"
    if kind in _SUFFIXES:
        return content, _SUFFIXES[kind]
    if suffix in (".nii", ".gz") and content[:2] == b"\x1f\x8b":
        return content, ".nii.gz"
    raise DataError(f"{where}: its {len(content):,} bytes are no image of a known kind.")


def _cell(file: _File, column: str, value: Any, name: str) -> str:
    if value is None or value != value:
        return ""
    names = file.classes.get(column)
    if names is None or not isinstance(value, int):
        return str(value)
    if value < 0:
        return ""  # Hugging Face's sign for no label
    if value >= len(names):
        raise DataError(
            f"{file.path}, row {name.rpartition('row-')[2].partition('.')[0]}: {column} {value}, "
            f"and there are {len(names)} classes."
        )
    return names[value]


def _short(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
