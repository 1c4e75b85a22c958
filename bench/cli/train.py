"""`python -m bench train`: fit methods and write them as a bundle."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.options import FiniteRange, as_object, debug, plugin, reading

if TYPE_CHECKING:
    from bench.deploy.training import TrainRequest

_STUDY = ("size", "resize", "preprocess", "positive", "budget", "split_seed")


@dataclass(frozen=True)
class TrainOptions:
    """The options of `train`; see `bench.deploy.training.TrainRequest`.

    Attributes:
        folder, dataset: a folder of images, or a data set by name.
        method: a method by name, or
        plugins: one in a file.
        results: a results folder.
        champions: whether both sides' champions of the results are taken.
        out: the bundle's file.
        size, resize, preprocess, positive, budget, split_seed: as in `bench.protocol.study.Study`.
        seed, fit_on, coverage, without_masks, device, sign, timeout, memory: see there.
        allow_outside, columns, drop_unlabelled, keep_columns, drop_columns: how a folder's
            manifest is to be read.
        offline: whether nothing is downloaded.
        debug: whether tracebacks and what methods print are shown.
    """

    folder: Path | None
    dataset: str | None
    method: str | None
    plugins: tuple[str, ...]
    results: Path | None
    champions: bool
    out: Path
    size: int | None
    resize: str | None
    preprocess: tuple[str, ...]
    positive: tuple[str, ...]
    budget: str | None
    split_seed: int | None
    seed: int | None
    fit_on: str
    coverage: float
    without_masks: bool
    device: str
    sign: Path | None
    timeout: float
    memory: str | None
    allow_outside: bool
    columns: tuple[str, ...]
    drop_unlabelled: bool
    keep_columns: tuple[str, ...]
    drop_columns: tuple[str, ...]
    offline: bool
    debug: bool


@click.command()
@click.option(
    "--data",
    "folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="A folder of images: a sub-folder per class, or a manifest.csv (or .parquet).",
)
@click.option("--dataset", metavar="NAME", help="A data set by name, in the place of a folder.")
@click.option("--method", metavar="NAME", help="A method.")
@plugin
@click.option(
    "--from",
    "results",
    metavar="RESULTS",
    type=click.Path(path_type=Path),
    help="A results folder: its study, tuned parameters and verdict are taken over.",
)
@click.option("--champions", is_flag=True, help="The best of both sides by the results.")
@click.option(
    "--out",
    metavar="FILE.bench",
    required=True,
    type=click.Path(path_type=Path),
    help="The bundle.",
)
@click.option("--size", type=int, metavar="PX", help="Side of the images. [default: the set's]")
@click.option("--resize", metavar="letterbox|squash|crop", help="How images reach it.")
@click.option("--preprocess", multiple=True, metavar="NAME", help="A step for all images.")
@click.option("--positive", multiple=True, metavar="CLASS", help="The one of two to be found.")
@click.option("--budget", metavar="quick|standard|full", help="How long networks train.")
@click.option("--split-seed", type=int, metavar="N", help="Of parts that are made. [default: 0]")
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Random state. [default: 0]")
@click.option(
    "--fit-on",
    type=click.Choice(["train+val", "train"]),
    default="train+val",
    show_default=True,
    help="What the model of the bundle has seen; 'train' gives that of a trial.",
)
@click.option(
    "--coverage",
    type=FiniteRange(0.5, 0.999),
    default=0.9,
    show_default=True,
    help="Of the sets of classes.",
)
@click.option("--without-masks", is_flag=True, help="Leave lesion masks out.")
@click.option("--sign", metavar="KEY", type=click.Path(path_type=Path), help="Sign with NAME.key.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@click.option(
    "--timeout",
    type=FiniteRange(min=0, min_open=True),
    default=3600,
    show_default=True,
    metavar="SECONDS",
    help="Limit of the fits of one method.",
)
@click.option("--memory", metavar="SIZE", help="Limit, as 4GB. [default: the machine's]")
@reading
@click.option("--offline", is_flag=True, help="Download nothing, pretrained weights included.")
@debug
@as_object(TrainOptions)
def train(options: TrainOptions) -> int:
    """Fit a method, or both champions of a results folder, and write a bundle for new images.

    Threshold, calibration and sets of classes are found on validation by a fit on the training
    part, and frozen; then it is fitted on both parts. Not a medical device.
    """
    from bench.deploy.operating import Rules
    from bench.deploy.training import train as trained
    from bench.methods import discovery
    from bench.results.outputs import refuse_output
    from reports.statistics.operating import decision_threshold
    from reports.statistics.recalibrate import logistic_map

    plugins = [Path(spec.rpartition(":")[0]) for spec in options.plugins]
    read = (options.folder, options.results, options.sign, *plugins)
    refuse_output(options.out, "--out", read, ".bench")
    request = _request(options)
    rules = Rules(decision_threshold, logistic_map)
    found = trained(request, rules, lambda name: discovery.method(name, {}), click.echo)
    for line in found.remarks:
        click.echo(line)
    click.echo(_as_text(found.path, found.digest, options.sign is not None))
    return 0


def _as_text(path: Path, digest: str, signed: bool) -> str:
    signature = "signed" if signed else "unsigned: who takes it must say --allow-unsigned"
    return f"{path}: written, {path.stat().st_size / 1e6:.1f} MB, digest {digest[:16]}, {signature}"


def _request(options: TrainOptions) -> "TrainRequest":
    import os
    from dataclasses import replace

    from bench.data.folders.listing import refuse_without_table
    from bench.data.folders.manifest import is_for_segmentation
    from bench.data.folders.reading import Reading
    from bench.deploy.training import TrainRequest
    from bench.machine import limits
    from bench.methods import discovery, sources
    from bench.protocol.errors import UsageError
    from bench.protocol.study import Study
    from bench.results.store import Store

    if (options.folder is None) == (options.dataset is None):
        raise UsageError("Name what to train on: --data FOLDER, or --dataset NAME.")
    if options.champions and options.results is None:
        raise UsageError("--champions needs --from RESULTS, which says who they are.")
    named = [options.method] if options.method else []
    if len(named) + len(options.plugins) + options.champions != 1:
        raise UsageError("Name one method: --method NAME, --plugin FILE.py:build, or --champions.")
    if options.offline:
        os.environ["HF_HUB_OFFLINE"] = "1"
    source = sources.named(options.folder, options.dataset)
    how = Reading.asked(options)
    refuse_without_table([options.folder] if options.folder else [], how)
    methods = [discovery.plugin(spec) for spec in options.plugins]
    if (
        options.method in discovery.methods("segmentation")
        or any(method.task == "segmentation" for method in methods)
        or (options.folder is not None and is_for_segmentation(options.folder, how))
    ):
        raise UsageError(
            "A bundle classifies images: it is of a method that does, trained on images with "
            "classes. Label maps of segmentation are made by run."
        )
    methods += [discovery.method(name, {}) for name in named]
    given = {name: getattr(options, name) for name in _STUDY}
    given = {name: value for name, value in given.items() if value not in (None, ())}
    base = {} if options.results is None else Store(options.results).current.study.as_json()
    if base.get("task") == "segmentation":
        raise UsageError(
            f"--from {options.results}: is of a study of segmentation. A bundle classifies images: "
            "name the results of a study that does, or leave --from and --champions out."
        )
    kept = {name: base[name] for name in _STUDY if base.get(name) is not None}
    study = Study.from_json(kept | given, "Command line")
    return TrainRequest(
        source=replace(source, reading=how),
        study=study,
        methods=methods,
        out=options.out,
        results=options.results,
        seed=options.seed,
        fit_on=options.fit_on,
        coverage=options.coverage,
        without_masks=options.without_masks,
        device=options.device,
        sign=options.sign,
        timeout=options.timeout,
        memory=limits.parse_bytes(options.memory) if options.memory else None,
        quiet=not options.debug,
    )
