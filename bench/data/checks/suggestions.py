"""Patients that the images suggest: what is said of them, their pictures, and a manifest."""

import csv
from collections.abc import Mapping, Sequence
from io import BytesIO, StringIO
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.data.checks.patients import joined_by_folder, named_patients
from bench.data.chunks import images_at
from bench.data.dataset import Dataset
from bench.data.folders.case import NUMBERS, Case
from bench.data.folders.listing import manifest_of
from bench.data.folders.manifest import cases
from bench.data.folders.reading import Reading
from bench.data.folders.table import read_table
from bench.data.likeness.suggested_groups import MOST, Suggestion
from bench.data.splits import Pooled
from bench.protocol.cards import CheckFinding
from bench.protocol.columns import BY_IMAGES, BY_NAMES, GROUP, GROUP_SOURCE
from bench.protocol.errors import DataError

_EXAMPLES = 5
_TITLE = "Suggested patients"
_ROWS, _COLUMNS, _SIDE, _GAP = 12, 16, 64, 4  # of a contact sheet; px
_BETWEEN = 230  # gray level


def suggested(data: Dataset, found: Suggestion | None) -> CheckFinding:
    """What the images suggest, how sure that is, and how it agrees with patients that are known.

    Patients that file names tell go before in a manifest, see `manifest`.

    Args:
        data: the data set.
        found: from `bench.data.likeness.suggested_groups.suggest`.
    """
    n = sum(len(part) for _, part in data.parts())
    if found is None:
        text = f"Not searched for: {n:,} images are more than {MOST:,}."
        return CheckFinding("suggested-groups", _TITLE, "note", text)
    several, sure = found.several, found.sure
    if not len(several):
        text = "None: no image stands out as being of the same patient as another."
        return CheckFinding("suggested-groups", _TITLE, "fine", text, values={"groups": float(n)})
    pooled = Pooled.of(data)
    sizes = np.bincount(found.groups)
    part = np.repeat(np.arange(3), [len(part) for _, part in data.parts()])
    torn = sum(len(np.unique(part[found.groups == group])) > 1 for group in several)
    text = (
        f"{int(sizes[several].sum()):,} of {n:,} images seem to share a patient: "
        f"{len(several):,} with 2 to {int(sizes.max()):,} images each, {len(sure):,} of them sure "
        f"and {len(several) - len(sure):,} likely, and {torn:,} in several parts. In all "
        f"{found.number:,} patients are suggested."
    )
    if found.left_out:
        text += (
            f" {found.left_out:,} further pairs are alike and were not joined, since their files "
            "differ in size."
        )
    if found.twins_across_sizes:
        text += f" {found.twins_across_sizes:,} near-duplicates of different sizes were joined."
    values = {
        "groups": float(found.number),
        "with several images": float(len(several)),
        "sure": float(len(sure)),
        "in several parts": float(torn),
    }
    if pooled.groups is not None:
        index, wrong = agreement(pooled.groups, found)
        text += (
            f" Against the {len(np.unique(pooled.groups)):,} patients that are given: adjusted "
            f"Rand index {index:.2f}, {wrong:,} of {len(found.first):,} joined pairs are of two."
        )
        values |= {"adjusted Rand index": index, "pairs joined wrongly": float(wrong)}
    known = pooled.groups is not None
    examples = []
    for group in several[:_EXAMPLES]:
        ids = pooled.case_ids[found.groups == group].tolist()
        more = f" and {len(ids) - 4:,} more" if len(ids) > 4 else ""
        examples.append(", ".join(ids[:4]) + more)
    advice = "Look at them (--pictures FILE.png); --write-manifest FILE.csv makes a manifest of it."
    return CheckFinding(
        "suggested-groups",
        _TITLE,
        "fine" if known else "note",
        text,
        "" if known else advice,
        tuple(examples),
        values,
    )


def agreement(groups: NDArray[np.str_], found: Suggestion) -> tuple[float, int]:
    """The adjusted Rand index of suggested and true groups, and pairs joined that are of two."""
    from sklearn.metrics import adjusted_rand_score

    wrong = int((groups[found.first] != groups[found.second]).sum())
    return float(adjusted_rand_score(groups, found.groups)), wrong


