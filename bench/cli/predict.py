"""`python -m bench predict`: what a bundle says of new images."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.options import allow_outside, as_object, columns, debug_tracebacks

if TYPE_CHECKING:
    from bench.deploy.bundle import Bundle
    from bench.deploy.predicting import Summary

trust = click.option(
    "--trust",
    metavar="PUBKEY",
    type=click.Path(path_type=Path),
    help="The public key (NAME.pub) whose signature the bundle has to have.",
)
allow_unsigned = click.option(
    "--allow-unsigned", is_flag=True, help="Take a bundle without knowing who made it."
)


@dataclass(frozen=True)
class PredictOptions:
    """The options of `predict`.

    Attributes:
        bundle: its file.
        paths: files and folders of images.
        out: the CSV file.
        onnx: a graph of a network of the bundle.
        explain: folder for heatmaps.
        trust: public key.
        allow_unsigned: whether the bundle is taken without a trusted signature.
        device, jobs, memory: for the workers.
        allow_outside, columns: how a folder's manifest is to be read.
    """

    bundle: Path
    paths: tuple[Path, ...]
    out: Path
    onnx: Path | None
    explain: Path | None
    trust: Path | None
    allow_unsigned: bool
    device: str
    jobs: int
    memory: str | None
    allow_outside: bool
    columns: tuple[str, ...]


@click.command()
@click.argument("bundle", metavar="BUNDLE", type=click.Path(path_type=Path))
@click.argument("paths", metavar="PATHS…", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("predictions.csv"),
    show_default=True,
    help="The file of predictions.",
)
@click.option(
    "--onnx",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Ask the graph that 'export' wrote of a network, which needs no torch.",
)
@click.option(
    "--explain",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Write a heatmap of each image, where a model can say where it looks.",
)
@trust
@allow_unsigned
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@click.option(
    "--jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes."
)
@click.option("--memory", metavar="SIZE", help="Limit of one process, as 4GB. [default: a share]")
@allow_outside
@columns
@debug_tracebacks
@as_object(PredictOptions)
def predict(options: PredictOptions) -> int:
    """Ask a BUNDLE about images: files, and folders with all that lies below them.

    Writes a row for each image and model. The same command goes on after an interruption. Exit
    status: 0 all images were read, 1 some were not. Not a medical device.
    """
    from bench.data.folders.reading import Reading
    from bench.deploy.bundle import load_bundle
    from bench.deploy.listing import files_of, places
    from bench.deploy.predicting import predict as predicted
    from bench.deploy.prediction_file import refuse_loss
    from bench.machine import limits
    from bench.protocol.errors import UsageError
    from bench.results.outputs import refuse_output, refuse_output_folder

    if not options.paths:
        raise UsageError("Name images after the bundle: files, or folders of them.")
    reading = Reading.of(options.allow_outside, options.columns, False)
    memory = limits.parse_bytes(options.memory) if options.memory else None
    refuse_output(options.out, "--out", (options.bundle, options.onnx, options.trust))
    if options.explain is not None:
        refuse_output_folder(options.explain, "--explain", options.paths)
    found = places(options.paths, reading)
    refuse_output(options.out, "--out", files_of(found, options.paths))
    refuse_loss(options.out, {place.id: place.case.label for place in found})
    with load_bundle(
        options.bundle,
        options.trust,
        options.allow_unsigned,
        device=options.device,
        jobs=options.jobs,
        memory=memory,
        onnx=options.onnx,
    ) as bundle:
        say_who(bundle)
        with progress("images") as bar:
            summary = predicted(bundle, found, options.out, bar, options.explain)
    _say(summary, options.out)
    return 1 if summary.unread else 0


def say_who(bundle: "Bundle") -> None:
    """Say whose bundle it is, on standard error."""
    names = " and ".join(model.name for model in bundle.manifest.models)
    who = f"signed by {bundle.signer}" if bundle.signer else "UNSIGNED: nobody says who made it"
    click.echo(f"{bundle.path}: {names} on {bundle.manifest.name}, {who}", err=True)
    click.echo("Not a medical device: for research only.", err=True)


class progress:
    """A bar on a terminal, and nothing elsewhere. Used as a context manager."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._bar: object = None

    def __enter__(self) -> Callable[[int, int], None]:
        if not sys.stderr.isatty():
            return _nothing
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        shown = Progress(
            "{task.description}",
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        shown.start()
        self._bar = shown
        task = shown.add_task(self._noun, total=None)
        return lambda done, of: shown.update(task, completed=done, total=of)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()  # type: ignore[attr-defined]


def _nothing(done: int, of: int) -> None:
    """What is shown where there is no terminal."""


def _say(summary: "Summary", out: Path) -> None:
    from bench.data.formats.nifti import with_slices_added
    from bench.deploy.predicting import UNLIKE
    from bench.progress.display import plural

    if summary.resumed:
        click.echo(f"went on after {plural(summary.resumed, 'file')} of an interrupted command")
    for one in summary.unread[:20]:
        click.echo(f"left out: {one.error}")
    if len(summary.unread) > 20:
        click.echo(f"left out: {len(summary.unread) - 20} more")
    for label, times in sorted(summary.unknown.items())[:20]:
        click.echo(f"{plural(times, 'image')}: label {label!r:.60} is no class of the bundle")
    for remark, times in sorted(with_slices_added(summary.remarks).items()):
        click.echo(f"{plural(times, 'image')}: {remark}")
    if summary.unlike:
        click.echo(
            f"{plural(summary.unlike, 'image')} unlike the training images (farther than "
            f"{UNLIKE:g} % of images that were held out)"
        )
    click.echo(f"{plural(summary.predicted, 'image')} predicted; written to {out}")
