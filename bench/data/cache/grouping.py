"""Which images are of one patient, as far as a manifest or the files themselves tell."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bench.data.cache.table import Table
from bench.data.folders.case import Case
from bench.data.pseudonyms import HASHED, patient, salt_of


def groups_of_files(found: Sequence[Case], table: Table) -> NDArray[np.str_] | None:
    """Groups `(n,)` of cases without any: the patients of DICOM files, and files of several cases.

    Patients are hashes salted with the content of all the files. Whoever has the files knows the
    patients; whoever has not cannot know the salt, so trying all numbers tells nothing. Fewer than
    two different PatientIDs tell nothing, as in anonymised files that all have the same one. The
    group of a file that names no patient is its path, so that frames and slices stay together.

    Returns:
        the groups, None where neither patients are named nor a file has several cases.
    """
    named = sorted(set(table.patients) - {""})
    several = max(Counter(case.path for case in found).values()) > 1
    if len(named) < 2 and not several:
        return None
    hashed: dict[str, str] = {}
    if len(named) > 1:
        salt = salt_of(table.content)
        hashed = {name: patient(name, salt) for name in named}
    owners = zip(table.patients, found, strict=True)
    return np.array([hashed.get(owner, case.path) for owner, case in owners])


def unnamed(groups: NDArray[np.str_]) -> int:
    """Images that name no patient where others do, by groups of `groups_of_files`."""
    named = sum(bool(HASHED.fullmatch(group)) for group in groups.tolist())
    return len(groups) - named if named else 0


def shared_groups(
    found: Sequence[Case], groups: NDArray[np.str_] | None = None
) -> dict[str, tuple[str, str]]:
    """Groups that are in two parts, and which.

    Args:
        found: the cases.
        groups: in the place of their own.
    """
    if groups is not None:
        own = zip(found, groups.tolist(), strict=True)
        found = [replace(case, group=group) for case, group in own]
    parts: dict[str, str] = {}
    shared: dict[str, tuple[str, str]] = {}
    for case in found:
        if case.group and parts.setdefault(case.group, case.split) != case.split:
            shared.setdefault(case.group, (parts[case.group], case.split))
    return shared
