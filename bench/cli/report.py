"""`python -m bench report`: the report, from stored predictions."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.options import debug_tracebacks

if TYPE_CHECKING:
    from bench.results.store import Store


@click.command()
@click.argument("results", type=click.Path(path_type=Path), default=Path("results"))
@click.option("--png", is_flag=True, help="Every figure as PNG (300 dpi), too.")
@click.option("--word", is_flag=True, help="The summary as a Word document, too.")
@debug_tracebacks
def report(results: Path, png: bool, word: bool) -> None:
    """Write the report again from the predictions stored in RESULTS."""
    from bench.results.store import Store

    store = Store(results)
    store.studies()
    write(store, png=png, word=word)


def write(store: "Store", *, png: bool = False, word: bool = False) -> None:
    """Write the report of a results folder, and print its answer and where it is.

    Args:
        store: the results folder.
        png: whether every figure is a PNG, too.
        word: whether the summary is a Word document, too.
    """
    from reports import processes

    processes.begin("reports.report")
    from reports.report import Forms, write_report

    files = write_report(store, Forms(png=png, word=word))
    for line in files.answer:
        click.echo(line)
    click.echo(f"report: {files.html}")
    click.echo(f"        {files.pdf}")
    for path in files.summary[1:]:
        click.echo(f"        {path} (to forward)")
