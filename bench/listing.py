"""What `python -m bench list` shows, and downloads with a progress bar."""

from collections.abc import Sequence
from pathlib import Path

from bench import discovery
from bench.inspection import inspect_methods
from bench.sources import local, medmnist
from bench.workers import Workers


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
    lines = []
    for name, fact in facts.items():
        text = f"unavailable: {fact.error}" if fact.error else fact.card.summary
        note = " [with a GPU]" if fact.needs == "cuda" else ""
        lines.append(f"{name:24s} {fact.card.family:10s} {text}{note}")
    for prefix, made in discovery.factories().items():
        text = f"Any NAME that {prefix} knows, from {made.distribution}."
        lines.append(f"{prefix + ':NAME':24s} {made.family:10s} {text}")
    return lines


def download(name: str, size: int) -> Path:
    """Download a MedMNIST file, with a progress bar on a terminal."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, TimeRemainingColumn()) as bar:
        task = bar.add_task(name, total=None)

        def show(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total)

        return medmnist.download(name, size, local.cache() / "medmnist", progress=show)


def _whence(source: discovery.Source) -> str:
    return f"from {source.distribution}" if source.kind == "plugin" else "found on this machine"
