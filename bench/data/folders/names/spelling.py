"""Labels and ids that are the same although they are written differently."""

import os
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.protocol.errors import DataError

_WHOLE = re.compile(r"([+-]?\d+)\.0+")
_SEPARATORS = re.compile(r"[\s_\-]+")
_LEADING_ZEROS = re.compile(r"(?<![\d.])0+(?=\d)")


@dataclass(frozen=True)
class Spellings:
    """How names are written.

    Attributes:
        chosen: name → how all of its spellings are written from now on.
        joined: spellings that were taken for one name, the chosen one first.
        doubtful: names that are taken for different ones, and could be one.
    """

    chosen: Mapping[str, str]
    joined: tuple[tuple[str, ...], ...]
    doubtful: tuple[tuple[str, ...], ...]


def spellings(names: Iterable[str]) -> Spellings:
    """Join names that differ in case, in spaces, in Unicode's composition of letters, or as 3 and
    3.0 do.

    The commonest spelling is chosen, of numbers the whole one.

    >>> found = spellings(["3", "3.0", "Benign", "benign", "benign", "03"])
    >>> found.joined
    (('3', '3.0'), ('benign', 'Benign'))
    >>> found.doubtful
    (('03', '3'),)
    """
    counted = Counter(names)
    same: dict[str, list[str]] = defaultdict(list)
    for name in counted:
        same[key_of(name)].append(name)
    chosen: dict[str, str] = {}
    joined = []
    alike: dict[str, list[str]] = defaultdict(list)
    for key, variants in same.items():
        variants.sort(key=lambda name: (-counted[name], name))
        whole = _WHOLE.fullmatch(variants[0].strip())
        first = whole[1] if whole else " ".join(unicodedata.normalize("NFC", variants[0]).split())
        chosen |= dict.fromkeys(variants, first)
        if len(variants) > 1:
            joined.append((first, *(name for name in variants if name != first)))
        alike[_LEADING_ZEROS.sub("", _SEPARATORS.sub("_", key))].append(first)
    doubtful = [tuple(sorted(names)) for names in alike.values() if len(names) > 1]
    return Spellings(chosen, tuple(sorted(joined)), tuple(sorted(doubtful)))


def folded(text: str) -> str:
    """The same for names of files that differ in case or in Unicode's composition of letters.

    >>> folded("E\u0301tude_1") == folded("\u00e9TUDE_1"), folded("01") == folded("1")
    (True, False)
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def key_of(name: str) -> str:
    """The same for all spellings of a name."""
    text = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else unicodedata.normalize("NFC", text)


def file_called(root: Path, *names: str) -> Path | None:
    """The file of a folder that has one of these names in small or capital letters, None where
    there is none.

    Raises:
        DataError: if there are two.
    """
    try:
        with os.scandir(root) as entries:
            called = [e for e in entries if e.name.lower() in names]
            found = sorted(e.name for e in called if os.path.isfile(e.path))
    except OSError:  # reading its images says what is wrong
        return None
    if len(found) > 1:
        raise DataError(f"Folder {root} holds {' and '.join(found)}. Keep one of them.")
    return root / found[0] if found else None
