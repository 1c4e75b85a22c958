"""Whether the images of one patient stay together."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from bench.data.cache.grouping import unnamed
from bench.data.checks.joined_names import joined_names
from bench.data.checks.sides import without_sides
from bench.data.dataset import Dataset
from bench.data.splits import Pooled
from bench.protocol.cards import CheckFinding, Level

_EXAMPLES = 5
_WORD = re.compile(
    r"(?:^|[^a-z])((?:patient|pat|pt|subject|subj|sub|person|case|id|p|s)[-_ ]?0*(\d+))"
    r"(?=$|[^0-9])",
    re.IGNORECASE,
)
_PATIENT = re.compile(r"(?:patient|pat|pt|subject|subj|sub|person)[-_ ]?\d+", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:\.nii)?\.[^.]*$")
_SEPARATED = re.compile(r"^(.*\d.*)[-_ ][^-_ ]+$")


def groups(data: Dataset, shared: Sequence[str], mend: str = "") -> CheckFinding:
    """Patients that are in several parts.

    Args:
        data: the data set.
        shared: patients that the manifest has put into several parts; they are not in `data`.
        mend: what to do about these, a sentence.
    """
    title = "Patients"
    if shared:
        n = len(shared)
        return CheckFinding(
            "groups",
            title,
            "serious",
            f"{n:,} {'patient has' if n == 1 else 'patients have'} images in several parts.",
            f"{mend} A run refuses such a manifest.".strip(),
            tuple(shared[:_EXAMPLES]),
            {"patients": float(n)},
        )
    pooled = Pooled.of(data)
    if pooled.groups is None:
        return CheckFinding(
            "groups",
            title,
            "note",
            "Not known: nothing shows that the images of one patient are in one part.",
            "Add a column 'group' to the manifest. Without it intervals are too narrow where "
            "patients have several images.",
        )
    names, images = np.unique(pooled.groups, return_counts=True)
    least, most = int(images.min()), int(images.max())
    each = f"{most:,} image{'' if most == 1 else 's'}" + (" each" if least == most else "")
    span = each if least == most else f"{least:,} to {each}"
    text = f"{len(names):,}, each in one part, with {span}."
    advice, alone = "", unnamed(pooled.groups)
    if alone:
        text += f" {alone:,} of {len(pooled.groups):,} images name no patient."
        advice = "Each file that names none counts as a patient of its own."
    elif _are_files(pooled.case_ids, pooled.groups):
        text = f"Not known; files stand for them: {text}"
        advice = "The images of a file stay together; several files may be of one patient."
    if advice:
        advice += " Where that is wrong, give patients in a column 'group' of a manifest.csv."
    level: Level = "note" if advice else "fine"
    return CheckFinding(
        "groups", title, level, text, advice, values={"patients": float(len(names))}
    )


def _are_files(case_ids: NDArray[np.str_], groups: NDArray[np.str_]) -> bool:
    """Whether every group is the file that its case was read from, and some have several."""
    files = [case.partition("#")[0] for case in case_ids.tolist()]
    return files == groups.tolist() and len(set(files)) < len(files)


def file_names(data: Dataset) -> CheckFinding:
    """Patients that can be read out of file names although no groups are given."""
    title = "Patients in file names"
    pooled = Pooled.of(data)
    if pooled.groups is not None:
        return CheckFinding("file-names", title, "fine", "Groups are given.")
    ids = pooled.case_ids.tolist()
    proposed = proposed_groups(ids, data.class_names)
    if not proposed:
        return CheckFinding("file-names", title, "fine", "None can be seen.")
    part = np.repeat(np.arange(3), [len(p) for _, p in data.parts()]).tolist()
    members: dict[str, list[str]] = {}
    places: dict[str, set[int]] = {}
    for case, place in zip(ids, part, strict=True):
        if case in proposed:
            members.setdefault(proposed[case], []).append(case)
            places.setdefault(proposed[case], set()).add(place)
    torn = sum(len(where) > 1 for where in places.values())
    several = {name: cases for name, cases in members.items() if len(cases) > 1}
    doubtful = data.provenance.split != "given" and _numbered_by_folder(several)
    text = (
        f"File names seem to name {len(members):,} patients, {len(several):,} of them with several "
        f"images; {torn:,} would be in several parts."
    )
    shown = sorted(several, key=lambda name: (-len(places[name]), name))[:_EXAMPLES]
    examples = tuple(f"{name}: {', '.join(sorted(several[name])[:4])}" for name in shown)
    return CheckFinding(
        "file-names",
        title,
        "serious" if torn and not doubtful else "note",
        text,
        "If that is so, give them in a column 'group' of a manifest.csv.",
        examples,
        {"patients": float(len(members)), "in several parts": float(torn)},
    )


def named_patients(data: Dataset) -> dict[str, str]:
    """Case → patient as file names tell them, {} where they do not, or may count in each folder
    anew."""
    proposed = proposed_groups(Pooled.of(data).case_ids.tolist(), data.class_names)
    members: dict[str, list[str]] = {}
    for case, name in proposed.items():
        members.setdefault(name, []).append(case)
    several = {name: cases for name, cases in members.items() if len(cases) > 1}
    return {} if _numbered_by_folder(several) else proposed


def joined_by_folder(groups: Mapping[str, str]) -> dict[str, str]:
    """Case → group of the cases whose group is another, so that no folder of a patient holds two.

    Args:
        groups: case → group.

    >>> joined_by_folder({"a/patient_1/x.png": "s1", "a/patient_1/y.png": "s2", "b.png": "s2"})
    {'a/patient_1/y.png': 's1', 'b.png': 's1'}
    """
    first: dict[str, str] = {}  # group → another of the same patient
    of_folder: dict[str, str] = {}

    def root(group: str) -> str:
        while first.get(group, group) != group:
            group = first[group]
        return group

    for case, group in groups.items():
        if folder := _folder_of_patient(case):
            one, other = sorted((root(group), root(of_folder.setdefault(folder, group))))
            first[other] = one
    return {case: root(group) for case, group in groups.items() if root(group) != group}


def _folder_of_patient(case: str) -> str:
    """The path of the first folder that is called like a patient, "" for none."""
    parts = PurePosixPath(case.partition("#")[0]).parts[:-1]
    ends = (i + 1 for i, part in enumerate(parts) if _PATIENT.fullmatch(part))
    return "/".join(parts[:end]) if (end := next(ends, 0)) else ""


def _numbered_by_folder(several: Mapping[str, Sequence[str]]) -> bool:
    """Whether bare numbers are shared between folders alone, as where each class counts anew."""
    return all(not _by_word(case) for cases in several.values() for case in cases) and all(
        len({PurePosixPath(case).parent for case in cases}) == len(cases)
        for cases in several.values()
    )


def proposed_groups(case_ids: Sequence[str], classes: Sequence[str] = ()) -> dict[str, str]:
    """Case → patient where names look like it, {} where they do not.

    A word for a patient with a number ("patient_012_a.png", "sub-12/scan3.png"), or else what
    stands before the last separator if it holds a number ("0012_left.png", "0012_right.png"). It
    counts if nine of ten names have it, there are at least five patients, a tenth of the images
    share theirs, and none has more than a fifth of all images. What says of each patient the same
    few things, such as a magnification, is no part of the name where it still counts without; nor
    is a side or a view ("L_0012.png", "0012R.png").

    Args:
        case_ids: paths.
        classes: names of the classes, which are no patients.

    >>> names = [f"patient_{i:02d}_{s}.png" for i in range(6) for s in "ab"]
    >>> proposed_groups(names)["patient_03_b.png"]
    'patient_03'
    >>> proposed_groups([f"benign-{i}.png" for i in range(30)])
    {}
    """
    rules: tuple[Callable[[str], str], ...] = (_by_word, _by_separator)
    for rule in rules:
        found = {case: name for case in case_ids if (name := rule(case))}
        if _plausible(found.values(), len(case_ids)):
            return _coarsest(found, len(case_ids), classes)
    stems = {case: _stem(case) for case in case_ids}
    short = without_sides(stems, classes)
    found = {case: short.get(stem, stem) for case, stem in stems.items()}
    if short and _plausible(found.values(), len(case_ids)):
        return _coarsest(found, len(case_ids), classes)
    return {}


def _coarsest(found: dict[str, str], n: int, classes: Sequence[str]) -> dict[str, str]:
    """Case → patient after all that can be joined has been, as far as it still counts."""
    while (coarser := joined_names(found, classes)) != found:
        if not _plausible(coarser.values(), n):
            break
        found = coarser
    return found


def _stem(case: str) -> str:
    return _SUFFIX.sub("", PurePosixPath(case.partition("#")[0]).name)


def _by_word(case: str) -> str:
    match = _WORD.search(case.partition("#")[0])
    return match[1] if match else ""


def _by_separator(case: str) -> str:
    path = PurePosixPath(case.partition("#")[0])
    match = _SEPARATED.match(path.name.partition(".")[0])
    return match[1] if match else ""


def _plausible(names: Iterable[str], n: int) -> bool:
    counted: dict[str, int] = {}
    for name in names:
        counted[name] = counted.get(name, 0) + 1
    named = sum(counted.values())
    shared = sum(times for times in counted.values() if times > 1)
    return (
        named >= 0.9 * n
        and len(counted) >= 5
        and shared >= 0.1 * n
        and max(counted.values()) <= 0.2 * n
    )
