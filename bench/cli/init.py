"""`python -m bench init`: a study file for a folder of images, written after a look at it."""

from dataclasses import dataclass
from pathlib import Path

import click

from bench.cli.options import as_object, debug_tracebacks, reading, task


@dataclass(frozen=True)
class InitOptions:
    """The options of `init`.

    Attributes:
        folder: of images.
        out: the study file.
        allow_outside, columns, drop_unlabelled, keep_columns, drop_columns, task: as in `run`.
    """

    folder: Path
    out: Path
    allow_outside: bool
    columns: tuple[str, ...]
    drop_unlabelled: bool
    keep_columns: tuple[str, ...]
    drop_columns: tuple[str, ...]
    task: str | None


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("study.toml"),
    show_default=True,
    metavar="FILE.toml",
    help="The study file.",
)
@reading
@task
@debug_tracebacks
@as_object(InitOptions)
def init(given: InitOptions) -> None:
    """Look at a FOLDER of images and write a commented study file for it.

    Nothing is trained, and nothing asked: what was found stands in the file, to be changed.
    """
    import shlex

    from bench.cli.reading_flags import as_flags
    from bench.data.folders.reading import Reading
    from bench.protocol.errors import UsageError
    from bench.results.durable import make_folder
    from bench.results.outputs import refuse_unless_new
    from bench.run.first_study import look_at, written
    from bench.run.options import RunOptions
    from reports.analysis.planning import in_words

    folder, out = given.folder, given.out
    refuse_unless_new(out, "--out")
    options = RunOptions(
        folders=(folder,),
        allow_outside=given.allow_outside,
        columns=given.columns,
        drop_unlabelled=given.drop_unlabelled,
        keep_columns=given.keep_columns,
        drop_columns=given.drop_columns,
        task=given.task,
    )
    flags = as_flags(Reading.asked(options))
    words = ["python", "-m", "bench", "run", str(out), "--data", str(folder), *flags]
    command = shlex.join(words)
    check = shlex.join(["python", "-m", "bench", "data", "check", str(folder), *flags])
    found = look_at(options, in_words, check)
    try:
        make_folder(out.parent)
        out.write_text(written(found, command), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{out} cannot be written ({error.strerror or error}).") from None
    for line in found.lines:
        click.echo(line)
    click.echo(f"written: {out}")
    click.echo(f"run it:  {command}")
