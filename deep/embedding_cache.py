"""What a frozen network sees of an image is computed once: rows on disk, found by content.

The methods, seeds, folds and fractions of a run ask the same network about the same images. Its
answers are kept in a folder that lives as long as the run, under a digest of the pixels, with the
seconds that they took, so that a method that finds them can still be charged for them.

Processes that need the same rows at the same time share the work: the images are dealt to shards by
their digest, each of which one process computes while the others take another one or wait.
"""

import hashlib
import os
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

SHARDS = 4
"""Parts of a data set that processes may compute side by side.

More would cost more: a network is asked in blocks, and the last one of every part is filled up.
"""

_DIGEST_BYTES = 16
_PIECE = 512  # images that are computed and stored at a time

_Known = dict[bytes, tuple[NDArray[np.float32], float]]  # digest → row, and its seconds

Compute = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Images `(m, h, w, c)` → rows `(m, d)`, each row that of its image alone."""


@dataclass(frozen=True, eq=False)
class _Share:
    """The images of a shard.

    Attributes:
        shard: its number.
        rows: where the images are among all.
        digests: of each.
    """

    shard: int
    rows: NDArray[np.intp]
    digests: list[bytes]

    def taken_from(self, known: _Known) -> tuple[NDArray[np.float32], float]:
        """What is known of every image `(m, d)`, and its seconds in all."""
        found = [known[digest] for digest in self.digests]
        return np.stack([row for row, _ in found]), sum(seconds for _, seconds in found)

    def without(self, known: _Known) -> list[tuple[list[int], list[bytes]]]:
        """Rows and digests of the images that are not known, each once, in pieces."""
        row_of = dict(zip(self.digests, self.rows.tolist(), strict=True))
        missing = [digest for digest in row_of if digest not in known]
        pieces = [missing[i : i + _PIECE] for i in range(0, len(missing), _PIECE)]
        return [([row_of[digest] for digest in piece], piece) for piece in pieces]


class EmbeddingCache:
    """Rows of a feature matrix in a folder that several processes may use at once.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    key : str
        Everything besides the pixels on which the rows depend, as a valid file name.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self._folder = folder / "embeddings" / key

    def rows(
        self, images: NDArray[np.uint8], compute: Compute
    ) -> tuple[NDArray[np.float32], float]:
        """``compute(images)``, and the seconds to charge beside those that it took here.

        These are the seconds that the rows which were found had taken, less those for which this
        process waited until they were there.

        Parameters
        ----------
        images : (n, h, w, c) uint8
        compute : Compute
        """
        digests = [_digest(image) for image in images]
        shares = [
            _Share(shard, rows, [digests[row] for row in rows])
            for shard in range(SHARDS)
            if len(rows := np.flatnonzero([digest[0] % SHARDS == shard for digest in digests]))
        ]
        first = os.getpid() % len(shares)  # so that processes begin with different ones
        waiting = shares[first:] + shares[:first]
        parts: list[tuple[NDArray[np.intp], NDArray[np.float32]]] = []
        charged = 0.0
        for patient in (False, True):
            busy = []
            for share in waiting:
                found = self._rows_of(share, images, compute, patient)
                if found is None:
                    busy.append(share)
                    continue
                parts.append((share.rows, found[0]))
                charged += found[1]
            waiting = busy
        values = np.empty((len(images), parts[0][1].shape[1]), np.float32)
        for rows, part in parts:
            values[rows] = part
        return values, max(0.0, charged)

    def _rows_of(
        self, share: "_Share", images: NDArray[np.uint8], compute: Compute, patient: bool
    ) -> tuple[NDArray[np.float32], float] | None:
        """The rows of a share and what to charge; None where another process is at work on it."""
        known = self._known(share.shard)
        if all(digest in known for digest in share.digests):
            return share.taken_from(known)
        start = time.perf_counter()
        lock = self._lock(share.shard)
        try:
            if lock:
                lock.acquire(timeout=-1 if patient else 0)
            waited = time.perf_counter() - start
            known = self._known(share.shard)
            found = {digest: known[digest] for digest in share.digests if digest in known}
            new = share.without(found)
            for rows, digests in new:
                began = time.perf_counter()
                values = compute(images[rows])
                self._store(share.shard, digests, values, time.perf_counter() - began)
                found |= {digest: (row, 0.0) for digest, row in zip(digests, values, strict=True)}
            taken, charged = share.taken_from(found)
            return taken, charged - waited
        except Timeout:
            return None
        finally:
            if lock:
                lock.release()

    def _lock(self, shard: int) -> FileLock | None:
        """The lock of a shard, which ends with its process; None where no file can be written."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            return FileLock(self._folder / f"{shard}.lock")
        return None

    def _known(self, shard: int) -> _Known:
        """Digest → row, and the seconds that it took, of everything stored so far."""
        known: _Known = {}
        for path in sorted(self._folder.glob(f"{shard}-*.npz")):
            with np.load(path) as stored:
                values, seconds = stored["values"], float(stored["seconds"])
                digests: NDArray[np.uint8] = stored["digests"]
            each = seconds / len(digests)
            known |= {d.tobytes(): (row, each) for d, row in zip(digests, values, strict=True)}
        return known

    def _store(
        self, shard: int, digests: Sequence[bytes], values: NDArray[np.float32], seconds: float
    ) -> None:
        """Keep the rows; a file appears only when it is complete, and a full disk is no error."""
        joined = np.frombuffer(b"".join(digests), np.uint8).reshape(len(digests), _DIGEST_BYTES)
        name = uuid.uuid4().hex
        temporary = self._folder / f".{name}.npz"
        with suppress(OSError):
            np.savez(temporary, digests=joined, values=values, seconds=seconds)
            temporary.rename(self._folder / f"{shard}-{name}.npz")
            return
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _digest(image: NDArray[np.uint8]) -> bytes:
    content = np.ascontiguousarray(image).data
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).digest()
