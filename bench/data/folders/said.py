"""What reading a folder has to say → findings of `data check` and of the report."""

import shlex
from collections.abc import Mapping, Sequence

from bench.data.folders.columns import Columns
from bench.data.folders.names.spelling import Spellings
from bench.data.folders.reading import SplitColumn
from bench.protocol.cards import CheckFinding, Level
from bench.protocol.columns import BY_IMAGES, BY_NAMES, GROUP_SOURCE

_EXAMPLES = 5


def table_as_read(
    columns: Columns, unlabelled: int, unmasked: int = 0, parts: SplitColumn | None = None
) -> CheckFinding:
    """Which columns were taken for which, and how many rows were left out."""
    lines = [f"{ours} from {theirs!r}" for ours, theirs in columns.understood.items()]
    text = f"Columns understood: {', '.join(lines)}." if lines else ""
    advice = []
    if lines:
        advice.append("Where that is wrong, say --column NAME=THEIRS.")
    if mask := columns.understood.get("mask"):
        advice.append(f"If {mask!r} is no column of masks: --drop-column {mask}")
    if parts is not None and parts.read and (parts.option or "dev" in parts.read.casefold()):
        text += f" Parts by the column {parts.name!r}: {parts.read}."
    split = columns.understood.get("split", "")
    if split.casefold() not in ("", "split"):
        advice.append(
            f"If {split!r} does not tell train from test: --drop-column {shlex.quote(split)}"
        )
    if unlabelled:
        text += f" {unlabelled:,} rows without a label are left out."
    if unmasked:
        text += f" {unmasked:,} {'row' if unmasked == 1 else 'rows'} without a mask left out."
    if columns.patients:
        text += f" The column {columns.patients!r} is not used."
        advice.append(f"If it tells patients apart: --column group={columns.patients}")
    if columns.parts:
        text += f" {parts_not_used(columns)}"
    level = "note" if text else "fine"
    return CheckFinding(
        "table",
        "Table as read",
        level,  # type: ignore[arg-type]
        text.strip() or "Every column by its own name, every row.",
        " ".join(advice),
        values={"rows without a label": float(unlabelled)},
    )


def parts_not_used(columns: Columns) -> str:
    """That a column seems to tell train from test, and what makes it the split."""
    option = f"--column {shlex.quote(f'split={columns.parts}')}"
    text = f"The column {columns.parts!r} names parts such as train and test and is not used"
    read = f" {columns.parts_read}." if columns.parts_read else ""
    if not columns.parts_lack:
        return f"{text}; {option} takes it for the split.{read}"
    return (
        f"{text}, since {columns.parts_lack}.{read} If it is the split, correct it, and {option} "
        "takes it."
    )


def guessed_patients(sources: Sequence[str]) -> CheckFinding:
    """How many groups are guesses, which nobody has confirmed.

    Args:
        sources: the cells of the column that says where each row's group is from.
    """
    n = sum(source in (BY_IMAGES, BY_NAMES) for source in sources)
    return CheckFinding(
        "group-source",
        "Patients as guessed",
        "note" if n else "fine",
        f"Of {n:,} of {len(sources):,} images the patient is a guess that nobody has confirmed."
        if n
        else "None.",
        f"Where it is right, empty the cell of the column {GROUP_SOURCE!r}." if n else "",
        values={"images": float(n)},
    )


def folders_as_patients(names: Sequence[str], certain: bool) -> CheckFinding:
    """Folders that were taken for patients.

    Args:
        names: of the patients.
        certain: whether they are called so that they are hardly anything else.
    """
    return _folders(
        names,
        "fine" if certain else "note",
        "patients, whose images stay together, and not for classes",
        "If they are classes: --task classification. If they are neither, write a manifest.csv "
        "with the columns path and mask.",
    )


def folders_as_classes(names: Sequence[str]) -> CheckFinding:
    """Folders that were taken for classes, and may be patients or cases by what they are called."""
    return _folders(
        names,
        "note",
        "classes, and are called as patients or cases often are",
        "If they are patients, write a manifest.csv with the columns path, label and group; where "
        "masks are to be found in their images: --task segmentation.",
    )


def part_as_class(name: str, part: str) -> CheckFinding:
    """A folder that was taken for a class, as no other beside it is called like a part."""
    return CheckFinding(
        "folders",
        "Folders as read",
        "note",
        f"{name!r}, which could be short for {part}, is taken for a class, as those beside it are.",
        f"If it is the part, give it a sub-folder per class and call it {part}.",
    )


