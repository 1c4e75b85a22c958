"""`python -m bench report`: the report, from stored predictions."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.options import debug_tracebacks, no_thumbnails

if TYPE_CHECKING:
    from bench.results.store import Store


@click.command()
@click.argument("results", type=click.Path(path_type=Path), default=Path("results"))
@no_thumbnails
@debug_tracebacks
def report(results: Path, no_thumbnails: bool) -> None:
    """Write the report again from the predictions stored in RESULTS."""
    from bench.results.store import Store

    store = Store(results, pictures=not no_thumbnails)
    store.studies()
    write(store)


def write(store: "Store") -> None:
    """Write the report of a results folder, and print its answer and where it is."""
    from reports import processes

    processes.begin("reports.report")
    from reports.report import write_report

    files = write_report(store)
    for line in files.answer:
        click.echo(line)
    click.echo(f"report: {files.html}")
    click.echo(f"        {files.pdf}")
