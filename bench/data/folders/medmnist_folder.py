"""Pictures as the package medmnist saves them: `breastmnist.csv` and `breastmnist/train0_0.png`.

A line of the table, which has no header, is `TRAIN,train0_0.png,0`.
"""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.data.folders.columns import Columns, Rows, columns_of
from bench.data.folders.medmnist_facts import SETS
from bench.protocol.errors import DataError

_PARTS = {"TRAIN": "train", "VALIDATION": "val", "VAL": "val", "TEST": "test"}
_LINE = re.compile(r"(TRAIN|VALIDATION|VAL|TEST),([^,]+\.\w+)((?:,\d+)+)")
_SIZE = re.compile(r"_(\d+)$")  # of the pictures, behind the name of a set
_START = 300  # bytes in which the first line ends


def found_in(root: Path) -> Path | None:
    """The table of such a folder, or of the folder that it lies beside; None where it is none.

    Raises:
        DataError: if there are two.
    """
    tables = [*sorted(root.glob("*.csv")), root.parent / f"{root.name}.csv"]
    found = [file for file in tables if _images(root, file) is not None and _begins(file)]
    if len(found) > 1:
        raise DataError(
            f"Folder {root} holds the tables {' and '.join(file.name for file in found)}. Give "
            "each set a folder of its own."
        )
    return found[0] if found else None


def _images(root: Path, file: Path) -> str | None:
    """Where the pictures of a table lie, before their names; None where they are not there."""
    if file.parent != root:
        return ""
    return f"{file.stem}/" if os.path.isdir(root / file.stem) else None


def _begins(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            start = opened.read(_START).decode("utf-8", errors="replace")
    except OSError:
        return False
    return _LINE.fullmatch(start.partition("\n")[0].strip()) is not None


def read(
    root: Path, file: Path, given: Mapping[str, str], needed: Sequence[str]
) -> tuple[Columns, Rows]:
    """Columns and rows, see `bench.data.folders.listing.ImageTable`; classes by their names where
    the set is known.

    Raises:
        DataError: if a line is written otherwise, or has several labels.
    """
    before = _images(root, file) or ""
    known = SETS.get(_SIZE.sub("", file.stem))
    rows: list[tuple[str, list[str]]] = []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: cannot be read as text ({error}).") from None
    for number, line in enumerate(lines, 1):
        where = f"{file}, line {number}"
        if not line.strip():
            continue
        told = _LINE.fullmatch(line.strip())
        if told is None:
            raise DataError(f"{where}: is not as medmnist saves it, such as TRAIN,train0_0.png,0.")
        labels = told[3].removeprefix(",").split(",")
        if len(labels) > 1:
            raise DataError(f"{where}: has {len(labels)} labels; an image has one class here.")
        label = labels[0]
        if known is not None:
            if int(label) >= len(known.class_names):
                raise DataError(
                    f"{where}: label {label}; {file.stem} has {len(known.class_names)} classes."
                )
            label = known.class_names[int(label)]
        rows.append((where, [before + told[2], label, _PARTS[told[1]]]))
    return columns_of(file, ["path", "label", "split"], given, needed), iter(rows)
