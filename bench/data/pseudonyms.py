"""Salted hashes in the place of what could tell who a patient is.

The salt is made of the content of all files: whoever has the files knows the patients anyway, and
whoever has only the results cannot try out numbers. It is never stored. The same files give the
same hashes on every machine, whatever the size of the images is.
"""

import hashlib
import re
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bench.data.dataset import Dataset, Split
from bench.protocol.columns import FILE

HASHED = re.compile(r"patient-[0-9a-f]{12}")
"""How the hash of a patient is written."""

WRITTEN = re.compile(rf"{HASHED.pattern}|{FILE}[0-9a-f]{{16}}")
"""How the hash of a patient, or of a path in the place of one, is written."""


_QUOTING_PATIENTS = ("group-names", "folders")
_QUOTING_PATHS = (*_QUOTING_PATIENTS, "left-out")


def salt_of(content: NDArray[np.uint8]) -> bytes:
    """The salt of files.

    Args:
        content: `(n, m)` a digest of what each of them holds.
    """
    return hashlib.blake2b(b"".join(sorted(map(bytes, content)))).digest()


def patient(name: str, salt: bytes) -> str:
    """What is stored of a patient."""
    return f"patient-{hashlib.blake2b(name.encode(), key=salt, digest_size=6).hexdigest()}"


def case(name: str, salt: bytes) -> str:
    """What is stored of the path of an image."""
    return f"{FILE}{hashlib.blake2b(name.encode(), key=salt, digest_size=8).hexdigest()}"


def pseudonymised(data: Dataset, ids: bool) -> Dataset:
    """The data set with hashes in the place of groups that a manifest gives, and of paths.

    Unchanged where its files are not known, as of data sets that are published with codes.

    Args:
        data: the data set, whose groups and case ids are those of the manifest.
        ids: whether paths are hashed, too, both as case ids and where they are groups.
    """
    if data.files is None or not data.files.salt:
        return data
    salt, given = data.files.salt, data.files.groups_given
    if not given and not ids:
        return data

    def hidden(part: Split) -> Split:
        groups, cases = part.groups, part.case_ids
        if groups is not None:
            names = groups.tolist()
            known = {name: patient(name, salt) for name in names if not HASHED.fullmatch(name)}
            groups = np.array([known.get(name, name) for name in names])
        if ids:
            cases = np.array([case(name, salt) for name in cases.tolist()])
        return replace(part, groups=groups, case_ids=cases)

    changed = replace(
        data,
        train=hidden(data.train),
        val=hidden(data.val),
        test=hidden(data.test),
        external={name: hidden(part) for name, part in data.external.items()},
    ).with_files(data.files.hiding(_QUOTING_PATHS if ids else _QUOTING_PATIENTS))
    told = hashlib.blake2b(f"{data.fingerprint} hashed {ids}".encode(), digest_size=16)
    changed.recall(told.hexdigest())
    return changed
