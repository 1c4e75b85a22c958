"""Predictions, thumbnails and activation maps as Parquet files."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.protocol.predictions import Activations, Predictions, Thumbnails


def write_predictions(path: Path, predictions: Predictions) -> None:
    """Write the columns case_id, split, label, group and a probability per class, p0, p1, ..."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    groups = predictions.groups
    columns = {
        "case_id": pa.array(predictions.case_ids.tolist(), pa.string()),
        "split": pa.array(predictions.split.tolist(), pa.string()).dictionary_encode(),
        "label": pa.array(predictions.labels),
        "group": pa.array(
            [None] * len(predictions.labels) if groups is None else groups.tolist(), pa.string()
        ),
    }
    for k, column in enumerate(predictions.probabilities.T):
        columns[f"p{k}"] = pa.array(np.ascontiguousarray(column))
    pq.write_table(pa.table(columns), path)


def read_predictions(path: Path) -> Predictions:
    """What `write_predictions` wrote.

    Raises:
        ValueError, OSError, KeyError: if the file is another one.
    """
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    classes = [name for name in table.column_names if name[0] == "p" and name[1:].isdigit()]
    groups = table["group"]
    return Predictions(
        case_ids=_strings(table["case_id"]),
        split=_strings(table["split"]),
        labels=table["label"].to_numpy(),
        groups=None if groups.null_count else _strings(groups),
        probabilities=np.column_stack([table[name].to_numpy() for name in classes]),
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
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=["case_id", "png"])
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
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=["case_id", "target", "grid"])
    height = int((table.schema.metadata or {})[b"grid_height"])
    rows = [np.frombuffer(grid, np.uint8) for grid in table["grid"].to_pylist()]
    return Activations(
        case_ids=np.array(table["case_id"].to_pylist(), dtype=np.str_),
        targets=table["target"].to_numpy(),
        grids=np.array(rows, dtype=np.uint8).reshape(len(rows), height, -1),
    )


def _strings(column: Any) -> NDArray[np.str_]:
    """A column of text as a NumPy array; each distinct value is converted once."""
    encoded = column.combine_chunks()
    if not hasattr(encoded, "dictionary"):
        encoded = encoded.dictionary_encode()
    distinct = np.asarray(encoded.dictionary.to_pylist(), dtype=np.str_)
    values: NDArray[np.str_] = distinct[encoded.indices.to_numpy()]
    return values
