"""What was found out about the images of a data set, kept for the next start.

Notes lie in the user's cache, one file for each set of images, whatever their order and parts are.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset, Split
from bench.data.likeness.near_duplicates import LIMITS, Twins, twins_among
from bench.data.splits import groups_of, image_digests
from bench.machine.cache_folder import cache

_SCHEMA = 7


def twins_of(data: Dataset) -> Twins | None:
    """The near twins of a data set, searched for once; see
    `bench.data.likeness.near_duplicates.find_twins`."""
    return _of_parts([part for _, part in data.parts()])


def twins_of_all(data: Dataset) -> Twins | None:
    """The same with the external parts, whose cases come last."""
    return _of_parts([part for _, part in data.all_parts()])


def _of_parts(splits: Sequence[Split]) -> Twins | None:
    return twins_of_images([split.images for split in splits], groups=groups_of(splits))


def twins_of_images(
    parts: Sequence[NDArray[np.uint8]],
    digests: NDArray[np.uint64] | None = None,
    groups: NDArray[np.str_] | None = None,
) -> Twins | None:
    """The near twins among images, searched for once; see
    `bench.data.likeness.near_duplicates.twins_among`.

    Args:
        parts: images of one shape, in several arrays.
        digests: of all of them where they are known, see `bench.data.splits.image_digests`.
        groups: `(n,)` their patients, where they are known.
    """
    if digests is None:
        digests = np.concatenate([image_digests(images) for images in parts])
    kinds, first = np.unique(digests, return_index=True)
    path = _place(kinds, None if groups is None else groups[first], parts[0].shape[1:])
    known = _read(path, digests, kinds, first)
    if known is not None:
        return known
    found = twins_among(parts, digests, groups)
    if found is not None:
        _write(path, found, kinds, first)
    return found


def _place(
    kinds: NDArray[np.uint64], groups: NDArray[np.str_] | None, shape: tuple[int, ...]
) -> Path:
    content = hashlib.blake2b(json.dumps([_SCHEMA, LIMITS, shape]).encode(), digest_size=16)
    content.update(np.ascontiguousarray(kinds).data)
    if groups is not None:  # whose names play no part
        _, place, own = np.unique(groups, return_index=True, return_inverse=True)
        content.update(np.ascontiguousarray(place[own]).data)
    return cache() / "notes" / f"twins-{content.hexdigest()}.npz"


def _read(
    path: Path, digests: NDArray[np.uint64], kinds: NDArray[np.uint64], place: NDArray[np.intp]
) -> Twins | None:
    """The twins in a file, None where it is missing or damaged: a zip file has checksums.

    The rows of a file are places among the sorted digests; `place` is the first image of each.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            constant = np.asarray(arrays["constant"])
            pairs = place[np.stack([arrays["first"], arrays["second"]])]
            mirrored = np.asarray(arrays["mirrored"])
            complete = bool(arrays["complete"])
    except (OSError, ValueError, KeyError, EOFError, IndexError, zipfile.BadZipFile):
        return None
    if len(constant) != len(kinds):
        return None
    pairs = np.sort(pairs, axis=0)
    order = np.lexsort(pairs[::-1])
    own = constant[np.searchsorted(kinds, digests)]
    return Twins(digests, own, pairs[0, order], pairs[1, order], mirrored[order], complete)


def _write(path: Path, twins: Twins, kinds: NDArray[np.uint64], place: NDArray[np.intp]) -> None:
    """Keep the twins; a cache that cannot be written costs time and nothing else."""
    own = path.with_name(f".{path.stem}-{os.getpid()}.npz")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(
            own,
            constant=twins.constant[place],
            first=np.searchsorted(kinds, twins.digests[twins.first]),
            second=np.searchsorted(kinds, twins.digests[twins.second]),
            mirrored=twins.mirrored,
            complete=np.array(twins.complete),
        )
        own.replace(path)
    except OSError:
        own.unlink(missing_ok=True)