def contact_sheet(data: Dataset, found: Suggestion) -> bytes:
    """A PNG with a row for each of some groups: the largest, then others spread over the rest.

    There has to be a group of several images.
    """
    several = found.several
    shown = several[: _ROWS // 2]
    rest = several[_ROWS // 2 :]
    if len(rest):
        spread = np.linspace(0, len(rest) - 1, min(_ROWS - len(shown), len(rest))).astype(int)
        shown = np.append(shown, rest[np.unique(spread)])
    parts = [part.images for _, part in data.parts()]
    step = _SIDE + _GAP
    sheet = np.full((len(shown) * step + _GAP, _COLUMNS * step + _GAP, 3), _BETWEEN)
    sheet = sheet.astype(np.uint8)
    for row, group in enumerate(shown.tolist()):
        own = np.flatnonzero(found.groups == group)[:_COLUMNS]
        for column, image in enumerate(images_at(parts, own)):
            colours = image[..., :3] if image.shape[2] > 2 else image[..., :1].repeat(3, axis=2)
            picture = Image.fromarray(np.ascontiguousarray(colours)).resize((_SIDE, _SIDE))
            top, left = _GAP + row * step, _GAP + column * step
            sheet[top : top + _SIDE, left : left + _SIDE] = np.asarray(picture)
    buffer = BytesIO()
    Image.fromarray(sheet).save(buffer, "PNG")
    return buffer.getvalue()


def write_new(path: Path, content: bytes) -> None:
    """Write a file that does not exist yet, and the folders that it is to lie in.

    Raises:
        DataError: if it exists, or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise DataError(f"{path} exists and is not overwritten. Name another file.") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror or error}).") from None


def manifest(root: Path, data: Dataset, found: Suggestion, reading: Reading) -> bytes:
    """A manifest.csv of a folder with the suggested patients as groups.

    It has the columns of the folder's own manifest.csv, if there is one, and `group` and
    `group_source`. Where file names tell patients, these are taken; what lies in one
    folder that is called like a patient is of one in any case; an image that they do not tell
    of and that stands alone is a group of its own.

    Raises:
        DataError: if groups are given already, if neither images nor names suggest any, or if the
            folder's manifest is a Parquet file.
    """
    file = manifest_of(root)
    if Pooled.of(data).groups is not None:
        raise DataError(f"Folder {root}: patients are given already; nothing is to be suggested.")
    if file is not None and file.suffix != ".csv":
        raise DataError(f"{file}: write it as manifest.csv to have groups added to it.")
    pooled = Pooled.of(data)
    width = len(str(found.number))
    numbers = zip(pooled.case_ids.tolist(), found.groups.tolist(), strict=True)
    groups = {case: f"suggested-{number + 1:0{width}d}" for case, number in numbers}
    named = named_patients(data)
    groups |= named
    groups |= (by_folder := joined_by_folder(groups))
    if not named and not by_folder and not len(found.several):
        raise DataError(
            f"Folder {root}: neither images nor file names suggest that two images are of one "
            "patient, so that no manifest is written."
        )
    listed = [case for case in cases(root, reading).cases if case.id in groups]
    for case in listed:
        if file is None and len(case.masks) > 1:
            raise DataError(
                f"Folder {root}: image {case.path!r} has {len(case.masks)} masks, and a manifest "
                "lists one for each image. Put them into one file."
            )
    columns, rows = (_own_columns(listed), []) if file is None else _own_rows(file, reading)
    own = {row["path"].replace("\\", "/"): row for row in rows}
    columns = [c for c in columns if c not in (GROUP, GROUP_SOURCE)]
    lines = [[*columns, GROUP, GROUP_SOURCE]]
    for case in listed:
        row = _own_row(own, case.path) or _row(case)
        source = BY_NAMES if case.id in named or case.id in by_folder else BY_IMAGES
        lines.append([*(row.get(c) or "" for c in columns), groups[case.id], source])
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue().encode()


def _own_row(own: Mapping[str, dict[str, str]], path: str) -> dict[str, str] | None:
    """The row of an image in the folder's manifest, which may list it by its name alone."""
    name = PurePosixPath(path)
    known = (own.get(listed) for listed in (path, name.name, name.stem))
    return next(({**row, "path": path} for row in known if row), None)


def _own_rows(file: Path, reading: Reading) -> tuple[list[str], list[dict[str, str]]]:
    needed = ("path", "mask" if reading.task == "segmentation" else "label")
    columns, rows = read_table(file, dict(reading.columns), needed)
    return list(columns.names), [dict(zip(columns.names, row, strict=True)) for _, row in rows]


def _own_columns(listed: Sequence[Case]) -> list[str]:
    columns = ["path"]
    columns += ["label"] * any(case.label for case in listed)
    columns += ["split"] * any(case.split for case in listed)
    columns += ["mask"] * any(case.masks for case in listed)
    return columns + [n for n in NUMBERS if any(getattr(c, n) is not None for c in listed)]


def _row(case: Case) -> dict[str, str]:
    numbers = {n: str(v) for n in NUMBERS if (v := getattr(case, n)) is not None}
    return {
        "path": case.path,
        "label": case.label,
        "split": case.split,
        "mask": "".join(case.masks),
        **numbers,
    }