def _folders(names: Sequence[str], level: Level, taken_for: str, advice: str) -> CheckFinding:
    known = sorted(set(names))
    shown = ", ".join(map(repr, known[:_EXAMPLES]))
    shown += f" and {len(known) - _EXAMPLES:,} more" if len(known) > _EXAMPLES else ""
    return CheckFinding(
        "folders",
        "Folders as read",
        level,
        f"{len(known):,} folders are taken for {taken_for}: {shown}.",
        "" if level == "fine" else advice,
        values={"folders": float(len(known))},
    )


def masks_of_several_folders(masks: Sequence[Sequence[str]]) -> CheckFinding | None:
    """Images whose masks lie in folders of other names, and are joined; None where there are none.

    Args:
        masks: paths of each image's.
    """
    folders = [{path.rpartition("/")[0].rpartition("/")[2] for path in own} for own in masks]
    several = [own for own in folders if len(own) > 1]
    if not several:
        return None
    names = sorted(set().union(*several))
    shown = " and ".join(map(repr, names[:_EXAMPLES]))
    return CheckFinding(
        "joined-masks",
        "Masks in several folders",
        "note",
        f"Of {len(several):,} images the masks in {shown} are joined; what they show is one class.",
        "If folders are classes, save one mask of each image with a value for each class, and name "
        "the values in a classes.toml.",
        values={"images": float(len(several))},
    )


def parts_in_names(begun: Sequence[str]) -> CheckFinding:
    """Files that are called after parts, which nothing else gives.

    Args:
        begun: what their names begin with, two or more.
    """
    shown = [*begun[:_EXAMPLES], *["others"] * (len(begun) > _EXAMPLES)]
    return CheckFinding(
        "parts-in-names",
        "Parts in file names",
        "note",
        f"All file names begin with {', '.join(shown[:-1])} or {shown[-1]}, which is not taken for "
        "a split.",
        "If it is the split of the data set, write a manifest.csv with a column split.",
        values={"beginnings": float(len(begun))},
    )


def joined_labels(found: Spellings) -> CheckFinding:
    """Classes that are written in several ways."""
    return _joined(found, "class-names", "Spelling of classes", "class", "classes")


def joined_patients(found: Spellings) -> CheckFinding:
    """Patients that are written in several ways."""
    return _joined(found, "group-names", "Spelling of patients", "patient", "patients")


def _joined(found: Spellings, check: str, title: str, one: str, several: str) -> CheckFinding:
    joined = [" = ".join(map(repr, names)) for names in found.joined]
    doubtful = [" and ".join(map(repr, names)) for names in found.doubtful]
    values = {"joined": float(len(joined)), "doubtful": float(len(doubtful))}
    if not joined and not doubtful:
        return CheckFinding(check, title, "fine", "Each is written in one way.", values=values)
    text, advice = "", ""
    if joined:
        text = f"{len(joined):,} {one if len(joined) == 1 else several} written in several ways, "
        text += f"each taken for one: {'; '.join(joined[:_EXAMPLES])}."
    if doubtful:
        text += f" {len(doubtful):,} could be one {one} each: {'; '.join(doubtful[:_EXAMPLES])}."
        advice = "Write them alike where they are the same."
    return CheckFinding(
        check,
        title,
        "serious" if doubtful and one == "class" else "note",
        text.strip(),
        advice,
        tuple([*joined, *doubtful][:_EXAMPLES]),
        values,
    )


def left_out(suffixes: Mapping[str, int], others: Sequence[str]) -> CheckFinding:
    """Files of a folder that are no cases.

    Args:
        suffixes: of files that are no images, → how many.
        others: why others are left out, each with a number.
    """
    n = sum(suffixes.values())
    if not n and not others:
        return CheckFinding("left-out", "Files left out", "fine", "None.")
    kinds = ", ".join(f"{suffix or 'no suffix'} ({m:,})" for suffix, m in sorted(suffixes.items()))
    lines = [f"{n:,} {'file' if n == 1 else 'files'} left out: {kinds}"] if n else []
    return CheckFinding(
        "left-out",
        "Files left out",
        "note",
        "; ".join([*lines, *others]) + ".",
        "Only images of the formats in docs/data.md are read; a manifest.csv says which count.",
        values={"files": float(n)},
    )
