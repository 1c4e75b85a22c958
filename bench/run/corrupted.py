"""What a fitted method says of the test images once they are corrupted.

Corrupted images are made once for all methods, seeds and folds that need the same, some images at a
time, as memory maps in the cache folder of the run; they are the same on every machine.
"""

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.data.chunks import chunks
from bench.data.dataset import Dataset
from bench.data.memory_maps import write_images
from bench.protocol.predictions import CorruptedPredictions
from bench.workers.job import Job

MOST_KEPT = 2**31
"""Bytes of the corrupted images of one test part that are kept for other trials; of more, each
trial makes its own and keeps one corruption at a time."""

Predict = Callable[[NDArray[np.uint8]], NDArray[np.float64]]
"""Images `(n, h, w, c)` → probabilities `(n, k)`, checked."""


def kinds_of(wanted: tuple[str, ...], modality: str, channels: int) -> tuple[str, ...]:
    """The corruptions of a data set that a study asks for, sorted.

    Args:
        wanted: names; "all" for those that suit the modality. What changes colours alone is left
            out of gray images.
        modality: see `bench.data.corruptions`.
        channels: of the images.
    """
    from bench.data.corruptions import names

    found = set(wanted) - {"all"}
    if "all" in wanted:
        found |= set(names(modality, channels))
    return tuple(sorted(found & set(names(None, channels))))


def parts_of(kinds: tuple[str, ...]) -> int:
    """How many times the test part is predicted once more."""
    if not kinds:
        return 0
    from bench.data.corruptions import SEVERITIES

    return len(kinds) * len(SEVERITIES)


def predict_corrupted(
    job: Job, data: Dataset, predict: Predict
) -> tuple[CorruptedPredictions, float]:
    """The predictions of all corrupted test parts, and the seconds that the method took for them.

    Args:
        job: the trial, which names the corruptions.
        data: as the trial has it.
        predict: asks the fitted method.

    Raises:
        Exception: what the method raises.
    """
    from bench.data.corruptions import SEVERITIES

    n, k = len(data.test), len(data.class_names)
    found = np.empty((len(job.corrupt), len(SEVERITIES), n, k), np.float32)
    keep = data.test.images.nbytes * parts_of(job.corrupt) <= MOST_KEPT
    seconds = 0.0
    for i, kind in enumerate(job.corrupt):
        for j, severity in enumerate(SEVERITIES):
            path = _made(job, data.test.images, kind, severity)
            images = np.load(path, mmap_mode="r", allow_pickle=False)
            start = time.perf_counter()
            found[i, j] = predict(images)
            seconds += time.perf_counter() - start
            if not keep:
                path.unlink(missing_ok=True)
    return CorruptedPredictions(data.test.case_ids, job.corrupt, SEVERITIES, found), seconds


def _made(job: Job, images: NDArray[np.uint8], kind: str, severity: int) -> Path:
    """The file of the images of a corruption, made if it is not there."""
    from bench.data.corruptions import corrupt

    trial = job.trial
    told = f"{job.fingerprint} {trial.fold} {trial.repeat} {kind} {severity}"
    name = hashlib.blake2b(told.encode(), digest_size=12).hexdigest()
    path = job.cache_folder / "corrupted" / f"{name}.npy"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    own = path.with_name(f".{name}-{os.getpid()}.npy")
    some = (corrupt(chunk, kind, severity, job.split_seed) for chunk in chunks(images))
    try:
        write_images(own, images.shape, some)
        own.replace(path)
    finally:
        own.unlink(missing_ok=True)
    return path
