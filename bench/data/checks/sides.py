"""Words of file names that tell a side or a view of a patient: `000_L_1`, `R_MLO_12`, `7OD`."""

import re
from collections.abc import Collection, Mapping
from pathlib import PurePosixPath

_SIDES = frozenset(
    {
        *("l", "r", "lt", "rt", "left", "right", "od", "os", "ou", "links", "rechts"),
        *("cc", "mlo", "ml", "lm", "lat", "lateral", "ap", "pa", "frontal", "oblique"),
        *("lcc", "rcc", "lmlo", "rmlo", "lml", "rml", "axial", "sagittal", "coronal"),
        *("ax", "sag", "cor"),
    }
)
_PLACES = (-1, 0, -2, 1)  # of a word in a name: at the end, at the beginning, beside them
_OFTEN = 0.5  # of all names
_WORD = re.compile(r"[^-_ .]+")
_BEHIND = re.compile(r"(?<=\d)[a-z]+$", re.IGNORECASE)
_BEFORE = re.compile(r"^[a-z]+(?=\d)", re.IGNORECASE)
_SIGNS = "-_ ."


def without_sides(found: Mapping[str, str], classes: Collection[str] = ()) -> dict[str, str]:
    """Name → what is left without its side or view, {} where names do not tell any.

    They do where half of them have such a word in one place, and not all the same. Not every
    patient needs all of them: many have one eye, one breast or one knee only. Letters that classes
    begin with are none, see `are_class_letters`. What is left holds a number.

    Args:
        found: case, a path → name.
        classes: names of the classes.

    >>> found = without_sides({f"{i}.png": name for i, name in enumerate(["1_L", "1_R", "R_2"])})
    >>> sorted(found.items())
    [('1_L', '1'), ('1_R', '1')]
    """
    names = set(found.values())
    for place in _PLACES:
        told = {name: side for name in names if (side := _side(name, place))}
        words = {word for word, _ in told.values()}
        if len(words) < 2 or len(told) < _OFTEN * len(names):
            continue
        if not are_class_letters({n: word for n, (word, _) in told.items()}, found, classes):
            return {name: rest for name, (_, rest) in told.items()}
    return {}


def are_class_letters(
    words: Mapping[str, str], found: Mapping[str, str], classes: Collection[str]
) -> bool:
    """Whether words are letters that stand for classes, as B and M do for benign and malignant.

    They are not where the classes are sides themselves, or a folder of another class holds one.

    Args:
        words: name → the word.
        found: case, a path → name.
        classes: names of the classes.

    >>> two = {"1_l": "l", "1_r": "r"}
    >>> [are_class_letters(two, {}, c) for c in (("lesion", "rest"), ("left", "right"), ("a", "b"))]
    [True, False, False]
    """
    called = {name.strip().casefold() for name in classes}
    letters = {word.casefold() for word in words.values()}
    if not letters <= {name[0] for name in called if name} or any(len(w) > 1 for w in letters):
        return False
    if all(any(map(_is_side, _WORD.findall(name.replace(" ", "_")))) for name in called):
        return False
    return not any(
        folder.casefold() in called and folder[0].casefold() != words[name].casefold()
        for case, name in found.items()
        if name in words
        for folder in PurePosixPath(case).parts[:-1]
    )


def _side(name: str, place: int) -> tuple[str, str] | None:
    """The side or view in a place of a name, in small letters, and what is left of the name.

    >>> _side("000_L", -1), _side("OD-12", 0), _side("12OS", -1), _side("12_x", -1)
    (('l', '000'), ('od', '12'), ('os', '12'), None)
    """
    spans = [match.span() for match in _WORD.finditer(name)]
    if not -len(spans) <= place < len(spans):
        return None
    start, end = spans[place]
    if not _is_side(name[start:end]):
        glued = (_BEHIND if place == -1 else _BEFORE).search(name[start:end])
        if glued is None or place not in (-1, 0) or not _is_side(glued[0]):
            return None
        start, end = start + glued.start(), start + glued.end()
    before, behind = name[:start].rstrip(_SIGNS), name[end:].lstrip(_SIGNS)
    rest = f"{before}_{behind}" if before and behind else before + behind
    if not any(sign.isdigit() for sign in rest):
        return None
    return name[start:end].casefold(), rest


def _is_side(word: str) -> bool:
    return word.casefold() in _SIDES
