"""What the values of masks mean: as a folder says, or by the values themselves."""

import json
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from bench.data.folders.names.spelling import file_called
from bench.data.targets import BACKGROUND
from bench.protocol.errors import DataError, did_you_mean, reason

FILE = "classes.toml"
"""Names of classes of a folder, as `[classes]` with lines like `255 = "nucleus"`; also written in
capitals."""

DESCRIPTION = "dataset.json"
"""Of the Medical Segmentation Decathlon and of nnU-Net, whose "labels" name classes; likewise."""

MOST_BY_VALUE = 32
"""Values of masks that are taken for classes where nobody names them."""

_IGNORED = "ignore"
_COMMENT = re.compile(r"#\s*classes\s*:\s*(.*)", re.IGNORECASE)
_PAIR = re.compile(r"(\d{1,3})\s*[=:]\s*(.+)")
_INSIDE = "foreground"
_VOID = 254  # beside small values, from here on
_HALF = 127  # above it, values near each other are all white
_APART = 16  # gray levels between classes from which others can be strays of them
_STRAY_SHARE = 0.001  # of all pixels that are not background, what strays may have
_COMMON_SHARE = 0.05  # of the masks that the commonest value has, what the value of a class has


@dataclass
class Seen:
    """How often masks have a value.

    Attributes:
        path: of one of them.
        masks: how many.
        pixels: in all of them.
    """

    path: str
    masks: int = 0
    pixels: int = 0


@dataclass(frozen=True)
class TargetClasses:
    """The classes of pixels of a folder.

    Attributes:
        names: the background first.
        values: which value of the masks each class has.
        strays: value → value of the class that it is taken for.
    """

    names: tuple[str, ...]
    values: tuple[int, ...]
    strays: Mapping[int, int] = field(default_factory=dict)


def named_classes(root: Path, manifest: Path | None) -> tuple[dict[int, str], Path | None]:
    """Value → name as the folder says, and the file that says it; {} and None where none does.

    It may say so in its `classes.toml`, or in a comment above the header of its manifest,
    `# classes: 0=background, 128=cytoplasm, 255=nucleus`, and else in the "labels" of a
    `dataset.json`, where these are plain names of whole numbers.

    Raises:
        DataError: if what it says cannot be understood.
    """
    file = file_called(root, FILE)
    comment = "" if manifest is None else _comment(manifest)
    if file and comment:
        raise DataError(f"{file}: classes are named there and in {manifest}. Keep one of them.")
    if file:
        return _checked(file, _of_toml(file)), file
    if manifest and comment:
        return _checked(manifest, _of_comment(manifest, comment)), manifest
    described = None if manifest else file_called(root, DESCRIPTION)
    named = _of_description(described) if described else {}
    return (_checked(described, named), described) if described and named else ({}, None)


def of_background(named: Mapping[int, str]) -> set[int]:
    """Values that a folder names background beside 0, such as that of a border without a class."""
    return {value for value, name in named.items() if value and name.casefold() == BACKGROUND}


def classes_of(
    where: Path, named: Mapping[int, str], found: Mapping[int, Seen], told: Mapping[int, str]
) -> TargetClasses:
    """The classes of a folder.

    Where classes are gray levels far from each other, such as 128 and 255, a few pixels of other
    values are strays, as drawing programs leave them; they are taken for the nearest class.

    Args:
        where: the folder, for messages.
        named: value → name as the folder says, {} where it says nothing.
        found: of all values but 0, how often masks have them.
        told: value → name as files of masks say, such as DICOM SEG.

    Raises:
        DataError: if a mask has a value that is not named, or if values cannot be classes.
    """
    if not found:
        raise DataError(f"{where}: every mask is empty; there is nothing to be found.")
    named = {value: name for value, name in named.items() if value not in of_background(named)}
    strays = _strays({*named} or _common(found), found)
    if named:
        for value, seen in sorted(found.items()):
            if value not in named and value not in strays:
                known = ", ".join(f"{v} ({name})" for v, name in sorted(named.items()))
                raise DataError(
                    f"{seen.path}: has the value {value}, which is no class; known are {known}. "
                    "Name it, or correct the mask; where it counts as nothing, name it "
                    f'"{BACKGROUND}".'
                )
        values = sorted({0, *named})
        names = {0: BACKGROUND, **named}
        return TargetClasses(tuple(names[v] for v in values), tuple(values), strays)
    values = sorted(found.keys() - strays.keys())
    if len(values) > MOST_BY_VALUE:
        raise DataError(
            f"{where}: masks have {len(values)} different values, too many to be classes. Name the "
            f"classes in {where / FILE}, or save masks with one value for each class."
        )
    if not told:
        _refuse_doubtful(where, values, found)
    if len(values) == 1 and not told:
        return TargetClasses((BACKGROUND, _INSIDE), (0, values[0]), strays)
    names_told = (told.get(v) or f"value {v}" for v in values)
    return TargetClasses((BACKGROUND, *names_told), (0, *values), strays)


