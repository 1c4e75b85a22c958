"""Numbers that take long to compute and depend on their input alone, kept for the next start.

They lie in the user's cache, one file each, named after everything that they depend on.
"""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.machine.cache_folder import cache

Numbers = tuple[float, ...]


def key_of(*parts: str | NDArray[np.generic] | None) -> str:
    """Everything that some numbers depend on, as the name of a file.

    >>> key_of("a", np.zeros(3)) == key_of("a", np.zeros(3)) != key_of("a", np.zeros((3, 1)))
    True
    """
    digest = hashlib.blake2b(digest_size=20)
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.dtype} {part.shape};".encode())
            digest.update(np.ascontiguousarray(part).tobytes())
        else:
            digest.update(f"{part!r};".encode())
    return digest.hexdigest()


def remembered(kind: str, key: str, compute: Callable[[], Numbers]) -> Numbers:
    """The numbers under a key, computed where they are not there or damaged.

    Args:
        kind: what they are, part of the name of the file.
        key: as of `key_of`.
        compute: is called where they are not known.
    """
    path = cache() / "notes" / f"{kind}-{key}.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        told = json.loads(path.read_text(encoding="ascii"))
        if told["seal"] == _seal(key, told["numbers"]):
            return tuple(float(number) for number in told["numbers"])
    found = compute()
    _write(path, json.dumps({"numbers": list(found), "seal": _seal(key, list(found))}))
    return found


def _seal(key: str, numbers: Sequence[float]) -> str:
    return hashlib.blake2b(f"{key} {numbers!r}".encode(), digest_size=8).hexdigest()


def _write(path: Path, text: str) -> None:
    """Keep them; a cache that cannot be written costs time and nothing else."""
    own = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(text, encoding="ascii")
        own.replace(path)
    except OSError:
        with suppress(OSError):
            own.unlink(missing_ok=True)
