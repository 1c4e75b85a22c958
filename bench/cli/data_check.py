"""`python -m bench data check`: what is wrong with a data set, for a terminal or as JSON."""

import json
import os
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.options import as_object, debug_tracebacks, reading, task

if TYPE_CHECKING:
    from bench.run.data_check import DatasetCheck

_LABELS = {"fine": "ok", "note": "note", "serious": "SERIOUS"}
_WIDTH = 100  # columns


@dataclass(frozen=True)
class CheckOptions:
    """The options of `data check`.

    Attributes:
        target: a folder, or the name of a data set.
        size, resize, preprocess: as in `bench.protocol.study.Study`.
        allow_outside: whether a manifest may name files outside its folder.
        suggest_groups: whether patients are proposed by the images alone.
        pictures: a PNG file for pictures of some of them.
        write_manifest: a manifest.csv with them as groups.
        columns: names of a manifest's columns, each as "NAME=THEIRS".
        drop_unlabelled: whether rows of a manifest without a label are left out.
        keep_columns, drop_columns, task: as in `run`.
        show: images of each class on a contact sheet; None for no sheet.
        clusters: whether images are clustered by handcrafted features.
        embedding: whether they are by what a pretrained network sees.
        as_json: whether to print JSON.
    """

    target: str
    size: int | None
    resize: str | None
    preprocess: tuple[str, ...]
    allow_outside: bool
    suggest_groups: bool
    pictures: Path | None
    write_manifest: Path | None
    columns: tuple[str, ...]
    drop_unlabelled: bool
    keep_columns: tuple[str, ...]
    drop_columns: tuple[str, ...]
    task: str | None
    show: int | None
    clusters: bool
    embedding: bool
    as_json: bool


@click.command("check")
@click.argument("target", metavar="FOLDER|NAME")
@click.option("--size", type=int, metavar="PX", help="Side of the images. [default: the set's]")
@click.option("--resize", metavar="letterbox|squash|crop", help="How images reach it.")
@click.option("--preprocess", multiple=True, metavar="NAME", help="A step for all images.")
@click.option("--suggest-groups", is_flag=True, help="Propose patients by the images alone.")
@click.option(
    "--pictures",
    metavar="FILE.png",
    type=click.Path(path_type=Path),
    help="Write pictures of some proposed patients.",
)
@click.option(
    "--write-manifest",
    metavar="FILE.csv",
    type=click.Path(path_type=Path),
    help="Write a manifest with the proposed patients as groups.",
)
@reading
@task
@click.option(
    "--show",
    type=click.IntRange(1, 50),
    metavar="N",
    help="Write a contact sheet (PNG) of N images per class, with their masks, as read.",
)
@click.option(
    "--clusters",
    is_flag=True,
    help="Cluster the images by handcrafted features, and write a picture (PNG).",
)
@click.option(
    "--embedding",
    is_flag=True,
    help="The same by what a pretrained network sees.",
)
@click.option("--json", "as_json", is_flag=True, help="Every number, as JSON.")
@debug_tracebacks
@as_object(CheckOptions)
def check(options: CheckOptions) -> int:
    """Look for what is wrong with a FOLDER of images, or with a data set by NAME.

    Unreadable files, copies, patients in several parts, shortcuts. Exit status: 0 nothing serious,
    1 something serious, 2 it cannot be read, 3 standard output cannot be written.
    """
    from bench.data.folders.reading import Reading
    from bench.protocol.study import Study
    from bench.results.outputs import refuse_output, refuse_unless_new
    from bench.run.data_check import ClusterPicture, GroupSuggestion, check_target

    given = {"size": options.size, "resize": options.resize, "preprocess": options.preprocess}
    asked = {name: value for name, value in given.items() if value}
    if options.task is not None:
        asked["task"] = options.task
    study = Study.from_json(asked, "Command line")
    suggest = GroupSuggestion(options.pictures, options.write_manifest)
    wanted = options.suggest_groups or suggest != GroupSuggestion()
    how = Reading.asked(options)
    name = os.path.basename(os.path.realpath(options.target))
    sheet = Path(f"{name}-as-read.png")
    clustered = [ClusterPicture("handcrafted", Path(f"{name}-clusters.png"))] * options.clusters
    if options.embedding:
        clustered.append(ClusterPicture("pretrained", Path(f"{name}-clusters-pretrained.png")))
    show = None if options.show is None else (options.show, sheet)
    read = (Path(options.target),)
    if show is not None:
        refuse_output(sheet, "--show", read)
    for one in clustered:
        refuse_output(one.file, "--clusters", read)
    for option, new in (("--pictures", options.pictures), ("--write-manifest", suggest.manifest)):
        if new is not None:
            refuse_unless_new(new, option)
    checked = check_target(
        options.target,
        study,
        how,
        show,
        suggest if wanted else None,
        clustered,
        None if options.task is None else study.task,
    )
    if show is not None:
        click.echo(f"contact sheet: {sheet}", err=True)
    for one in clustered:
        if one.file.exists():
            click.echo(f"clusters: {one.file}", err=True)
    click.echo((as_json if options.as_json else as_text)(checked), nl=False)
    return 1 if checked.serious else 0


def as_text(checked: "DatasetCheck") -> str:
    """One aligned line per check, and below it what to do and which cases are concerned."""
    lines = [f"{checked.name}: {checked.summary}", ""]
    margin = 2 + 9 + max(len(finding.title) for finding in checked.findings) + 2
    for finding in checked.findings:
        head = f"  {_LABELS[finding.level]:9s}{finding.title}".ljust(margin)
        lines += _wrapped(finding.text, head, " " * margin)
        if finding.advice:
            lines += _wrapped(finding.advice, " " * margin + "→ ", " " * (margin + 2))
        lines += [" " * (margin + 2) + example for example in finding.examples]
    notes = sum(finding.level == "note" for finding in checked.findings)
    lines += ["", f"{checked.serious} serious, {notes} to be looked at"]
    return "\n".join(lines) + "\n"


def as_json(checked: "DatasetCheck") -> str:
    """Everything, with every number."""
    table = {
        "name": checked.name,
        "summary": checked.summary,
        "fingerprint": checked.fingerprint,
        "serious": checked.serious,
        "findings": [finding.as_json() for finding in checked.findings],
    }
    return json.dumps(table, indent=2, ensure_ascii=False) + "\n"


def _wrapped(text: str, first: str, others: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
