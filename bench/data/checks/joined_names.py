"""Names of patients that file names suggest, and that say more than who it is.

`SOB_B_A-14-22550A-100` is patient and magnification. Groups of one patient that are taken for two
may come into two parts, so what could be one patient is one.
"""

import re
from collections.abc import Collection, Mapping
from pathlib import PurePosixPath

from bench.data.checks.sides import are_class_letters, without_sides

_LAST = re.compile(r"^(.*\d.*)[-_ ]([^-_ ]+)$")
_SIGNS = re.compile(r"[^a-z0-9]+")
_MOST = 8  # different things that are said of each patient
_FEWEST = 5  # patients
_NEARLY = 0.9  # of all patients


def joined_names(found: Mapping[str, str], classes: Collection[str] = ()) -> dict[str, str]:
    """Case → name of its patient, without a word that says something else.

    That is a side or a view (`bench.data.checks.sides`); else the last word where few different
    ones stand there, and folders of the paths are called so (`100X` for `100`), or nearly all
    patients have all of them; and what stands behind their beginning where a folder that holds few
    of the names is called like that. A name that is left holds a number, and is that of no class.
    A letter that stands for a class stays.

    Args:
        found: case, a path → name that was read out of it.
        classes: names of the classes.

    >>> found = {f"a/{m}X/P-{p}-{m}-1.png": f"P-{p}-{m}" for p in range(9) for m in (40, 100)}
    >>> sorted(set(joined_names(found).values()))[:2]
    ['P-0', 'P-1']
    """
    plain_classes = {_plain(name) for name in classes}
    short = without_sides(found, classes)
    if not short:
        short = _without_last_word(found, classes) or _as_folders(found)
    if any(_plain(name) in plain_classes for name in short.values()):
        return dict(found)
    return {case: short.get(name, name) for case, name in found.items()}


def _without_last_word(found: Mapping[str, str], classes: Collection[str]) -> dict[str, str]:
    """Name → what stands before its last word, {} where that is part of who it is."""
    split = {name: match for name in set(found.values()) if (match := _LAST.match(name))}
    if len(split) < len(set(found.values())):
        return {}
    words: dict[str, set[str]] = {}
    for match in split.values():
        words.setdefault(match[1], set()).add(match[2])
    every = set().union(*words.values())
    if len(words) < _FEWEST or not 1 < len(every) <= _MOST:
        return {}
    if are_class_letters({name: match[2] for name, match in split.items()}, found, classes):
        return {}
    crossed = sum(own == every for own in words.values()) >= _NEARLY * len(words)
    several = sum(len(own) > 1 for own in words.values()) >= len(words) / 2
    folders = all(
        any(_like(split[name][2], folder) for folder in PurePosixPath(case).parts[:-1])
        for case, name in found.items()
    )
    if not crossed and not (several and folders):
        return {}
    return {name: match[1] for name, match in split.items()}


def _as_folders(found: Mapping[str, str]) -> dict[str, str]:
    """Name → its beginning that a folder of every path repeats, {} where there is none.

    Folders of many names, such as those of years, are no patients.
    """
    short: dict[str, str] = {}
    for case, name in found.items():
        beginning = _beginning(name, PurePosixPath(case).parts[:-1])
        if not beginning or short.setdefault(name, beginning) != beginning:
            return {}
    patients = len(set(short.values()))
    if patients < _FEWEST or len(short) > _MOST * patients:
        return {}
    return short


def _beginning(name: str, folders: tuple[str, ...]) -> str:
    """The longest beginning of a name that a folder is called, up to a separator; "" for none."""
    called = {_plain(folder) for folder in folders if any(sign.isdigit() for sign in folder)}
    ends = [match.start() for match in re.finditer(r"[-_ ]", name)]
    return next((name[:end] for end in reversed(ends) if _plain(name[:end]) in called), "")


def _like(word: str, folder: str) -> bool:
    """Whether a word of a name says what a folder is called.

    >>> _like("100", "100X"), _like("100", "x100"), _like("left", "Left"), _like("10", "100X")
    (True, True, True, False)
    """
    plain, own = _plain(folder), _plain(word)
    return plain == own or (own.isdigit() and plain.strip("x") == own)


def _plain(name: str) -> str:
    return _SIGNS.sub("", name.casefold())
