"""What was found out about the images of a data set, kept for the next start.

Notes lie in the user's cache, one file for each fingerprint, so images that change get new ones.
"""

import hashlib
import json
import os
import zipfile
from pathlib import Path

import numpy as np

from bench.data import near_duplicates
from bench.data.dataset import Dataset
from bench.data.near_duplicates import Twins, find_twins
from bench.machine.cache_folder import cache

_SCHEMA = 1


def twins_of(data: Dataset) -> Twins | None:
    """The near twins of a data set, searched for once; see
    `bench.data.near_duplicates.find_twins`."""
    path = _place(data)
    known = _read(path, sum(len(part) for _, part in data.parts()))
    if known is not None:
        return known
    found = find_twins(data)
    if found is not None:
        _write(path, found)
    return found


def _place(data: Dataset) -> Path:
    limits = [_SCHEMA, near_duplicates.COARSE, near_duplicates.DETAIL, near_duplicates.DETAIL_SMALL]
    version = hashlib.blake2b(json.dumps(limits).encode(), digest_size=4).hexdigest()
    return cache() / "notes" / f"{data.fingerprint}-{version}.npz"


def _read(path: Path, n: int) -> Twins | None:
    """The twins in a file, None where it is missing or damaged: a zip file has checksums."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            found = Twins(
                arrays["digests"],
                arrays["constant"],
                arrays["first"],
                arrays["second"],
                arrays["mirrored"],
                bool(arrays["complete"]),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return found if len(found.digests) == n else None


def _write(path: Path, twins: Twins) -> None:
    """Keep the twins; a cache that cannot be written costs time and nothing else."""
    own = path.with_name(f".{path.stem}-{os.getpid()}.npz")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(
            own,
            digests=twins.digests,
            constant=twins.constant,
            first=twins.first,
            second=twins.second,
            mirrored=twins.mirrored,
            complete=np.array(twins.complete),
        )
        own.replace(path)
    except OSError:
        own.unlink(missing_ok=True)
