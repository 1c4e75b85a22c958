"""Label maps, true and predicted, as Parquet files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.protocol.errors import BenchError
from bench.protocol.label_maps import MOST_PIXELS, LabelMaps, Targets, sides

MOST_PREDICTED = 1024 * 1024
"""Pixels of a label map that a method made: as many as an image of a study may have."""

_MOST_BYTES = 1 << 26  # of one PNG; what 90 million pixels of a plausible truth take


def write_label_maps(path: Path, label_maps: LabelMaps) -> None:
    """Write the columns case_id, split and png."""
    _write(
        path,
        {
            "case_id": label_maps.case_ids.tolist(),
            "split": label_maps.split.tolist(),
            "png": label_maps.pngs,
        },
    )


def read_label_maps(path: Path) -> LabelMaps:
    """What `write_label_maps` wrote.

    Raises:
        ValueError, OSError, KeyError: if the file is another one, or a map is none.
    """
    table = _read(path, ("case_id", "split", "png"))
    pngs = _pngs(table["png"], MOST_PREDICTED)
    return LabelMaps(_strings(table["case_id"]), _strings(table["split"]), pngs)


def write_targets(path: Path, targets: Targets) -> None:
    """Write the columns case_id, split, group, png, height, width, spacing_y and spacing_x."""
    spacings = [[None if np.isnan(mm) else mm for mm in row] for row in targets.spacings.tolist()]
    groups = targets.groups
    _write(
        path,
        {
            "case_id": targets.case_ids.tolist(),
            "split": targets.split.tolist(),
            "group": [None] * len(targets) if groups is None else groups.tolist(),
            "png": targets.pngs,
            "height": targets.heights.tolist(),
            "width": targets.widths.tolist(),
            "spacing_y": [row[0] for row in spacings],
            "spacing_x": [row[1] for row in spacings],
        },
    )


def read_targets(path: Path) -> Targets:
    """What `write_targets` wrote.

    Raises:
        ValueError, OSError, KeyError: if the file is another one, or a map is none.
    """
    table = _read(path, tuple(_TYPES))
    pngs = _pngs(table["png"], MOST_PIXELS)
    groups = table["group"].to_pylist()
    heights, widths = (table[name].to_numpy().astype(np.int32) for name in ("height", "width"))
    for png, height, width in zip(pngs, heights.tolist(), widths.tolist(), strict=True):
        if sides(png) != (height, width):
            raise ValueError("a label map has other sides than its file")
    spacings = [table[name].to_numpy(zero_copy_only=False) for name in ("spacing_y", "spacing_x")]
    return Targets(
        case_ids=_strings(table["case_id"]),
        split=_strings(table["split"]),
        groups=None if None in groups else np.array(groups, dtype=np.str_),
        pngs=pngs,
        heights=heights,
        widths=widths,
        spacings=np.column_stack([column.astype(np.float64) for column in spacings]),
    )


_TYPES = {
    "case_id": "string",
    "split": "string",
    "group": "string",
    "png": "binary",
    "height": "int32",
    "width": "int32",
    "spacing_y": "double",
    "spacing_x": "double",
}


def _write(path: Path, columns: dict[str, Sequence[Any]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {
        "string": pa.string(),
        "binary": pa.binary(),
        "int32": pa.int32(),
        "double": pa.float64(),
    }
    arrays = {name: pa.array(values, kinds[_TYPES[name]]) for name, values in columns.items()}
    texts = [name for name in columns if _TYPES[name] == "string"]
    # a PNG is compressed already
    pq.write_table(pa.table(arrays), path, compression="none", use_dictionary=texts)


def _read(path: Path, columns: tuple[str, ...]) -> Any:
    """The columns of a table that has just these types.

    Raises:
        ValueError, OSError, KeyError: if it is another table.
    """
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=list(columns))
    for name in columns:
        if str(table.schema.field(name).type) != _TYPES[name]:
            raise ValueError(f"the column {name!r} is {table.schema.field(name).type}")
    return table


def _pngs(column: Any, limit: int) -> tuple[bytes, ...]:
    """The files of a column, none of them larger than the limit by what its header states."""
    pngs = tuple(column.to_pylist())
    for png in pngs:
        if png is None or len(png) > _MOST_BYTES:
            raise ValueError("a label map is missing or too large")
        try:
            height, width = sides(png)
        except BenchError as error:
            raise ValueError(str(error)) from None
        if height * width > limit:
            raise ValueError(f"a label map has {height * width:,} px, more than {limit:,}")
    return pngs


def _strings(column: Any) -> NDArray[np.str_]:
    return np.array(column.to_pylist(), dtype=np.str_)
