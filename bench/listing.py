"""What `python -m bench list` shows, and downloads with a progress bar."""

from collections.abc import Sequence
from pathlib import Path

from bench import discovery
from bench.inspection import inspect_method, unavailable
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
    chosen = list(found.values())
    lines: dict[int, str] = {}
    with Workers(1, quiet=quiet) as workers:
        for outcome in workers.run(inspect_method, [(m,) for m in chosen], timeout=300):
            method = chosen[outcome.index]
            facts = (
                outcome.value
                if outcome.status == "ok"
                else unavailable(method, f"cannot be imported: {outcome.error}")
            )
            text = f"unavailable: {facts.error}" if facts.error else facts.card.summary
            note = " [with a GPU]" if facts.needs == "cuda" else ""
            lines[outcome.index] = f"{method.name:24s} {method.family:10s} {text}{note}"
    ordered = [lines[i] for i in sorted(lines)]
    for prefix, made in discovery.factories().items():
        text = f"Any NAME that {prefix} knows, from {made.distribution}."
        ordered.append(f"{prefix + ':NAME':24s} {made.family:10s} {text}")
    return ordered


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
