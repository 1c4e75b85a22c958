"""Which folders are the parts and which the classes, where folders lie in folders.

train_aug/benign    test/benign      parts, by a word of their names
benign/train        benign/test      parts below the classes
HospitalA/COVID     HospitalB/COVID  sites and classes, or classes and what they are made of: asked
benign/40X          malignant/40X    classes, by their names
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.data.dataset import SplitName
from bench.data.folders.names.cases import PATIENT, is_of_a_case
from bench.data.folders.names.mask_names import kind_of_folder
from bench.data.folders.names.parts import part_of, part_of_a_word, words_of
from bench.data.folders.names.spelling import folded
from bench.data.positive import says_nothing_found
from bench.protocol.cards import CheckFinding
from bench.protocol.errors import DataError

Places = Sequence[tuple[str, Sequence[str]]]
"""Images, each with the names of the folders that it lies in."""

_NEARLY_ALL = 0.9  # of the images lie in sub-folders
_NEARLY_SAME = 2 / 3  # of the sub-folders that there are, or could be, have names that are shared
_FEW = 4  # folders that may be classes although they are called like cases
_GRADES = 8  # folders whose numbers may be grades or stages
_SHOWN = 3

_OF_A_CLASS = frozenset({"class", "grade", "stage", "type"})
_OF_NO_CLASS = frozenset(
    {"fold", "folds", "site", "hospital", "hosp", "center", "centre", "clinic", "scanner", "device"}
    | {"cohort", "batch", "patient", "subject", "session", "visit", "series", "study", "slide"}
    | {"magnification", "mag", "part", "split", "chunk", "vol", "volume", "round", "scan", "scans"}
    | {"left", "right", "axial", "coronal", "sagittal", "frontal", "lateral", "ap", "pa", "cc"}
    | {"mlo", "flair", "dwi", "adc", "dermoscopic", "clinical", "original", "augmented", "raw"}
    | {"slice", "slices", "png", "jpg", "jpeg", "tif", "tiff", "bmp"}
)
_SIDES = frozenset({"l", "r", "od", "os"})  # and not R0, R1 and R2, which are findings
_MAGNIFIED = re.compile(r"(?:mag[-_ ]?)?(?:\d+x|x\d+)", re.IGNORECASE)
_NUMBERED = re.compile(r"[pst]?[-_ ]?\d+", re.IGNORECASE)  # patients, slides, series, grades
_PATIENT = re.compile(r"p[-_ ]?\d+", re.IGNORECASE)
_T_STAGE = re.compile(r"p?t[-_ ]?[0-4]", re.IGNORECASE)  # T1 and T2 may be sequences, too
_NOT = frozenset({"no", "non", "not", "without"})
_HOW_TAKEN = re.compile(
    r"contrast|enhanc|flash|light|stain|polari[sz]|dilat|mydria|filter|normali[sz]|augment|mask|"
    r"segment|crop|compress|resiz|process|suppress|art[ei]fact|marker|ruler"
)  # words of how images are made, of which a class without it says nothing


@dataclass(frozen=True)
class Parts:
    """Parts that folders are taken for.

    Attributes:
        places: of the images, the folder of the part first.
        of: name of that folder → part.
        said: what was taken for what.
    """

    places: Places
    of: Mapping[str, SplitName]
    said: CheckFinding


@dataclass(frozen=True)
class _Alike:
    """Folders that hold sub-folders of the same names.

    Attributes:
        tops: their names.
        below: names of the sub-folders that most of them hold, two and more.
    """

    tops: list[str]
    below: list[str]


def parts_by_a_word(places: Places) -> Parts | None:
    """Folders that hold the same sub-folders, and each of which names one part among other words
    (`train_aug`, `xray_test`); None where that is not so, or two of them name one part."""
    alike = _alike(places)
    parts = {top: part_of_a_word(top) for top in alike.tops} if alike else {}
    known = {top: part for top, part in parts.items() if part}
    if len(known) < len(parts) or len(set(known.values())) < len(known):
        return None
    if "train" not in known.values() or all(map(part_of, known)):
        return None
    return Parts(places, known, _said(known, ""))


def parts_below(root: Path, places: Places) -> Parts | None:
    """Parts that lie in each class folder, None where there are none.

    Raises:
        DataError: if some class folders hold parts and others do not hold the same, or hold other
            images, too.
    """
    tops = {names[0] for _, names in places}
    for depth in range(1, max((len(names) for _, names in places), default=0)):
        below, loose = _below(places, depth)
        parts = {top: {name: part_of_a_word(name) for name in own} for top, own in below.items()}
        found = {top: {part for part in own.values() if part} for top, own in parts.items()}
        first = next((top for top, own in found.items() if "train" in own and len(own) > 1), None)
        if first is None:
            if len({name for own in below.values() for name in own}) > 1:
                return None
            continue
        if len(tops) < 2:
            return None
        listed = _listed(name for name, part in parts[first].items() if part)
        for top in sorted(tops):
            own = parts.get(top, {})
            known = [part for part in own.values() if part]
            if len(known) < len(own) or {*known} != found[first] or top in loose:
                raise DataError(
                    f"Folder {root}: {first!r} holds {listed}, which are called like parts, and "
                    f"{top!r} does not hold the same, or other images, too. Give each class the "
                    "same parts, or write a manifest.csv with the columns path, label and split."
                )
            if len(known) > len(found[first]) and not all(map(part_of, own)):
                raise DataError(
                    f"Folder {root}: {top!r} holds {_listed(own)}, several of which are called "
                    "like one part. Rename them to train, val and test, or write a manifest.csv "
                    "with the columns path, label and split."
                )
        merged = {name: part for own in parts.values() for name, part in own.items() if part}
        moved = [(p, [n[depth], *n[:depth], *n[depth + 1 :]]) for p, n in places]
        return Parts(moved, merged, _said(merged, f" in each of {_listed(sorted(tops))}"))
    return None


def refuse_classes_below(root: Path, places: Places) -> CheckFinding | None:
    """Refuse folders that all hold the same sub-folders where these may be the classes, and a copy
    of the class folders beside them.

    Returns:
        What is said of sub-folders that are put together, as names alone tell that they are no
        classes; None where there are none.

    Raises:
        DataError: with both readings.
    """
    _refuse_copy(root, places)
    alike = _alike(places)
    if alike is None or _are_called_classes(alike.tops):
        return None
    tops, below, first = _listed(alike.tops), _listed(alike.below), alike.tops[0]
    if _are_classes(alike):
        return _put_together(tops, below)
    parts = (
        "If the upper ones are parts, rename them to train, val and test, one folder for each. "
        if any(map(part_of_a_word, alike.tops))
        else ""
    )
    one = "" if _are_cases(alike.tops) else f"run on one of them (--data {root / first}), or "
    raise DataError(
        f"Folder {root}: each of {tops} holds {below}: which are the classes? {parts}"
        f"If {below} are, and the others are sites, folds, magnifications, patients or the like, "
        f"{one}write a manifest.csv with the columns path, label and one for the others, such as "
        f"site (of patients: group), as docs/data.md shows. If {tops} are the classes, rename "
        f"them, for example to 'class {first}', or write a manifest.csv."
    )


def _refuse_copy(root: Path, places: Places) -> None:
    """Refuse a folder whose sub-folders are called like two or more folders beside it."""
    below, loose = _below(places, 1)
    tops = {folded(names[0]): names[0] for _, names in places}
    for top, own in below.items():
        beside = {folded(name) for name in own} - {folded(top)}
        if top not in loose and len(own) > 1 and beside <= tops.keys() and len(beside) == len(own):
            listed = _listed(sorted(tops[name] for name in beside))
            raise DataError(
                f"Folder {root}: {top!r} holds sub-folders that are called like {listed} beside "
                "it, and so is no class of its own. Move it away if it is a copy, or move its "
                f"images into {listed}."
            )


def _below(places: Places, depth: int) -> tuple[dict[str, dict[str, None]], set[str]]:
    """Top folder → names of the folders at a depth below it; and those with images above that."""
    below: dict[str, dict[str, None]] = defaultdict(dict)
    loose = set()
    for _, names in places:
        if len(names) > depth:
            below[names[0]][names[depth]] = None
        else:
            loose.add(names[0])
    return below, loose


def _alike(places: Places) -> _Alike | None:
    """The folders that hold sub-folders of the same names, but for a few; None where there are no
    two such names, or many images lie elsewhere. A folder in each that holds all is looked into."""
    for depth in range(1, max((len(names) for _, names in places), default=0)):
        below, _ = _below(places, depth)
        within = sum(len(names) > depth for _, names in places)
        if len(below) < 2 or within < _NEARLY_ALL * len(places):
            return None
        written = {folded(name): name for own in below.values() for name in own}
        counted = Counter(key for own in below.values() for key in {*map(folded, own)})
        if len(counted) == 1:
            continue
        shared = {key for key, n in counted.items() if 2 * n > len(below)}
        n = sum(counted[key] for key in shared)
        most = max(counted.total(), len(below) * len(shared))
        if len(shared) < 2 or n < _NEARLY_SAME * most:
            return None
        return _Alike(sorted(below), sorted(written[key] for key in shared))
    return None


def _are_called_classes(tops: Sequence[str]) -> bool:
    return all("class" in words_of(top) for top in tops)


def _are_classes(alike: _Alike) -> bool:
    """Whether it is the upper folders that are classes, by the names of both."""
    tops, below = alike.tops, alike.below
    if not any(map(_says_nothing_found, below)):
        if any(_says_nothing_found(top) and not _is_opposite(top, tops) for top in tops):
            return True
        named = all(_OF_A_CLASS & set(words_of(top)) for top in tops)
        if named and not all(map(_is_of_no_class, tops)):
            return True
    parts = any(map(part_of, tops)) or all(map(part_of_a_word, tops))
    if parts or _are_cases(tops) or all(map(_is_of_no_class, tops)):
        return False
    if all(map(_T_STAGE.fullmatch, below)):
        return False
    if all(map(_is_of_no_class, below)) or _are_batches(below):
        return True
    return _run_from_0(tops) and _are_numbers(below) and not _run_from_0(below)


def _are_cases(names: Sequence[str]) -> bool:
    return len(names) > _FEW and all(map(is_of_a_case, names))


def _says_nothing_found(name: str) -> bool:
    """Whether a folder is called like a class without a finding: not a number, and not images made
    without something, such as contrast."""
    if name.strip().isdigit() or any(map(_HOW_TAKEN.match, words_of(name))):
        return False
    return says_nothing_found(name)


def _is_opposite(name: str, names: Sequence[str]) -> bool:
    """Whether a name says that something is not there after which another of them is called, be it
    a finding or how images were made."""
    first, *rest = words_of(name)
    others = {"".join(words_of(other)).removeprefix("with") for other in names}
    return first in _NOT and bool(rest) and "".join(rest) in others


def _is_of_no_class(name: str) -> bool:
    """Whether a folder is called like one of a site, a patient, a view and so on."""
    words = {re.sub(r"\d+", "", word) for word in words_of(name)} & _OF_NO_CLASS
    words |= _SIDES & set(words_of(name))
    called = any(form.fullmatch(name) for form in (PATIENT, _PATIENT, _MAGNIFIED))
    return bool(called or words or kind_of_folder(name) or part_of_a_word(name))


def _are_numbers(names: Sequence[str]) -> bool:
    return all(_NUMBERED.fullmatch(name) or is_of_a_case(name) for name in names)


def _are_batches(names: Sequence[str]) -> bool:
    """Whether folders are numbered as patients or batches are and grades (1 to 4, 3 to 5) are not:
    by many numbers, or mostly long ones."""
    if not _are_numbers(names) or _run_from_0(names):
        return False
    long = sum(map(is_of_a_case, names))
    return len(names) > _GRADES or 2 * long > len(names)


def _run_from_0(names: Sequence[str]) -> bool:
    """Whether folders are numbered as classes are."""
    return sorted(names) == [str(i) for i in range(len(names))]


def _listed(names: Iterable[str]) -> str:
    found = [repr(name) for name in names]
    if len(found) > _SHOWN + 1:
        return f"{', '.join(found[:_SHOWN])} and {len(found) - _SHOWN:,} more"
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)


def _put_together(tops: str, below: str) -> CheckFinding:
    return CheckFinding(
        "folders",
        "Folders as read",
        "note",
        f"{tops} are taken for the classes, by their names or those of the sub-folders; the images "
        f"of the sub-folders {below} in each are put together.",
        "If the sub-folders are the classes, write a manifest.csv with the columns path and label.",
    )


def _said(parts: Mapping[str, SplitName], where: str) -> CheckFinding:
    taken = ", ".join(f"{name!r} for {part}" for name, part in parts.items())
    return CheckFinding(
        "folders",
        "Folders as read",
        "note",
        f"Folders are taken for parts{where}: {taken}.",
        "If they are no parts, write a manifest.csv with the columns path and label.",
        values={"folders": float(len(parts))},
    )
