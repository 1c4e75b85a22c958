"""A folder of images → the study that fits it, with what was found as comments."""

import json
import shutil
import tempfile
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.data.cache.parquet_images import unpacked
from bench.data.folders.listing import image_table
from bench.data.folders.reading import Reading
from bench.data.folders.said import parts_not_used
from bench.data.folders.told_by_cells import columns_and_rows, with_split
from bench.progress import expected
from bench.progress.display import ProgressLines, plural
from bench.protocol.cards import DatasetCard, FileSide
from bench.protocol.study import Study
from bench.results.store import Store
from bench.run.dry_run import how_long
from bench.run.options import RunOptions
from bench.run.preparation import prepare_study
from bench.run.request import resolve
from bench.workers.pool import Workers

_LINE = 96  # letters of a comment
_NETWORKS_LIKE = 224  # px; the size that most pretrained networks were trained with


@dataclass(frozen=True)
class FirstStudy:
    """What was found in a folder, and the study that follows from it.

    Attributes:
        card: of the data set.
        study: the protocol, all methods that this machine can run.
        lines: what was found, a sentence each.
        left_out: methods that this machine is not fit for, and why.
        side: of the files that is scaled to that of the images, typically, or None.
    """

    card: DatasetCard
    study: Study
    lines: tuple[str, ...]
    left_out: tuple[str, ...]
    side: FileSide | None


def look_at(
    options: RunOptions, detectable: Callable[[DatasetCard, Study], str], check: str
) -> FirstStudy:
    """Prepare a run of a folder, and tell what was found; nothing is trained.

    Args:
        options: one folder, and how it is to be read.
        detectable: what a data set could show, in words.
        check: the command that checks the folder.

    Raises:
        BenchError: if the folder cannot be used.
    """
    (root,) = options.folders
    request = resolve(options, "")
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        with Workers(request.jobs, request.threads, quiet=True) as workers:
            prepared = prepare_study(request, workers, folder, ProgressLines(lambda _: None))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    (ready,) = prepared.data.values()
    card = ready.card
    assert card is not None  # it could be prepared
    takes = expected.in_words(how_long(prepared, request, Store(options.out)))
    side = card.file_side(prepared.study.resize)
    lines = (
        *_images(card, side),
        *_columns(unpacked(root), Reading.asked(options).to_learn(prepared.study.task)),
        _patients(card, check),
        _split(card),
        *_to_be_looked_at(card, check),
        f"What it can show: {detectable(card, prepared.study)}.",
        f"Time: {takes}, {plural(len(prepared.trials), 'trial')} of "
        f"{plural(len(prepared.study.methods), 'method')}.",
    )
    return FirstStudy(card, prepared.study, lines, prepared.left_out, side)


