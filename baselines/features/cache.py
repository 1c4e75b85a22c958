"""What was computed from an image once is not computed again: rows on disk, found by content.

A run fits many methods, seeds and folds on the same images. The rows of a feature matrix are kept
in a folder that lives as long as the run, under a digest of the pixels they were computed from; so
it does not matter in which split, order or process an image turns up again. How long the rows took
is kept beside them, so that a method that finds them can still be charged for them.
"""

import hashlib
import shutil
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BLOCK_BYTES = 2**26
"""Pixels that are looked up, computed and stored at a time, in bytes."""

_DIGEST_BYTES = 16


@dataclass(frozen=True)
class _Chunk:
    """Rows that were stored together.

    Attributes:
        values: (m, d) float64, a read-only memory map.
        seconds: that each of them took.
    """

    values: NDArray[np.float64]
    seconds: float


class RowCache:
    """Rows of a feature matrix in a folder that several processes may use at once.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    key : str
        Everything besides the pixels on which the rows depend, as a valid file name.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self.folder = folder / key

    def rows(
        self,
        images: NDArray[np.uint8],
        compute: Callable[[NDArray[np.uint8]], NDArray[np.float64]],
    ) -> tuple[NDArray[np.float64], float]:
        """``compute(images)``, and the seconds that the rows which were found had taken.

        Parameters
        ----------
        images : (n, h, w, c) uint8
        compute : function
            Rows ``(m, d) float64`` of images ``(m, h, w, c)``, each row that of its image alone.
        """
        n = len(images)
        step = max(1, BLOCK_BYTES // images[0].nbytes)
        parts, cached = [], 0.0
        for start in range(0, n, step):
            values, seconds = self._block(images[start : start + step], compute)
            parts.append(values)
            cached += seconds
        return np.concatenate(parts), cached

    def _block(
        self,
        images: NDArray[np.uint8],
        compute: Callable[[NDArray[np.uint8]], NDArray[np.float64]],
    ) -> tuple[NDArray[np.float64], float]:
        digests = [
            hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=_DIGEST_BYTES).digest()
            for image in images
        ]
        known = self._known()
        missing = [i for i, digest in enumerate(digests) if digest not in known]
        if missing:
            start = time.perf_counter()
            computed = compute(images if len(missing) == len(images) else images[missing])
            seconds = time.perf_counter() - start
            self._store([digests[i] for i in missing], computed, seconds)
            if len(missing) == len(images):
                return computed, 0.0
        found = [i for i, digest in enumerate(digests) if digest in known]
        chunk, row = known[digests[found[0]]]
        values = np.empty((len(images), chunk.values.shape[1]))
        if missing:
            values[missing] = computed
        cached = 0.0
        for i in found:
            chunk, row = known[digests[i]]
            values[i] = chunk.values[row]
            cached += chunk.seconds
        return values, cached

    def _known(self) -> dict[bytes, tuple[_Chunk, int]]:
        """Digest → chunk and row of everything stored so far."""
        known: dict[bytes, tuple[_Chunk, int]] = {}
        if not self.folder.is_dir():
            return known
        for path in sorted(self.folder.glob("[0-9a-f]*")):
            digests: NDArray[np.uint8] = np.load(path / "digests.npy")
            values = np.load(path / "values.npy", mmap_mode="r")
            seconds = float((path / "seconds.txt").read_text(encoding="ascii"))
            chunk = _Chunk(values, seconds / len(digests))
            known |= {digest.tobytes(): (chunk, row) for row, digest in enumerate(digests)}
        return known

    def _store(self, digests: Sequence[bytes], values: NDArray[np.float64], seconds: float) -> None:
        """Keep the rows; a folder appears only when it is complete, and a full disk is no error."""
        name = uuid.uuid4().hex
        temporary = self.folder / f".{name}"
        with suppress(OSError):
            temporary.mkdir(parents=True)
            joined = np.frombuffer(b"".join(digests), dtype=np.uint8)
            np.save(temporary / "digests.npy", joined.reshape(len(digests), _DIGEST_BYTES))
            np.save(temporary / "values.npy", values)
            (temporary / "seconds.txt").write_text(repr(seconds), encoding="ascii")
            temporary.rename(self.folder / name)
            return
        shutil.rmtree(temporary, ignore_errors=True)
