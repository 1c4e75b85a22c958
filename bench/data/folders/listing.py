"""Which table lists the images of a folder: a manifest, or one that others write."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.data.croissant import reading as croissant
from bench.data.folders import medmnist_folder, metadata_files
from bench.data.folders.columns import Columns, Rows, columns_of
from bench.data.folders.names.spelling import file_called
from bench.data.folders.reading import Reading
from bench.data.folders.table import read_table
from bench.protocol.errors import DataError

MANIFESTS = ("manifest.csv", "manifest.parquet")
"""Names of the file that lists the images of a folder; also written in capitals."""


@dataclass(frozen=True)
class ImageTable:
    """A table that lists images.

    Attributes:
        file: for messages; the first of several.
        read: our names of columns → theirs, and our names of those that have to be there → columns
            and rows, as `bench.data.folders.table.read_table` gives them; paths are relative to
            the folder. Raises `DataError`, and so may the rows.
    """

    file: Path
    read: Callable[[Mapping[str, str], Sequence[str]], tuple[Columns, Rows]]


def manifest_of(root: Path) -> Path | None:
    """The manifest of a folder, None where it has none.

    Raises:
        DataError: if it has two.
    """
    return file_called(root, *MANIFESTS)


def image_table(root: Path) -> ImageTable | None:
    """The table that lists the images of a folder, None where sub-folders tell.

    Its manifest, or else what its `croissant.json` says, or else Hugging Face's metadata files, or
    else the table that `medmnist` saves beside its pictures.

    Raises:
        DataError: if there are two of a kind.
    """
    if manifest := manifest_of(root):
        return ImageTable(manifest, partial(read_table, manifest))
    if os.path.isfile(described := root / croissant.FILE):
        told = croissant.listed_images(described)
        return None if told is None else ImageTable(described, partial(_told, root, told))
    if files := metadata_files.found_in(root):
        return ImageTable(files[0], partial(metadata_files.read, root, files))
    if file := medmnist_folder.found_in(root):
        return ImageTable(file, partial(medmnist_folder.read, root, file))
    return None


def refuse_without_table(roots: Sequence[Path], reading: Reading) -> None:
    """Refuse options about a table of images where none of some folders has one.

    Raises:
        DataError: naming the first option and the folder.
    """
    option = reading.of_a_manifest
    if option and roots and not any(image_table(root) for root in roots):
        where = f"Folder {roots[0]} has" if len(roots) == 1 else "The folders have"
        raise DataError(
            f"{option}: says how a manifest.csv is read. {where} none, so that folders and names "
            "of files tell classes and masks. Leave the option out, or write a manifest.csv."
        )


def _told(
    root: Path, told: croissant.ListedImages, given: Mapping[str, str], needed: Sequence[str]
) -> tuple[Columns, Rows]:
    """Columns and rows of what a Croissant description says."""
    file = root / croissant.FILE
    called = told.columns
    if told.table is None:
        names, rows = [*called], iter(told.rows)
    else:
        names, rows = metadata_files.table_of(told.table)
        if missing := [column for column in called if column not in names]:
            raise DataError(f"{told.table}: there is no column {missing[0]!r}, which {file} names.")
    kept = [i for i, name in enumerate(names) if called.get(name, "sha256") != "sha256"]
    names = [called[names[i]] for i in kept]
    columns = columns_of(told.table or file, names, given, needed)

    def placed(row: list[str]) -> list[str]:
        path, label = columns.places.get("path"), columns.places.get("label")
        if path is not None and row[path] and not os.path.isfile(root / row[path]):
            elsewhere = (f"{folder}/{row[path]}" for folder in told.folders)
            row[path] = next((p for p in elsewhere if os.path.isfile(root / p)), row[path])
        if label is not None:
            row[label] = told.named.get(row[label], row[label])
        return row

    return columns, ((where, placed([row[i] for i in kept])) for where, row in rows)
