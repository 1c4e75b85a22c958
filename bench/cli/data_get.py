"""`python -m bench data get`: download data sets, with progress."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from bench.cli.options import debug_tracebacks

if TYPE_CHECKING:
    from bench.data.sets.download import Progress


@click.command("get")
@click.argument("names", nargs=-1, required=True)
@click.option(
    "--size",
    type=click.Choice(["28", "64", "128", "224"]),
    default="28",
    show_default=True,
    help="Side of the images, px.",
)
@debug_tracebacks
def get(names: tuple[str, ...], size: str) -> None:
    """Download MedMNIST data sets by NAME into the user's cache."""
    from bench.data.sets import local, medmnist

    for name in names:
        medmnist.check_name(name)
    show = _bar if sys.stderr.isatty() else _lines
    for name in names:
        with show(name) as progress:
            path = medmnist.download(name, int(size), local.cache() / "medmnist", progress)
        click.echo(f"{name}: {path}")


@contextmanager
def _bar(name: str) -> Iterator["Progress"]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Bars(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def _lines(name: str) -> Iterator["Progress"]:
    """A line per tenth."""
    shown = 0

    def progress(done: int, total: int | None) -> None:
        nonlocal shown
        tenths = 10 * done // total if total else 0
        if tenths > shown:
            shown = tenths
            click.echo(f"{name}: {10 * tenths} % of {(total or 0) / 1e6:,.1f} MB")

    yield progress
