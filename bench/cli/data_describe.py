"""`python -m bench data describe`: a data set described for other programs."""

from pathlib import Path

import click

from bench.cli.options import debug_tracebacks, reading


@click.command("describe")
@click.argument("target", metavar="FOLDER|NAME", required=False)
@click.option(
    "--croissant",
    is_flag=False,
    flag_value="",
    metavar="[FILE]",
    help="In Croissant's format. [default: croissant.json in the folder]",
)
@click.option("--licence", default="", metavar="TEXT", help="The licence of the images.")
@click.option("--citation", default="", metavar="TEXT", help="The publication to cite.")
@click.option("--description", default="", metavar="TEXT", help="What the images are.")
@reading
@debug_tracebacks
def describe(
    target: str | None,
    croissant: str | None,
    licence: str,
    citation: str,
    description: str,
    **how: tuple[str, ...] | bool,
) -> int:
    """Describe a FOLDER of images, or a data set by NAME, for other programs.

    Written are the description and a table of all cases: class, part, SHA-256, and of patients
    salted hashes.
    """
    from bench.data.folders.reading import Reading
    from bench.protocol.errors import UsageError
    from bench.run.data_describe import About
    from bench.run.data_describe import describe as written

    if croissant is None:
        raise UsageError("Say in which format: --croissant.")
    if target is None:  # which then stands behind the option
        target, croissant = croissant, ""
    if not target:
        raise UsageError("Name the folder of images, or a data set: data describe FOLDER|NAME.")
    file = Path(croissant) if croissant else None
    about = About(licence, citation, description)
    for path in written(target, file, about, Reading.of(**how)):  # type: ignore[arg-type]
        click.echo(f"written: {path}")
    return 0
