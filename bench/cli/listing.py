"""What `python -m bench list` shows, and downloads with a progress bar."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from bench.data.sets import local, medmnist
from bench.data.sets.download import Progress
from bench.methods import discovery
from bench.run.inspection import inspect_methods
from bench.workers.pool import Workers


def datasets() -> list[str]:
    """One line per data set: those that are here, then those that can be downloaded."""
    here = discovery.sources()
    lines = [f"{name:24s} {_whence(source)}" for name, source in here.items()]
    for name in local.missing():
        lines.append(f"{name:24s} not here; get it with: python -m bench data get {name}")
    return lines


def methods(plugins: Sequence[str], quiet: bool = True) -> list[str]:
    """One line per method; those that cannot be built say why."""
    found = discovery.methods() | {p.name: p for p in map(discovery.plugin, plugins)}
    with Workers(1, quiet=quiet) as workers:
        facts = inspect_methods(list(found.values()), workers)
    rows = []
    for name, fact in facts.items():
        text = f"unavailable: {fact.error}" if fact.error else fact.card.summary
        note = " [with a GPU]" if fact.needs == "cuda" else ""
        rows.append((name, fact.card.family, text + note))
    for prefix, made in discovery.factories().items():
        text = f"Any NAME that {prefix} knows, from {made.distribution}."
        rows.append((f"{prefix}:NAME", made.family, text))
    width = max(len(name) for name, _, _ in rows)
    return [f"{name:{width}s} {family:10s} {text}" for name, family, text in rows]


def download(names: Sequence[str], size: int, out: Callable[[str], None]) -> None:
    """Download MedMNIST files: a progress bar on a terminal, a line per tenth elsewhere.

    Args:
        names: of the sets, all of which are looked at before the first is downloaded.
        size: 28, 64, 128 or 224 px.
        out: prints a line.
    """
    for name in names:
        medmnist.check_name(name)
    for name in names:
        show = _bar if sys.stderr.isatty() else _lines
        with show(name, out) as progress:
            path = medmnist.download(name, size, local.cache() / "medmnist", progress)
        out(f"{name}: {path}")


@contextmanager
def _bar(name: str, out: Callable[[str], None]) -> Iterator[Progress]:  # noqa: ARG001 - as _lines
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Bars(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def _lines(name: str, out: Callable[[str], None]) -> Iterator[Progress]:
    told = 0

    def progress(done: int, total: int | None) -> None:
        nonlocal told
        tenths = 10 * done // total if total else 0
        if tenths > told:
            told = tenths
            out(f"{name}: {10 * tenths} % of {(total or 0) / 1e6:,.1f} MB")

    yield progress


def _whence(source: discovery.Source) -> str:
    return f"from {source.distribution}" if source.kind == "plugin" else "found on this machine"
