"""`python -m bench report`: the report, from stored predictions."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.options import debug_tracebacks, no_thumbnails

if TYPE_CHECKING:
    from bench.results.store import Store


@click.command()
@click.argument("results", type=click.Path(path_type=Path), default=Path("results"))
@click.option("--png", is_flag=True, help="Every figure as PNG (300 dpi), too.")
@click.option("--word", is_flag=True, help="The summary as a Word document, too.")
@no_thumbnails
@debug_tracebacks
def report(results: Path, png: bool, word: bool, no_thumbnails: bool) -> None:
    """Write the report again from the predictions stored in RESULTS."""
    from bench.results.other_data import in_words, left_out
    from bench.results.store import Store

    store = Store(results, pictures=not no_thumbnails)
    store.studies()
    write(store, png=png, word=word)
    for line in in_words(left_out(store)):
        click.echo(line)


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
    from reports.standing import keep

    written = write_report(store, Forms(png=png, word=word))
    answer = (*written.answer, *([written.note] if written.note else []))
    keep(store.layout, answer)
    _say(store, answer)


def write_unless_standing(store: "Store") -> None:
    """As `write`, but leave the report that lies there where it would be the same."""
    from reports.standing import standing

    answer = standing(store.layout)
    if answer is None:
        write(store)
    else:
        _say(store, answer)


def _say(store: "Store", answer: tuple[str, ...]) -> None:
    for line in answer:
        click.echo(line)
    folder = store.layout.report_folder
    click.echo(f"report: {folder / 'index.html'}")
    click.echo(f"        {folder / 'report.pdf'}")
    for name in ("summary.pdf", "summary.docx"):
        if (folder / name).exists():
            click.echo(f"        {folder / name} (two pages, to forward)")
