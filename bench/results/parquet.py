"""Predictions, metadata, thumbnails and activation maps as Parquet files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.protocol.metadata import Metadata, is_missing, is_number
from bench.protocol.predictions import (
    Activations,
    CorruptedPredictions,
    Predictions,
    Thumbnails,
)

_OURS = ("case_id", "split")
_THEIRS = "{} (column)"  # how a column of the metadata is called that has such a name itself


def read_table(path: Path, columns: Sequence[str] | None = None) -> Any:
    """A file as a table of pyarrow; of some columns where they are named.

    `pyarrow.parquet.read_table` loads what reads whole folders first, and pandas with it, which
    takes longer than to read a hundred files of predictions.
    """
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        return file.read(None if columns is None else list(columns))


def write_predictions(path: Path, predictions: Predictions) -> None:
    """Write the columns case_id, split, label, group and a probability per class, p0, p1, ..."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    groups = np.full(len(predictions.labels), "")
    if predictions.groups is not None:
        groups = predictions.groups
    columns = {
        "case_id": pa.array(predictions.case_ids.tolist(), pa.string()),
        "split": pa.array(predictions.split.tolist(), pa.string()).dictionary_encode(),
        "label": pa.array(predictions.labels),
        "group": pa.array(groups.tolist(), pa.string(), mask=groups == ""),
    }
    for k, column in enumerate(predictions.probabilities.T):
        columns[f"p{k}"] = pa.array(np.ascontiguousarray(column))
    pq.write_table(pa.table(columns), path)


def read_predictions(path: Path) -> Predictions:
    """What `write_predictions` wrote.

    Raises:
        ValueError, OSError, KeyError: if the file is another one.
    """
    table = read_table(path)
    classes = [name for name in table.column_names if name[0] == "p" and name[1:].isdigit()]
    groups = table["group"]
    known = groups.null_count < len(groups)
    if known and groups.null_count:
        groups = groups.fill_null("")
    return Predictions(
        case_ids=_strings(table["case_id"]),
        split=_strings(table["split"]),
        labels=_numbers(table["label"]),
        groups=_strings(groups) if known else None,
        probabilities=np.column_stack([_numbers(table[name]) for name in classes]),
    )


def write_metadata(path: Path, metadata: Metadata) -> None:
    """Write the columns case_id and split, then those of the metadata, without values as null."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {
        "case_id": pa.array(metadata.case_ids.tolist(), pa.string()),
        "split": pa.array(metadata.split.tolist(), pa.string()).dictionary_encode(),
    }
    for name, values in metadata.columns.items():
        kind = pa.float64() if is_number(values) else pa.string()
        known = pa.array(values.tolist(), kind, mask=is_missing(values))
        stored = known if is_number(values) else known.dictionary_encode()
        columns[_THEIRS.format(name) if name in _OURS else name] = stored
    pq.write_table(pa.table(columns), path)


def read_metadata(path: Path) -> Metadata:
    """What `write_metadata` wrote.

    Raises:
        ValueError, OSError, KeyError: if the file is another one.
    """
    import pyarrow as pa

    table = read_table(path)
    theirs = {_THEIRS.format(name): name for name in _OURS}
    columns: dict[str, NDArray[np.generic]] = {}
    for stored in table.column_names:
        if stored not in _OURS:
            values = table[stored]
            columns[theirs.get(stored, stored)] = (
                values.to_numpy().astype(np.float64)
                if pa.types.is_floating(values.type)
                else np.array([value or "" for value in values.to_pylist()], dtype=np.str_)
            )
    return Metadata(_strings(table["case_id"]), _strings(table["split"]), columns)


def write_corrupted(path: Path, corrupted: CorruptedPredictions) -> None:
    """Write a row per corruption, severity and case, and a probability per class, p0, p1, ..."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds, severities, n, k = corrupted.probabilities.shape
    rows = corrupted.probabilities.reshape(-1, k)
    severity = np.tile(np.repeat(np.array(corrupted.severities, np.int8), n), kinds)
    columns = {
        "kind": pa.array(np.repeat(corrupted.kinds, severities * n).tolist()).dictionary_encode(),
        "severity": pa.array(severity),
        "case_id": pa.array(corrupted.case_ids.tolist() * (kinds * severities)).dictionary_encode(),
    }
    for i in range(k):
        columns[f"p{i}"] = pa.array(np.ascontiguousarray(rows[:, i]))
    pq.write_table(pa.table(columns), path)


