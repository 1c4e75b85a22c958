"""`python -m bench run`: methods on data sets, predictions stored, the report written."""

import shlex
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli import board
from bench.cli.options import (
    FiniteRange,
    SeveralValues,
    as_object,
    debug,
    no_thumbnails,
    only_one,
    plugin,
    reading,
    task,
    words,
)
from bench.cli.report import write_unless_standing
from bench.run.options import DEVICES, RunOptions

if TYPE_CHECKING:
    from bench.progress.display import Progress
    from bench.results.store import Store


@click.command(cls=SeveralValues)
@click.argument("study", type=click.Path(path_type=Path), required=False)
@click.option("--all", "everything", is_flag=True, help="Every data set and method there is.")
@click.option("--dataset", "datasets", multiple=True, metavar="NAME", help="A data set.")
@click.option(
    "--data",
    "folders",
    multiple=True,
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="A folder of images: a sub-folder per class, or a manifest.csv (or .parquet).",
)
@click.option("--method", "methods", multiple=True, metavar="NAME", help="A method.")
@plugin
@click.option("--seeds", type=int, metavar="N", help="Seeds per stochastic method. [default: 3]")
@click.option("--folds", type=int, metavar="K", help="Cross-validation instead of one split.")
@click.option("--repeats", type=int, metavar="R", help="Draws of the folds. [default: 1]")
@click.option(
    "--resample",
    type=int,
    metavar="N",
    help="Train on N bootstrap samples of the training part, too. [default: none]",
)
@click.option("--size", type=int, metavar="PX", help="Side of the images. [default: the set's]")
@click.option(
    "--sizes",
    multiple=True,
    type=int,
    metavar="PX PX …",
    help="Several sides, of which --size (or the largest) decides. [default: one]",
)
@click.option(
    "--resize",
    metavar="letterbox|squash|crop",
    help="How images of a folder reach it. [default: letterbox]",
)
@click.option(
    "--preprocess",
    multiple=True,
    metavar="NAME",
    help="A step for all images: crop-to-mask, gray, denoise or clahe.",
)
@click.option(
    "--positive",
    multiple=True,
    metavar="CLASS",
    help="Of two classes the one to be found. [default: inferred from class names]",
)
@click.option(
    "--one-class",
    metavar="CLASS",
    help="Train on the images of CLASS alone; all others are to be found.",
)
@reading
@click.option("--hash-ids", is_flag=True, help="Store hashes instead of the paths of images.")
@click.option(
    "--external",
    multiple=True,
    metavar="NAME=FOLDER",
    help="A further test part, from another place; of the same classes.",
)
@click.option(
    "--leave-out",
    metavar="COLUMN",
    multiple=True,
    callback=only_one,
    help="Test on each value of a column of the manifest once, trained on the others.",
)
@click.option(
    "--subgroup",
    "subgroups",
    multiple=True,
    metavar="COLUMN[:LIMIT,…]",
    help="Compare the sides in groups of test cases, too, as sex or age:40,60.",
)
@click.option(
    "--corrupt",
    multiple=True,
    metavar="NAME",
    help="Predict test images under a corruption, too; all for those that suit.",
)
@task
@click.option(
    "--masks",
    multiple=True,
    callback=words,
    metavar="truth,none,classical,deep",
    help="Run with the lesion masks of the best segmenters, too. [default: the set's own alone]",
)
@click.option(
    "--mask-method",
    "mask_methods",
    multiple=True,
    metavar="NAME",
    help="A segmenter to choose from, by name or as FILE.py:build. [default: all]",
)
@click.option("--modality", metavar="WORD", help="How images of a folder were made, as mri.")
@click.option(
    "--budget", metavar="quick|standard|full", help="How long networks train. [default: standard]"
)
@click.option(
    "--tune",
    type=int,
    metavar="N",
    help="Configurations every method is tried with, chosen on validation. [default: none]",
)
@click.option("--margin", type=float, help="Smallest AUC difference that matters. [default: 0.02]")
@click.option("--alpha", type=float, help="Error rate of the tests. [default: 0.05]")
@click.option(
    "--fraction",
    "fractions",
    multiple=True,
    type=float,
    help="Share of the training images; several show from how many on it pays.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("results"),
    show_default=True,
    help="Results folder.",
)
@click.option("--jobs", type=click.IntRange(min=1), help="Trials side by side. [default: cores]")
@click.option(
    "--device",
    type=click.Choice(DEVICES),
    default="auto",
    show_default=True,
    help="Where networks run.",
)
@click.option(
    "--timeout",
    type=FiniteRange(min=0, min_open=True),
    default=3600,
    show_default=True,
    metavar="SECONDS",
    help="Limit of one trial; with --tune of each configuration.",
)
@click.option("--memory", metavar="SIZE", help="Limit of one trial, as 4GB. [default: a share]")
@click.option(
    "--gpu-jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Trials at a time on each GPU.",
)
@click.option("--cluster", metavar="tcp://HOST:PORT", help="Run trials on a Dask cluster.")
@click.option(
    "--slurm",
    metavar='"KEY=VALUE …"',
    help='Run trials in jobs of SLURM, as "partition=gpu gres=gpu:1 jobs=4".',
)
@click.option(
    "--tracker",
    "trackers",
    multiple=True,
    metavar="mlflow|tensorboard|wandb",
    help="Log trials there, too, as they end.",
)
@click.option("--offline", is_flag=True, help="Download nothing, pretrained weights included.")
@click.option("--dry-run", is_flag=True, help="Show the plan and stop.")
@click.option("--no-report", is_flag=True, help="Store predictions only.")
@no_thumbnails
@debug
@as_object(RunOptions)
def run(options: RunOptions) -> int:
    """Run methods on data sets, store their predictions, and write the report.

    STUDY is a TOML file with the protocol, claims included; flags override it.
    """
    from bench.progress import display
    from bench.results.store import Store
    from bench.run import engine
    from bench.run.dry_run import plan_in_words
    from bench.run.on_slurm import on_workers, slurm_jobs
    from bench.run.request import resolve
    from bench.trackers.telling import Trackers

    progress = display.for_output()
    jobs = slurm_jobs(options)
    trackers = Trackers(options.trackers, options.out, progress.say)
    request = resolve(options, shlex.join(["python", "-m", "bench", *sys.argv[1:]]))
    store = Store(options.out, pictures=not options.no_thumbnails)
    if options.dry_run:
        from reports.analysis.planning import in_words

        for line in plan_in_words(request, store, in_words):
            click.echo(line)
        return 0
    if options.everything and request.study.task == "classification":
        click.echo("Segmentation is left to: python -m bench run --all --task segmentation")
    with (
        on_workers(request, jobs, store, progress.say) as located,
        trackers,
        ThreadPoolExecutor(1) as verdicts,  # beside the trials, of which none waits for it
    ):

        def complete(dataset: str) -> None:
            if not options.no_report:
                verdicts.submit(_say_verdict, store, progress, dataset)

        tracked = trackers.ended if options.trackers else None
        result = engine.run(located, store, progress, complete=complete, tracked=tracked)
    click.echo(
        f"{result.executed} trial(s) run, {result.reused} reused, {result.failed} failed"
        f"; stored in {store.root}"
    )
    if not options.no_report:
        write_unless_standing(store)
        if board.is_terminal():
            board.show(store.layout.report_folder)
            click.echo(f"Show it: python -m bench open {shlex.quote(str(store.root))}")
    return 1 if result.failed or result.prepared.broken else 0


def _say_verdict(store: "Store", progress: "Progress", dataset: str) -> None:
    """Print the verdict on a data set whose trials have ended; no run fails for want of it."""
    from bench.machine.environment import work_in_the_background
    from bench.protocol.errors import BenchError

    work_in_the_background()
    from reports.so_far import verdict_so_far

    with suppress(BenchError):
        progress.say(verdict_so_far(store, dataset))