def written(found: FirstStudy, command: str) -> str:
    """The study file.

    Args:
        found: what was found.
        command: that runs it.
    """
    study, card = found.study, found.card
    head = [
        "A protocol: everything that could be chosen after seeing the results. It is hashed before",
        "the first trial. Change what you like, then run it:",
        f"    {command}",
        "",
        f"What was found in {card.name}:",
    ]
    comments = head + [
        part
        for line in found.lines
        for part in textwrap.wrap(
            line,
            _LINE,
            initial_indent="- ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]
    rows = [f"# {line}".rstrip() for line in comments]
    small = min(card.parts["test"].per_class) < 50
    folds = (
        "5 would test every image once, which suits a test part as small as this"
        if small
        else ("5 for grouped, stratified cross-validation")
    )
    size = (
        ""
        if found.side is None or found.side.px < _NETWORKS_LIKE
        else (f"; the files would allow {min(found.side.px, _NETWORKS_LIKE)}, which takes longer")
    )
    segments = study.task == "segmentation"
    measure = "mean Dice" if segments else "AUC"
    rows += ["", "[study]"]
    if segments:
        rows += ['task = "segmentation"']
    rows += ["methods = ["]
    rows += [f"    {json.dumps(name, ensure_ascii=False)}," for name in study.methods]
    rows += ["]"]
    rows += [f"# {line}" for line in found.left_out]
    values: list[tuple[str, object, str]] = [
        ("seeds", len(study.seeds), "runs of every method that draws random numbers"),
        ("folds", study.folds, f"0: one split; {folds}"),
        ("size", card.image_shape[0], f"px per side{size}"),
        ("budget", study.budget, "quick to try things out, standard, or full"),
        (
            "margin",
            study.margin,
            f"the smallest difference of {measure} that matters: decide it now",
        ),
        ("alpha", study.alpha, "error rate of the tests"),
        ("tune", study.tune, "20: the best of 20 configurations of every method, on validation"),
    ]
    if card.positive is not None:
        name = card.class_names[card.positive]
        values.append(("positive", name, f"the class to be found, of {' and '.join(_names(card))}"))
    rows += [
        f"{key} = {json.dumps(value, ensure_ascii=False)}  # {' '.join(why.split())}"
        for key, value, why in values
    ]
    return "\n".join(rows) + "\n"


def _names(card: DatasetCard) -> list[str]:
    return [f"“{name}”" for name in card.class_names]


def _images(card: DatasetCard, side: FileSide | None) -> list[str]:
    h, w, c = card.image_shape
    files = ""
    if side is not None:
        files = f"; the {side.which or 'shorter'} side of the files is typically {side.px} px"
    if card.task == "segmentation":
        kind = {1: "gray", 3: "RGB"}[c]
        images = sum(part.cases for part in card.parts.values())
        return [
            f"{images:,} images with masks; to be found: {', '.join(card.target_names[1:])}.",
            f"They are read as {h}×{w} px, {kind}{files}.",
        ]
    total = dict.fromkeys(card.class_names, 0)
    for part in card.parts.values():
        for name, number in zip(card.class_names, part.per_class, strict=True):
            total[name] += number
    kind = {1: "gray", 2: "gray with a lesion mask", 3: "RGB", 4: "RGB with a lesion mask"}[c]
    classes = ", ".join(f"{name} {number:,}" for name, number in total.items())
    lines = [f"{sum(total.values()):,} images, {len(total)} classes: {classes}."]
    return [*lines, f"They are read as {h}×{w} px, {kind}{files}."]


def _columns(root: Path, reading: Reading) -> list[str]:
    """The columns of the manifest, if there is one."""
    table = image_table(root)
    segments = reading.task == "segmentation"
    if table is None and segments:
        return ["Masks are found by the names of files; there is no manifest.csv."]
    if table is None:
        return ["Classes are the names of the sub-folders; there is no manifest.csv."]
    needed = ("path", "mask" if segments else "label")
    used, _ = with_split(table, *columns_and_rows(root, table, reading, needed), reading)
    lines = [f"Columns of {table.file.name}: {', '.join(used.names)}."]
    if used.understood:
        told = ", ".join(f"{ours} from {theirs!r}" for ours, theirs in used.understood.items())
        lines.append(f"Columns understood: {told}.")
    if used.parts:
        lines.append(parts_not_used(used))
    if used.patients:
        lines.append(
            f"The column {used.patients!r} seems to tell patients and is not used: add "
            f"--column group={used.patients} where it does."
        )
    return lines


def _patients(card: DatasetCard, check: str) -> str:
    groups = [part.groups for part in card.parts.values()]
    if all(number is not None for number in groups):
        known = sum(number or 0 for number in groups)
        return f"Patients are known: {known:,}; images of one stay in one part."
    text = (
        "Patients are not known, so that intervals will be too narrow where a patient has several "
        "images."
    )
    images = sum(part.cases for part in card.parts.values())
    if card.suggested_groups is not None and card.suggested_groups < images:
        text += (
            f" The images suggest {card.suggested_groups:,} patients: look at them by "
            f"“{check} --suggest-groups --pictures patients.png”."
        )
    return text


def _split(card: DatasetCard) -> str:
    parts = ", ".join(f"{name} {part.cases:,}" for name, part in card.parts.items())
    how = (
        "as given"
        if card.split == "given"
        else "made here (60/20/20, patients and near-duplicates kept together)"
    )
    return f"Split {how}: {parts}."


def _to_be_looked_at(card: DatasetCard, check: str) -> list[str]:
    found = [f.title for f in card.checked or () if f.level != "fine"]
    if not found:
        return ["The checks found nothing to be looked at."]
    return [f"To be looked at first: {', '.join(found).lower()} ({check})."]