def read_corrupted(path: Path) -> CorruptedPredictions:
    """What `write_corrupted` wrote.

    Raises:
        ValueError, OSError, KeyError: if the file is another one.
    """
    table = read_table(path)
    classes = [name for name in table.column_names if name[0] == "p" and name[1:].isdigit()]
    kinds = tuple(dict.fromkeys(_strings(table["kind"]).tolist()))
    severities = tuple(dict.fromkeys(_numbers(table["severity"]).tolist()))
    n = len(table) // (len(kinds) * len(severities))
    probabilities = np.column_stack([_numbers(table[name]) for name in classes])
    return CorruptedPredictions(
        case_ids=_strings(table["case_id"].slice(0, n)),
        kinds=kinds,
        severities=severities,
        probabilities=probabilities.reshape(len(kinds), len(severities), n, len(classes)),
    )


def write_thumbnails(path: Path, thumbnails: Thumbnails) -> None:
    """Write the columns case_id and png."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {
        "case_id": pa.array(thumbnails.case_ids.tolist(), pa.string()),
        "png": pa.array(thumbnails.pngs, pa.binary()),
    }
    # a PNG is compressed already
    pq.write_table(pa.table(columns), path, compression="none", use_dictionary=False)


def read_thumbnails(path: Path) -> Thumbnails:
    """What `write_thumbnails` wrote.

    Raises:
        ValueError, OSError, KeyError: if the file is another one.
    """
    table = read_table(path, columns=["case_id", "png"])
    ids = np.array(table["case_id"].to_pylist(), dtype=np.str_)
    return Thumbnails(ids, tuple(table["png"].to_pylist()))


def write_activations(path: Path, activations: Activations) -> None:
    """Write the columns case_id, target and grid, row after row, and the height of the grids."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    n, height, width = activations.grids.shape
    flat = np.ascontiguousarray(activations.grids).reshape(n, height * width)
    columns = {
        "case_id": pa.array(activations.case_ids.tolist(), pa.string()),
        "target": pa.array(activations.targets),
        "grid": pa.array([row.tobytes() for row in flat], pa.binary(height * width)),
    }
    table = pa.table(columns).replace_schema_metadata({"grid_height": str(height)})
    pq.write_table(table, path, compression="zstd")


def read_activations(path: Path) -> Activations:
    """What `write_activations` wrote.

    Raises:
        ValueError, OSError, KeyError: if the file is another one.
    """
    table = read_table(path, columns=["case_id", "target", "grid"])
    height = int((table.schema.metadata or {})[b"grid_height"])
    rows = [np.frombuffer(grid, np.uint8) for grid in table["grid"].to_pylist()]
    return Activations(
        case_ids=np.array(table["case_id"].to_pylist(), dtype=np.str_),
        targets=_numbers(table["target"]),
        grids=np.array(rows, dtype=np.uint8).reshape(len(rows), height, -1),
    )


def _strings(column: Any) -> NDArray[np.str_]:
    """A column of text as a NumPy array; each distinct value is converted once."""
    encoded = column.combine_chunks()
    if not hasattr(encoded, "dictionary"):
        encoded = encoded.dictionary_encode()
    distinct = np.asarray(encoded.dictionary.to_pylist(), dtype=np.str_)
    values: NDArray[np.str_] = distinct[_numbers(encoded.indices)]
    return values


def _numbers(column: Any) -> NDArray[Any]:
    """A column of numbers as a NumPy array of its own; pyarrow's way there loads pandas."""
    whole = column.combine_chunks() if hasattr(column, "combine_chunks") else column
    if whole.null_count or not hasattr(whole, "__dlpack__"):
        return np.asarray(column.to_numpy(zero_copy_only=False))
    return np.array(np.from_dlpack(whole))