def _refuse_doubtful(where: Path, values: list[int], found: Mapping[int, Seen]) -> None:
    """Refuse values that nobody names and that may not mean a class each: 255 beside small ones is
    as often the border that counts as nothing, as in Pascal VOC, and 254 beside 255 is white."""
    *others, last = values
    beside_void = last >= _VOID and others and others[-1] <= MOST_BY_VALUE
    all_white = others and others[0] > _HALF and last - others[0] < _APART
    if not beside_void and not all_white:
        return
    in_a_row = len(others) > 1 and others == [*range(others[0], others[-1] + 1)]
    marks = f"{others[0]} to {others[-1]}" if in_a_row else ", ".join(map(str, others))
    text = (
        f"{found[others[0]].path} marks with {marks}, {found[last].path} with {last}. If "
        f"{'all' if len(others) > 1 else 'both'} mean the same, save them alike; if they are "
        f"classes, name them in {where / FILE}."
    )
    if beside_void:
        text += (
            f" Where {last} is a border that counts as nothing, name the classes there, and "
            f'{last} = "{BACKGROUND}".'
        )
    raise DataError(text)


def unnamed_strays(found: Mapping[int, Seen]) -> set[int]:
    """Values that are taken for the nearest class where nobody names any; of `classes_of`."""
    return {*_strays(_common(found), found)}


def _common(found: Mapping[int, Seen]) -> set[int]:
    most = max(seen.masks for seen in found.values())
    return {value for value, seen in found.items() if seen.masks >= _COMMON_SHARE * most}


def _strays(classes: Collection[int], found: Mapping[int, Seen]) -> dict[int, int]:
    """Values that are no class → the nearest that is; {} where they could be classes, too."""
    levels = sorted({0, *classes})
    others = [value for value in found if value not in levels]
    apart = min(b - a for a, b in pairwise(levels)) if len(levels) > 1 else 0
    pixels = sum(seen.pixels for seen in found.values())
    if apart < _APART or sum(found[v].pixels for v in others) > _STRAY_SHARE * pixels:
        return {}
    return {value: min(levels, key=lambda level: abs(level - value)) for value in others}


def _comment(manifest: Path) -> str:
    """What stands behind "classes:" in the first lines of a manifest in CSV."""
    if manifest.suffix.lower() != ".csv":
        return ""
    try:
        with manifest.open(encoding="utf-8-sig") as file:
            for line in file:
                if not line.startswith("#"):
                    return ""
                match = _COMMENT.match(line.strip().rstrip(",;"))
                if match:
                    return match[1].strip().strip('"') or " "
    except (OSError, UnicodeDecodeError):  # reading its rows says what is wrong
        return ""
    return ""


def _of_comment(manifest: Path, text: str) -> dict[int, str]:
    found: dict[int, str] = {}
    for part in re.split(r"[,;]", text):
        match = _PAIR.fullmatch(part.strip().strip('"'))
        if match is None or int(match[1]) in found:
            raise DataError(
                f"{manifest}: its classes are not understood at {part.strip()!r}. Write "
                "# classes: 0=background, 1=lesion"
            )
        found[int(match[1])] = match[2].strip()
    return found


def _of_toml(file: Path) -> dict[int, str]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise DataError(f"{file}: cannot be read as TOML ({reason(error)}).") from None
    for key in table:
        if key != "classes":
            raise DataError(f"{file}: unknown table {key!r}. {did_you_mean(key, ('classes',))}")
    classes = table.get("classes")
    if not isinstance(classes, dict) or not classes:
        raise DataError(f'{file}: write [classes] and below it lines like 255 = "nucleus".')
    for value, name in classes.items():
        if not value.isascii() or not value.isdigit() or not isinstance(name, str):
            raise DataError(
                f"{file}: {value} = {name!r:.60}: write the value of a mask and a name, as in "
                '255 = "nucleus".'
            )
    return {int(value[:9]): name for value, name in classes.items()}


def _of_description(file: Path) -> dict[int, str]:
    """{} where it is of another form: a file of that name may be about anything."""
    try:
        labels = json.loads(file.read_bytes()).get("labels")
        if all(isinstance(value, int | list) for value in labels.values()):
            return _of_nnunet(file, labels)
        return {int(value): str(name) for value, name in labels.items()}
    except (OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return {}


def _of_nnunet(file: Path, labels: Mapping[str, int | list[int]]) -> dict[int, str]:
    """Value → name of name → value; what is called "ignore" there is no class."""
    found = {}
    for name, value in labels.items():
        values = value if isinstance(value, list) else [value]
        if len(values) > 1:
            raise DataError(
                f"{file}: {name!r} is a region of the labels {values}, and here a pixel is of one "
                f"class. Name a class for each label in a {FILE}, which goes before it."
            )
        if name != _IGNORED:
            found[int(values[0])] = name
    return found


def _checked(file: Path, named: dict[int, str]) -> dict[int, str]:
    named = {value: name.strip() for value, name in named.items()}
    if any(not n or not n.isprintable() or len(n) > 100 for n in named.values()):
        raise DataError(f"{file}: a class has no name, or one that cannot be printed.")
    beside = of_background(named)
    if beside and named.get(0, BACKGROUND).casefold() != BACKGROUND:
        raise DataError(f"{file}: the background has to be the value 0. Save masks so.")
    names = [name for value, name in named.items() if value not in beside]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"{file}: two classes are called {twice[0]!r}.")
    if any(value > 255 for value in named):
        raise DataError(f"{file}: the value {max(named)} of a class is above 255.")
    if not any(named.keys() - beside):
        raise DataError(f"{file}: names the background alone; name what is to be found.")
    return named
